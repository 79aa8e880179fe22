public import Foundation

/// A message from a program to people: text, and HTML beside it, as RFC 5322 and MIME want it on the wire.
///
/// Whatever stands in the fields, the result is one message with exactly these headers, in ASCII, with CRLF line ends
/// and no line longer than 998 bytes; nothing in a value can end its header. The same fields give the same bytes.
public struct MailMessage: Sendable {
    /// A sender or recipient as people see it: `"Anomalies, Berlin" <agent@example.com>`.
    public struct Mailbox: Sendable, Equatable {
        public var name: String?
        public var address: MailAddress

        public init(_ address: MailAddress, name: String? = nil) {
            self.address = address
            self.name = name
        }
    }

    /// Bytes of UTF-8; a longer subject is cut and ends in "…".
    public static let maximumSubjectBytes = 500
    /// Bytes of UTF-8. A longer text is cut, and says so at its end; longer HTML is left out, because half of a
    /// page is none. Servers take 10 MB and more, but nobody reads them.
    public static let maximumBodyBytes = 1 << 20
    private static let maximumNameBytes = 200

    public var from: Mailbox
    /// May be empty where the envelope's recipients should not see each other.
    public var to: [Mailbox]
    public var subject: String
    public var date: Date
    /// `unique@domain`, with or without angle brackets. Characters that a Message-ID cannot hold are written in hex.
    public var messageID: String
    public var text: String
    public var html: String?

    public init(
        from: Mailbox,
        to: [Mailbox],
        subject: String,
        date: Date,
        messageID: String,
        text: String,
        html: String? = nil
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.date = date
        self.messageID = messageID
        self.text = text
        self.html = html
    }

    /// The message on the wire, without dot-stuffing.
    public func bytes() -> [UInt8] {
        var lines = [
            "From: \(formatted(from, column: 6))",
            "To: \(formattedRecipients)",
            "Subject: \(HeaderText.unstructured(sanitisedSubject, column: 9))",
            "Date: \(Self.formatted(date))",
            "Message-ID: <\(identifier)>",
            "MIME-Version: 1.0",
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: All",
        ]
        let parts = [part("plain", cutText)] + [usableHTML].compactMap { $0 }.map { part("html", $0) }
        if parts.count == 1 {
            return Self.joined(lines) + parts[0]
        }
        // "=_" can stand neither in base64 nor in quoted-printable, so that no body can hold the boundary.
        let boundary = "=_" + String(Self.hash(identifier), radix: 16)
        lines.append("Content-Type: multipart/alternative; boundary=\"\(boundary)\"")
        let opening = Array("\r\n--\(boundary)\r\n".utf8)
        let body = parts.reduce(into: []) { $0 += opening + $1 }
        return Self.joined(lines) + body + Array("\r\n--\(boundary)--\r\n".utf8)
    }

    // MARK: - Headers

    private var sanitisedSubject: String {
        HeaderText.sanitised(subject, limit: Self.maximumSubjectBytes)
    }

    private var formattedRecipients: String {
        if to.isEmpty { return "undisclosed-recipients:;" }
        return to.enumerated().map { formatted($1, column: $0 == 0 ? 4 : 1) }.joined(separator: ",\r\n ")
    }

    private func formatted(_ mailbox: Mailbox, column: Int) -> String {
        let name = HeaderText.sanitised(mailbox.name ?? "", limit: Self.maximumNameBytes)
        guard !name.allSatisfy(\.isWhitespace) else { return mailbox.address.description }
        // The address on a line of its own: an encoded word may fill the one before.
        return "\(HeaderText.phrase(name, column: column))\r\n <\(mailbox.address)>"
    }

    /// Dot-atoms around one "@" (RFC 5322, 3.6.4). Long ones are replaced by their hash, and remain as unique.
    private var identifier: String {
        let trimmed = messageID.drop { $0 == "<" }.prefix { $0 != ">" }
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/?^_`{|}~.".utf8)
        var pieces = trimmed.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false).map { piece in
            piece.prefix(1000).map { byte in
                allowed.contains(byte) ? String(UnicodeScalar(byte)) : "=" + String(byte, radix: 16)
            }.joined()
        }
        if pieces.count < 2 {
            pieces.append(from.address.description.split(separator: "@").last.map(String.init) ?? "")
        }
        let domain = pieces.removeLast()
        let local = pieces.joined(separator: "=40")
        let isShort = local.utf8.count <= 120 && !local.isEmpty
        let isDomain = domain.utf8.count <= 120 && !domain.isEmpty
        return (isShort ? local : String(Self.hash(messageID), radix: 16)) + "@" + (isDomain ? domain : "localhost")
    }

    /// RFC 5322, 3.3, in UTC. Written by hand because formatters ask the locale.
    private static func formatted(_ date: Date) -> String {
        let limits = 0.0...253_402_300_799.0
        let seconds = date.timeIntervalSince1970
        let time = Int(seconds.isFinite ? min(max(seconds, limits.lowerBound), limits.upperBound) : 0)
        let (days, rest) = time.quotientAndRemainder(dividingBy: 86_400)
        // Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days: years begin in March.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let clock = [rest / 3600, rest / 60 % 60, rest % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(weekdays[days % 7]), \(day) \(months[month - 1]) \(year) \(clock.joined(separator: ":")) +0000"
    }

    // MARK: - Parts

    private var cutText: String {
        guard text.utf8.count > Self.maximumBodyBytes else { return text }
        return Self.prefix(of: text, bytes: Self.maximumBodyBytes) + "\n\n[The rest of this text was cut.]\n"
    }

    private var usableHTML: String? {
        html.flatMap { $0.utf8.count > Self.maximumBodyBytes ? nil : $0 }
    }

    private func part(_ subtype: String, _ text: String) -> [UInt8] {
        let body = MailBody(text)
        let headers = [
            "Content-Type: text/\(subtype); charset=utf-8",
            "Content-Transfer-Encoding: \(body.transferEncoding)",
        ]
        return Self.joined(headers) + [0x0d, 0x0a] + body.bytes
    }

    private static func joined(_ lines: [String]) -> [UInt8] {
        Array(lines.map { $0 + "\r\n" }.joined().utf8)
    }

    private static func prefix(of text: String, bytes: Int) -> Substring {
        var end = text.utf8.index(text.startIndex, offsetBy: bytes)
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return text[..<end]
    }

    /// FNV-1a, 64 bits: short and the same for ever, which Swift's own hash is not.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
