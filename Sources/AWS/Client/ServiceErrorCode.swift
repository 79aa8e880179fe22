import FoundationEssentials
import Transport

/// What AWS's error codes mean for a caller, across services.
///
/// Source: AWS SDKs and Tools Reference Guide, “Retry behavior”; botocore's `retries/standard.py`; the error tables of
/// the S3 and Kinesis API references.
enum ServiceErrorCode {
    static let throttling: Set = [
        "BandwidthLimitExceeded", "KMSThrottlingException", "LimitExceededException", "PriorRequestNotComplete",
        "ProvisionedThroughputExceeded", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
        "RequestThrottled", "RequestThrottledException", "SlowDown", "Throttling", "ThrottlingException",
        "ThrottledException", "TooManyRequestsException", "TransactionInProgressException",
    ]
    /// Passing, whatever the status. `BadDigest`: the body was damaged on its way.
    static let transient: Set = [
        "BadDigest", "IDPCommunicationError", "InternalError", "InternalFailure", "OperationAborted", "RequestTimeout",
        "RequestTimeoutException", "ServiceUnavailable", "ServiceUnavailableException",
    ]
    static let expiredCredentials: Set = [
        "ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired",
    ]
    static let skewed: Set = ["RequestTimeTooSkewed", "RequestInTheFuture"]
    static let denied: Set = [
        "AccessDenied", "AccessDeniedException", "IncompleteSignature", "InvalidAccessKeyId", "InvalidClientTokenId",
        "InvalidSignatureException", "InvalidToken", "KMSAccessDeniedException", "MissingAuthenticationToken",
        "MissingAuthenticationTokenException", "SignatureDoesNotMatch", "UnrecognizedClientException",
    ]
    static let missing: Set = ["NoSuchBucket", "NoSuchKey", "NotFound", "ResourceNotFoundException"]

    /// Longest difference that AWS accepts is 15 minutes for S3 and 5 for the others; below this, a 403 is not the clock.
    static let suspiciousSkew = 240
}

extension AWSFailure {
    /// From an answer that is not a success.
    ///
    /// - Parameters:
    ///   - localTime: now, by this clock, to measure it against the answer's `Date`.
    ///   - correction: what was added to this clock when the request was signed, in seconds.
    init(answer: HTTPResponse, operation: String, localTime: Date, correction: Int = 0) {
        let error = ServiceError(answer)
        let skew = answer.header("Date").flatMap(Date.init(httpDate:))
            .map { Int($0.timeIntervalSince(localTime).rounded()) }
        self.init(
            Self.reason(error, answer: answer, skew: skew, correction: correction),
            operation: operation,
            requestID: error.requestID
        )
    }

    private static func reason(_ error: ServiceError, answer: HTTPResponse, skew: Int?, correction: Int) -> Reason {
        let code = error.code
        if let skew {
            let speaksOfTime = speaksOfTime(error, status: answer.status, skew: skew - correction)
            if speaksOfTime || ServiceErrorCode.skewed.contains(code) { return .clockSkewed(bySeconds: skew) }
        }
        if ServiceErrorCode.expiredCredentials.contains(code) { return .credentialsExpired(code: code) }
        if code == "ExpiredIteratorException" { return .iteratorExpired }
        if ServiceErrorCode.throttling.contains(code) || answer.status == 429 {
            return .throttled(retryAfter: retryAfter(answer))
        }
        if let region = answer.header("x-amz-bucket-region") ?? error.region,
            [301, 307, 400].contains(answer.status), ServiceError.relocation.contains(code)
        {
            return .wrongRegion(expected: region)
        }
        if ServiceErrorCode.missing.contains(code) { return .notFound(code: code) }
        if ServiceErrorCode.denied.contains(code) || answer.status == 401 || answer.status == 403 {
            return .accessDenied(code: code)
        }
        return .rejected(status: answer.status, code: code, message: error.message)
    }

    /// JSON services report a wrong clock as a wrong signature; HEAD answers have no code at all.
    private static func speaksOfTime(_ error: ServiceError, status: Int, skew: Int) -> Bool {
        guard skew.magnitude >= ServiceErrorCode.suspiciousSkew.magnitude else { return false }
        return error.code == "InvalidSignatureException" || error.isFromStatus && status == 403
    }

    private static func retryAfter(_ answer: HTTPResponse) -> Duration? {
        if let milliseconds = answer.header("x-amz-retry-after").flatMap(Int.init) {
            return .milliseconds(milliseconds)
        }
        return answer.header("Retry-After").flatMap(Int.init).map { .seconds($0) }
    }
}

/// The error document of S3 (XML) or Kinesis (JSON), or what the status alone says: HEAD has no body, and a proxy in
/// between answers with a page of its own.
struct ServiceError {
    static let relocation: Set = [
        "PermanentRedirect", "TemporaryRedirect", "Redirect", "AuthorizationHeaderMalformed", "MovedPermanently",
        "IllegalLocationConstraintException",
    ]

    private(set) var code = ""
    private(set) var message = ""
    private(set) var region: String?
    private(set) var requestID: String?
    /// The answer had no code of its own.
    private(set) var isFromStatus = false

    init(_ answer: HTTPResponse) {
        requestID = answer.header("x-amz-request-id") ?? answer.header("x-amzn-RequestId")
        switch answer.body.first {
        case UInt8(ascii: "<"): readXML(answer.body)
        case UInt8(ascii: "{"): readJSON(answer.body)
        default: break
        }
        if let type = answer.header("x-amzn-ErrorType") { code = type }
        // `com.amazonaws.kinesis.v20131202#ResourceNotFoundException:http://…` is how some services write a code.
        code = String(code.split(separator: "#").last?.split(separator: ":").first ?? "")
        if code.isEmpty {
            isFromStatus = true
            code = Self.code(ofStatus: answer.status)
        }
        message = Self.firstLine(message)
    }

    private mutating func readXML(_ body: [UInt8]) {
        var reader = XMLReader(body)
        var element = ""
        // A page that is not XML after all tells nothing; the status still does.
        while let event = try? reader.next() {
            switch event {
            case .start(let name): element = name
            case .text(let text) where element == "Code": code = text
            case .text(let text) where element == "Message": message = text
            case .text(let text) where element == "Region": region = text
            case .text(let text) where element == "RequestId": requestID = requestID ?? text
            case .text: break
            case .end: element = ""
            }
        }
    }

    private mutating func readJSON(_ body: [UInt8]) {
        var fields = (code: "", message: "")
        // As above: what cannot be read is left to the status.
        try? JSONReader.read(body) { (json) throws(JSONReader.Malformed) in
            try json.object { (json, key) throws(JSONReader.Malformed) in
                switch key {
                case "__type", "code": fields.code = try json.stringOrNull() ?? ""
                case "message", "Message": fields.message = try json.stringOrNull() ?? ""
                default: try json.skip()
                }
            }
        }
        code = fields.code
        message = fields.message
    }

    private static func code(ofStatus status: Int) -> String {
        switch status {
        case 301: "PermanentRedirect"
        case 307: "TemporaryRedirect"
        case 400: "BadRequest"
        case 401: "Unauthorized"
        case 403: "AccessDenied"
        case 404: "NotFound"
        case 412: "PreconditionFailed"
        case 500: "InternalError"
        case 503: "ServiceUnavailable"
        default: "Unknown"
        }
    }

    private static func firstLine(_ text: String) -> String {
        String(text.prefix { !$0.isNewline }.prefix(300))
    }
}
