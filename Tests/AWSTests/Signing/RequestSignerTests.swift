import FoundationEssentials
import Testing
import Transport

@testable import AWS

@Suite struct RequestSignerTests {
    struct Example: CustomTestStringConvertible {
        let title: String
        let request: HTTPRequest
        let stringToSignHash: String
        let signature: String
        var testDescription: String { title }
    }

    /// Amazon S3 API Reference, “Signature Calculations for the Authorization Header: Transferring Payload in a Single
    /// Chunk”, examples.
    static let examples = [
        Example(
            title: "GET Object",
            request: HTTPRequest(
                .get,
                "https://examplebucket.s3.amazonaws.com/test.txt",
                headers: [(name: "Range", value: "bytes=0-9")]
            ),
            stringToSignHash: "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972",
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        ),
        Example(
            title: "PUT Object",
            request: HTTPRequest(
                .put,
                "https://examplebucket.s3.amazonaws.com/test%24file.text",
                headers: [
                    (name: "Date", value: "Fri, 24 May 2013 00:00:00 GMT"),
                    (name: "x-amz-storage-class", value: "REDUCED_REDUNDANCY"),
                ],
                body: Array("Welcome to Amazon S3.".utf8)
            ),
            stringToSignHash: "9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        ),
        Example(
            title: "GET Bucket Lifecycle",
            request: HTTPRequest(.get, "https://examplebucket.s3.amazonaws.com/?lifecycle"),
            stringToSignHash: "9766c798316ff2757b517bc739a67f6213b4ab36dd5da2f94eaebf79c77395ca",
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        ),
        Example(
            title: "Get Bucket (List Objects)",
            request: HTTPRequest(.get, "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J"),
            stringToSignHash: "df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7",
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
    ]

    @Test(arguments: examples)
    func `S3 requests are signed as in Amazon's documentation`(example: Example) throws {
        let signer = RequestSigner(service: "s3", region: "us-east-1", paths: .asSent, sendsPayloadHash: true)
        var request = example.request
        let time = try #require(Date(iso8601: "2013-05-24T00:00:00Z"))
        let stages = signer.sign(&request, with: .example, at: time)
        #expect(stages.stringToSign.hasSuffix(example.stringToSignHash))
        #expect(stages.signature == example.signature)
    }

    @Test func `a JSON request is signed as in the AWS General Reference`() throws {
        // “Create a signed AWS API request”, the ListUsers example.
        let signer = RequestSigner(
            service: "iam",
            region: "us-east-1",
            paths: .normalizedAndEncodedAgain,
            sendsPayloadHash: false
        )
        var request = HTTPRequest(
            .get,
            "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
            headers: [(name: "Content-Type", value: "application/x-www-form-urlencoded; charset=utf-8")]
        )
        let credentials = Credentials(
            accessKeyID: "AKIDEXAMPLE",
            secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        )
        signer.sign(&request, with: credentials, at: try #require(Date(iso8601: "2015-08-30T12:36:00Z")))
        #expect(
            request.header("Authorization") == """
                AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
                SignedHeaders=content-type;host;x-amz-date, \
                Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7
                """
        )
    }

    @Test(arguments: [
        ("https://example.com:443/", "example.com"),
        ("https://example.com:8443/a", "example.com:8443"),
        ("http://127.0.0.1:80", "127.0.0.1"),
        ("http://[::1]:5000/?a", "[::1]:5000"),
    ])
    func `the signed host has a port only where the sent one has`(url: String, host: String) {
        #expect(URLParts(url).host == host)
    }

    @Test(arguments: [
        ("2013-05-24T00:00:00Z", "20130524T000000Z"),
        ("1970-01-01T00:00:00Z", "19700101T000000Z"),
        ("2024-02-29T23:59:59.999Z", "20240229T235959Z"),
        ("2100-03-01T00:00:00.000Z", "21000301T000000Z"),
        ("2026-12-31T12:30:45Z", "20261231T123045Z"),
    ])
    func `moments are written as SigV4 wants them`(moment: String, timestamp: String) throws {
        #expect(try #require(Date(iso8601: moment)).sigV4Timestamp == timestamp)
    }

    @Test func `HTTP dates are read`() {
        // RFC 9110, section 5.6.7.
        #expect(Date(httpDate: "Sun, 06 Nov 1994 08:49:37 GMT")?.timeIntervalSince1970 == 784_111_777)
    }

    @Test(arguments: [
        "", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
    ])
    func `what is not an HTTP date is not taken for one`(text: String) {
        #expect(Date(httpDate: text) == nil)
    }
}
