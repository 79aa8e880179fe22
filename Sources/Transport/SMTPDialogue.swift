/// What a server said to one command: `550 5.1.1 no such user`.
public struct SMTPReply: Sendable, Equatable, CustomStringConvertible {
    /// 200 … 599.
    public let code: Int
    /// All lines in one, printable, at most 500 characters.
    public let text: String

    public init(code: Int, text: String) {
        self.code = code
        self.text = text
    }

    public var isPositive: Bool { (200...399).contains(code) }
    /// 4yz: the same may succeed later.
    public var isTransient: Bool { (400...499).contains(code) }
    public var description: String { text.isEmpty ? "\(code)" : "\(code) \(text)" }
}

/// The stages of handing over one message, in order.
public enum SMTPStage: String, Sendable {
    case greeting, hello, startTLS, authentication, sender, recipient, data, message
}

/// Follows an SMTP conversation line by line and keeps what was answered to what.
///
/// libcurl tells only one code for the whole; who was refused, and with which words, is in the lines. It sends no
/// command before the last is answered, so that each reply belongs to the latest command.
struct SMTPDialogue {
    private(set) var stage = SMTPStage.greeting
    /// The latest complete reply of every stage.
    private(set) var replies: [SMTPStage: SMTPReply] = [:]
    /// In the order of the RCPT commands.
    private(set) var recipients: [SMTPReply] = []
    /// What the server's EHLO said it takes, in bytes.
    private(set) var sizeLimit: Int?

    private var text = ""
    /// After QUIT, which libcurl also says after a failure: `stage` stays where that happened.
    private var hasEnded = false

    var answer: SMTPReply? { replies[.message] }

    mutating func sent(_ command: some Collection<UInt8>) {
        let verb = String(decoding: command.prefix(10), as: UTF8.self).uppercased()
        // Lines after AUTH are the password in disguise. One that looks like a command must not be taken for one,
        // and base64 has no space.
        if stage == .authentication, !verb.hasPrefix("MAIL "), verb != "QUIT\r\n" { return }
        if verb.hasPrefix("EHLO") || verb.hasPrefix("HELO") {
            stage = .hello
        } else if verb.hasPrefix("STARTTLS") {
            stage = .startTLS
        } else if verb.hasPrefix("AUTH ") {
            stage = .authentication
        } else if verb.hasPrefix("MAIL ") {
            stage = .sender
        } else if verb.hasPrefix("RCPT ") {
            stage = .recipient
        } else if verb.hasPrefix("DATA") {
            stage = .data
        } else if verb.hasPrefix("QUIT") {
            hasEnded = true
        }
        text = ""
    }

    /// The last byte of the message is on its way; the next reply decides.
    mutating func sentMessage() {
        stage = .message
        text = ""
    }

    mutating func received(_ line: some Collection<UInt8>) {
        guard !hasEnded, line.count >= 3, let code = Int(String(decoding: line.prefix(3), as: UTF8.self)) else {
            return
        }
        let rest = line.dropFirst(3)
        note(rest.dropFirst())
        if stage == .hello { noteSize(rest.dropFirst()) }
        guard rest.first != UInt8(ascii: "-") else { return }

        let reply = SMTPReply(code: code, text: text)
        text = ""
        replies[stage] = reply
        if stage == .recipient { recipients.append(reply) }
    }

    private mutating func note(_ bytes: some Collection<UInt8>) {
        guard text.count < 500 else { return }
        // A server's words end up in logs and pages: no line breaks, no escape sequences.
        let words = String(decoding: bytes, as: UTF8.self).unicodeScalars
            .map { $0.properties.generalCategory == .control ? " " : String($0) }
            .joined().split(separator: " ").joined(separator: " ")
        text = String((text.isEmpty ? words : "\(text) \(words)").prefix(500))
    }

    private mutating func noteSize(_ bytes: some Collection<UInt8>) {
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0].uppercased() == "SIZE", let size = Int(words[1]), size > 0 else { return }
        sizeLimit = size
    }
}
