/// Why a message was not handed over, or not known to be.
public struct SMTPError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        /// The configuration or the call cannot work; nothing was sent.
        case misconfigured
        case invalidSender
        /// 5yz, or every recipient refused for good.
        case refused(SMTPStage, SMTPReply)
        /// 4yz: greylisting, too busy, mailbox full.
        case deferred(SMTPStage, SMTPReply)
        /// User name or password, or no way to give them. Trying again soon may lock the account.
        case authentication(SMTPReply?)
        /// No STARTTLS, a certificate that does not fit, or a handshake that was refused. Nothing was sent.
        case tls
        /// Larger than the server announced to take.
        case tooLarge(limit: Int)
        case timedOut(SMTPStage)
        case connection
        /// The message was sent whole and the answer was lost: it may or may not have arrived.
        case unknownOutcome
        case tooManyWaiting
        case cancelled
        case shutDown
        case other(code: Int)
    }

    public let reason: Reason
    /// Host and port.
    public let server: String
    /// libcurl's or the server's own words.
    public let detail: String
    /// What became of each recipient, where it came to that.
    public let recipients: [SMTPRecipient]

    public init(_ reason: Reason, server: String, detail: String, recipients: [SMTPRecipient] = []) {
        self.reason = reason
        self.server = server
        self.detail = detail
        self.recipients = recipients
    }

    /// Whether the same message may be accepted later without anyone changing anything. After `.unknownOutcome` it
    /// may then arrive twice, and must carry the same Message-ID.
    public var isRetryable: Bool {
        switch reason {
        case .deferred, .timedOut, .connection, .unknownOutcome, .tooManyWaiting: true
        case .misconfigured, .invalidSender, .refused, .authentication, .tls, .tooLarge, .cancelled, .shutDown, .other:
            false
        }
    }

    public var description: String {
        "handing mail to \(server) failed: \(explanation). \(advice)"
    }

    private var explanation: String {
        switch reason {
        case .refused(let stage, let reply), .deferred(let stage, let reply): "\(stage.rawValue) answered with \(reply)"
        case .authentication(let reply?): "the login was refused: \(reply)"
        case .tooLarge(let limit): "the message is larger than the server's \(limit) bytes"
        case .timedOut(let stage): "no answer in time (\(stage.rawValue))"
        case .unknownOutcome: "the message was sent, but no answer came (\(detail))"
        default: detail
        }
    }

    private var advice: String {
        switch reason {
        case .misconfigured, .invalidSender: "Check [Mail] in the configuration."
        case .refused: "Not retrying; the server's words say what it objects to."
        case .authentication: "Not retrying. Check user name and password in [Mail]."
        case .tls: "Not sending without TLS. Check the server's certificate and the security setting in [Mail]."
        case .tooLarge: "Send less, or ask the server's operator for more."
        case .unknownOutcome: "Retrying with the same Message-ID; the message may arrive twice."
        case .deferred, .timedOut, .connection, .tooManyWaiting: "Retrying later."
        case .cancelled, .shutDown, .other: "Not sent."
        }
    }
}

/// One recipient, and what the server said about it.
public struct SMTPRecipient: Sendable, Equatable {
    public enum Outcome: Sendable, Equatable {
        /// The server has taken responsibility.
        case accepted
        /// 4yz: the message should be sent again to this one.
        case deferred(SMTPReply)
        /// 5yz, for good.
        case refused(SMTPReply)
        /// Never offered to a server: not an address.
        case invalid(MailAddress.Invalid)
    }

    public let address: String
    public let outcome: Outcome

    public init(_ address: String, _ outcome: Outcome) {
        self.address = address
        self.outcome = outcome
    }
}

/// A message that the server has taken for at least one recipient.
public struct SMTPReceipt: Sendable, Equatable {
    /// The answer to the message, which often holds its queue number: `250 2.0.0 Ok: queued as 4F2…`.
    public let answer: SMTPReply
    /// In the order of the call.
    public let recipients: [SMTPRecipient]

    public init(answer: SMTPReply, recipients: [SMTPRecipient]) {
        self.answer = answer
        self.recipients = recipients
    }
}
