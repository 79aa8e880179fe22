import FoundationEssentials
import Testing
import Transport

@testable import AWS

@Suite struct AWSFailureTests {
    @Test(arguments: [
        (AWSFailure.Reason.throttled(retryAfter: .seconds(1)), true),
        (.rejected(status: 503, code: "ServiceUnavailable", message: "…"), true),
        (.rejected(status: 400, code: "ValidationException", message: "…"), false),
        (.rejected(status: 400, code: "RequestTimeout", message: "…"), true),
        (.accessDenied(code: "AccessDenied"), false),
        (.credentialsExpired(code: "ExpiredToken"), true),
        (.clockSkewed(bySeconds: 900), false),
        (.iteratorExpired, false),
        (.unreachable(HTTPError(.timedOut, host: "http://h", detail: "…")), true),
        (.unreachable(HTTPError(.tls, host: "http://h", detail: "…")), false),
        (.unsent(indices: [1], because: .throttled(retryAfter: nil)), true),
        (.unsent(indices: [1], because: .accessDenied(code: "AccessDenied")), false),
    ])
    func `retryable only when waiting can help`(reason: AWSFailure.Reason, retryable: Bool) {
        #expect(AWSFailure(reason, operation: "PutRecords candidates").isRetryable == retryable)
    }

    @Test func `says what, why, and what next`() {
        let failure = AWSFailure(
            .notFound(code: "NoSuchBucket"),
            operation: "PutObject s3://candidates/a.gz",
            requestID: "4442587FB7D0A2F9"
        )
        #expect(
            failure.description == """
                PutObject s3://candidates/a.gz failed: NoSuchBucket (request 4442587FB7D0A2F9). \
                Check the bucket and stream names in [AWS], and the region.
                """
        )
    }

    static let now = Date(timeIntervalSince1970: 784_111_777)

    struct Answer: CustomTestStringConvertible {
        let response: HTTPResponse
        let reason: AWSFailure.Reason
        let requestID: String?
        var testDescription: String { "\(reason)" }

        init(_ status: Int, _ headers: [(name: String, value: String)], _ body: String, _ reason: AWSFailure.Reason) {
            response = HTTPResponse(status: status, headers: headers, body: Array(body.utf8))
            self.reason = reason
            requestID = body.isEmpty ? nil : "4442587FB7D0A2F9"
        }

        static func xml(_ code: String, _ more: String = "") -> String {
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <Error><Code>\(code)</Code><Message>Words &amp; more.</Message>\(more)
            <RequestId>4442587FB7D0A2F9</RequestId></Error>
            """
        }
    }

    static let kinesis = [(name: "x-amzn-RequestId", value: "4442587FB7D0A2F9")]

    @Test(arguments: [
        Answer(404, [], Answer.xml("NoSuchKey"), .notFound(code: "NoSuchKey")),
        Answer(403, [], Answer.xml("SignatureDoesNotMatch"), .accessDenied(code: "SignatureDoesNotMatch")),
        Answer(503, [], Answer.xml("SlowDown"), .throttled(retryAfter: nil)),
        Answer(503, [(name: "Retry-After", value: "7")], Answer.xml("SlowDown"), .throttled(retryAfter: .seconds(7))),
        Answer(
            503,
            [(name: "x-amz-retry-after", value: "1500")],
            Answer.xml("SlowDown"),
            .throttled(retryAfter: .milliseconds(1500))
        ),
        Answer(400, [], Answer.xml("ExpiredToken"), .credentialsExpired(code: "ExpiredToken")),
        Answer(
            400,
            [],
            Answer.xml("InvalidArgument"),
            .rejected(status: 400, code: "InvalidArgument", message: "Words & more.")
        ),
        Answer(
            400,
            [],
            Answer.xml("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"),
            .wrongRegion(expected: "eu-west-1")
        ),
        Answer(301, [(name: "x-amz-bucket-region", value: "eu-west-3")], "", .wrongRegion(expected: "eu-west-3")),
        Answer(
            403,
            [(name: "Date", value: "Sun, 06 Nov 1994 09:49:37 GMT")],
            Answer.xml("RequestTimeTooSkewed"),
            .clockSkewed(bySeconds: 3600)
        ),
        Answer(
            403,
            [(name: "Date", value: "Sun, 06 Nov 1994 08:49:37 GMT")],
            Answer.xml("SignatureDoesNotMatch"),
            .accessDenied(code: "SignatureDoesNotMatch")
        ),
        Answer(404, [], "", .notFound(code: "NotFound")),
        Answer(403, [], "", .accessDenied(code: "AccessDenied")),
        Answer(403, [(name: "Date", value: "Sun, 06 Nov 1994 08:29:37 GMT")], "", .clockSkewed(bySeconds: -1200)),
        Answer(500, [], "", .rejected(status: 500, code: "InternalError", message: "")),
        Answer(
            400,
            kinesis,
            #"{"__type":"com.amazonaws.kinesis#ProvisionedThroughputExceededException","message":"Rate"}"#,
            .throttled(retryAfter: nil)
        ),
        Answer(400, kinesis, #"{"__type":"ExpiredIteratorException"}"#, .iteratorExpired),
        Answer(
            400,
            kinesis,
            #"{"__type":"ResourceNotFoundException","message":null}"#,
            .notFound(code: "ResourceNotFoundException")
        ),
        Answer(
            400,
            kinesis + [(name: "Date", value: "Sun, 06 Nov 1994 08:59:37 GMT")],
            #"{"__type":"InvalidSignatureException","message":"Signature expired: …"}"#,
            .clockSkewed(bySeconds: 600)
        ),
        Answer(
            400,
            kinesis,
            #"{"__type":"InvalidSignatureException","message":"…"}"#,
            .accessDenied(code: "InvalidSignatureException")
        ),
    ])
    func `an answer becomes the reason that a caller can act on`(answer: Answer) {
        let failure = AWSFailure(answer: answer.response, operation: "Do it", localTime: Self.now)
        #expect(failure.reason == answer.reason)
        #expect(failure.requestID == answer.requestID)
    }

    @Test(arguments: [
        "<html><body>Bad gateway", "{\"__type\":", "<!DOCTYPE html><html></html>", "{", "<", "\u{0}", "<Error><Code>",
    ])
    func `a page of a proxy is judged by its status`(body: String) {
        let answer = HTTPResponse(status: 502, body: Array(body.utf8))
        let failure = AWSFailure(answer: answer, operation: "Do it", localTime: Self.now)
        #expect(failure.isRetryable)
    }

    @Test func `what follows the first line of a message is kept to ourselves`() {
        let answer = HTTPResponse.json(
            #"{"__type":"ValidationException","message":"First.\n\nx-amz-security-token:hush"}"#,
            status: 400
        )
        let failure = AWSFailure(answer: answer, operation: "Do it", localTime: Self.now)
        #expect(failure.description == "Do it failed: HTTP 400 ValidationException: First. Not retrying.")
    }
}
