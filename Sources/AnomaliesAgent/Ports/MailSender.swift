/// Takes a finished message: an SMTP server, or a Maildir.
protocol MailSender: Sendable {
    /// What people call it, for example `mail.example.com:587` or `state/mail`.
    var name: String { get }

    /// - Parameter identity: stable for one alert; the same one twice is the same mail.
    /// - Throws: ``MailFailure`` when nobody was served.
    func send(_ message: [UInt8], identity: String, from: String, to: [String]) async throws -> MailReceipt
}

/// A message that somebody has taken responsibility for, for some recipients at least.
struct MailReceipt: Sendable, Equatable {
    /// The server's last answer, or where the file is.
    var answer: String
    /// Recipients that may be served later.
    var deferred: [String] = []
    /// Recipients that were refused for good, each with the server's answer.
    var refused: [String] = []
}

/// A mail that nobody accepted.
struct MailFailure: Error, Sendable, CustomStringConvertible {
    enum Kind: Sendable {
        /// The same mail may be accepted later.
        case passing
        /// This mail will never be accepted.
        case refused
        /// No mail will be until somebody changes something: the login, the certificate, the address.
        case misconfigured
    }

    /// The server's answer or what happened on the way, and what to do.
    let description: String
    let kind: Kind

    init(_ description: String, kind: Kind) {
        self.description = description
        self.kind = kind
    }
}
