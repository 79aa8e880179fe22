/// A mail address that is safe to write into an SMTP command or a header: `local@domain`, in ASCII.
///
/// Local parts are dot-atoms (RFC 5321, 4.1.2); the quoted form, which nobody has, is refused. Domains are names or
/// address literals such as `[127.0.0.1]`. Names in other scripts are refused, not translated: their ASCII form
/// (`xn--…`) is the mail system's business, and two libraries seldom agree on it.
public struct MailAddress: Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, without the text itself: it may come out of a record.
    public enum Invalid: Error, Sendable, Equatable, CustomStringConvertible {
        case notLocalAtDomain
        case forbiddenCharacter(in: String)
        case notASCII(in: String)
        case tooLong(String)

        public var description: String {
            switch self {
            case .notLocalAtDomain: "not a mail address: it must look like name@example.com"
            case .forbiddenCharacter(let part): "not a mail address: its \(part) holds a character that is not allowed"
            case .notASCII(let part):
                "the \(part) of the mail address is not ASCII: write a domain in its xn-- form, and use an ASCII name"
            case .tooLong(let part): "not a mail address: its \(part) is too long"
            }
        }
    }

    public let description: String

    /// - Parameter text: The bare address, without display name or angle brackets. Nothing is trimmed.
    public init(_ text: String) throws(Invalid) {
        // More than the longest address (RFC 5321, 4.5.3.1.3); keeps what follows from reading megabytes.
        guard text.utf8.count <= 254 else { throw .tooLong("whole") }
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { throw .notLocalAtDomain }
        try Self.check(local: parts[0])
        try Self.check(domain: parts[1])
        description = text
    }

    private static func check(local: Substring.UTF8View) throws(Invalid) {
        guard local.allSatisfy({ $0 < 0x80 }) else { throw .notASCII(in: "name") }
        guard local.count <= 64 else { throw .tooLong("name") }
        let atoms = local.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard atoms.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isAtomText) }) else {
            throw .forbiddenCharacter(in: "name")
        }
    }

    private static func check(domain: Substring.UTF8View) throws(Invalid) {
        guard domain.allSatisfy({ $0 < 0x80 }) else { throw .notASCII(in: "domain") }
        if domain.first == UInt8(ascii: "["), domain.last == UInt8(ascii: "]") {
            let literal = domain.dropFirst().dropLast()
            let address = literal.starts(with: "IPv6:".utf8) ? literal.dropFirst(5) : literal
            let isAddress = { (byte: UInt8) in
                isHexDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":")
            }
            guard !address.isEmpty, address.allSatisfy(isAddress) else { throw .forbiddenCharacter(in: "domain") }
            return
        }
        let labels = domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.allSatisfy({ $0.count <= 63 }) else { throw .tooLong("domain") }
        let hyphen = UInt8(ascii: "-")
        let isLabel = { (label: Substring.UTF8View) in
            !label.isEmpty && label.first != hyphen && label.last != hyphen
                && label.allSatisfy { isAlphanumeric($0) || $0 == hyphen }
        }
        guard labels.allSatisfy(isLabel) else { throw .forbiddenCharacter(in: "domain") }
    }

    /// RFC 5322, 3.2.3.
    private static func isAtomText(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        "0123456789abcdefABCDEF".utf8.contains(byte)
    }
}
