public import Transport

/// An AWS call that did not succeed: what was asked, what came back, what to do.
///
/// Never holds a secret, nor the contents of a record: of the service's own words only the first line is kept, because
/// what follows it in a signature error is the request, session token included.
public struct AWSFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public indirect enum Reason: Sendable, Equatable {
        /// Too much, too fast. `retryAfter` is what the service asked for, if it did.
        case throttled(retryAfter: Duration?)
        case accessDenied(code: String)
        /// Temporary credentials have run out and reading them again gave the same ones.
        case credentialsExpired(code: String)
        case notFound(code: String)
        /// Positive where this clock is behind.
        case clockSkewed(bySeconds: Int)
        /// A shard iterator is good for five minutes: get a new one after the last sequence number that was processed.
        case iteratorExpired
        /// The bucket lives elsewhere.
        case wrongRegion(expected: String)
        case rejected(status: Int, code: String, message: String)
        /// The answer is not what the operation gives; nothing of it was used.
        case unreadableAnswer(String)
        case unreachable(HTTPError)
        /// Refused here, before anything was sent.
        case invalidRequest(String)
        /// Of credentials, region or profile: which file and line, or which variable, and what is wrong with it.
        case misconfigured(String)
        /// Of a batch, these entries were not acknowledged; the others were.
        case unsent(indices: [Int], because: Reason)
        case cancelled
    }

    public let reason: Reason
    /// For example `PutObject s3://candidates/data-feed-….json.gz`.
    public let operation: String
    /// What AWS support asks for first. `nil` when no response arrived.
    public let requestID: String?

    public init(_ reason: Reason, operation: String, requestID: String? = nil) {
        self.reason = reason
        self.operation = operation
        self.requestID = requestID
    }

    /// Whether the same request can succeed later without anyone changing anything.
    public var isRetryable: Bool { reason.isRetryable }

    /// Whether the service asked for less, so that the next request should wait longer than after a passing fault.
    public var isThrottled: Bool { reason.isThrottled }

    public var description: String {
        let request = requestID.map { " (request \($0))" } ?? ""
        return "\(operation) failed: \(reason.explanation)\(request). \(reason.advice)"
    }
}

extension AWSFailure.Reason {
    var isRetryable: Bool {
        switch self {
        case .throttled, .credentialsExpired, .unreadableAnswer: true
        case .rejected(let status, let code, _): status >= 500 || ServiceErrorCode.transient.contains(code)
        case .unreachable(let error): error.isRetryable
        case .unsent(_, let cause): cause.isRetryable
        case .accessDenied, .notFound, .clockSkewed, .iteratorExpired, .wrongRegion, .invalidRequest, .misconfigured,
            .cancelled:
            false
        }
    }

    var isThrottled: Bool {
        switch self {
        case .throttled: true
        case .unsent(_, let cause): cause.isThrottled
        default: false
        }
    }

    fileprivate var explanation: String {
        switch self {
        case .throttled: "throttled"
        case .accessDenied(let code), .credentialsExpired(let code), .notFound(let code): code
        case .clockSkewed(let seconds):
            "this clock is \(seconds.magnitude) s \(seconds > 0 ? "behind" : "ahead of") Amazon's"
        case .iteratorExpired: "the shard iterator expired"
        case .wrongRegion(let expected): "the bucket is in \(expected)"
        case .rejected(let status, let code, let message):
            "HTTP \(status) \(code)" + (message.isEmpty ? "" : ": \(message.trimmingFullStop)")
        case .unreadableAnswer(let what): "the answer could not be read: \(what)"
        case .unreachable(let error): error.description.trimmingFullStop
        case .invalidRequest(let what), .misconfigured(let what): what
        case .unsent(let indices, let cause): "\(Self.list(indices)) not acknowledged: \(cause.explanation)"
        case .cancelled: "cancelled"
        }
    }

    fileprivate var advice: String {
        switch self {
        case .throttled: "Retrying; add shards if this lasts."
        case .accessDenied("SignatureDoesNotMatch"), .accessDenied("InvalidSignatureException"):
            "Check the secret access key: AWS knows the key ID, but not this secret."
        case .accessDenied("InvalidAccessKeyId"), .accessDenied("UnrecognizedClientException"),
            .accessDenied("InvalidClientTokenId"):
            "Check the access key ID, and that it belongs to this account and is active."
        case .accessDenied: "Check [AWS] profile and the IAM policy in README.md."
        case .credentialsExpired: "Renew the session (aws sso login, or the tool that writes the credentials file)."
        case .notFound: "Check the bucket and stream names in [AWS], and the region."
        case .clockSkewed: "Start NTP on this host."
        case .iteratorExpired: "Getting a new one after the last record."
        case .wrongRegion(let expected): "Set [AWS] region = \(expected)."
        case .rejected(let status, let code, _):
            status >= 500 || ServiceErrorCode.transient.contains(code) ? "Retrying." : "Not retrying."
        case .unreadableAnswer: "Retrying; check that the endpoint is AWS's and not a proxy's page."
        case .unreachable(let error): error.isRetryable ? "Retrying; check DNS and the proxy." : "Not retrying."
        case .invalidRequest: "Nothing was sent."
        case .misconfigured: "Correct it and start again."
        case .unsent(_, let cause): cause.advice
        case .cancelled: "The agent is stopping."
        }
    }

    private static func list(_ indices: [Int]) -> String {
        let shown = indices.prefix(5).map(String.init).joined(separator: ", ")
        let more = indices.count > 5 ? " and \(indices.count - 5) more" : ""
        return "\(indices.count == 1 ? "entry" : "entries") \(shown)\(more)"
    }
}

extension String {
    /// Because the sentence goes on.
    fileprivate var trimmingFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
}
