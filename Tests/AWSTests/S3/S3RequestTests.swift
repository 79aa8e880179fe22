import FoundationEssentials
import Testing
import Transport

@testable import AWS

@Suite struct S3RequestTests {
    private static let stored = HTTPResponse(status: 200, headers: [(name: "ETag", value: "\"e\"")])

    struct Address: CustomTestStringConvertible {
        let region: String, endpoint: String?, bucket: String, key: String, url: String
        var testDescription: String { url }
    }

    @Test(arguments: [
        Address(
            region: "eu-west-1",
            endpoint: nil,
            bucket: "candidates",
            key: "a b",
            url: "https://candidates.s3.eu-west-1.amazonaws.com/a%20b"
        ),
        Address(
            region: "eu-west-1",
            endpoint: nil,
            bucket: "my.candidates",
            key: "a",
            url: "https://s3.eu-west-1.amazonaws.com/my.candidates/a"
        ),
        Address(
            region: "us-east-1",
            endpoint: nil,
            bucket: "Old_Bucket",
            key: "a",
            url: "https://s3.us-east-1.amazonaws.com/Old_Bucket/a"
        ),
        Address(
            region: "cn-north-1",
            endpoint: nil,
            bucket: "candidates",
            key: "a",
            url: "https://candidates.s3.cn-north-1.amazonaws.com.cn/a"
        ),
        Address(
            region: "us-east-1",
            endpoint: "http://127.0.0.1:9000/",
            bucket: "candidates",
            key: "//..",
            url: "http://127.0.0.1:9000/candidates///.."
        ),
        Address(
            region: "us-east-1",
            endpoint: nil,
            bucket: "a?b#c@d",
            key: "k",
            url: "https://s3.us-east-1.amazonaws.com/a%3Fb%23c%40d/k"
        ),
    ])
    func `a bucket is in the host on AWS and in the path elsewhere`(address: Address) async throws {
        let exchange = ScriptedExchange(Self.stored)
        let client = AWSClient.scripted(exchange, region: address.region, endpoint: address.endpoint)
        try await S3(client).putObject([], bucket: address.bucket, key: address.key)
        #expect(exchange.requests.map(\.url) == [address.url])
    }

    @Test(arguments: [("", "k"), ("..", "k"), ("a/b", "k"), ("b", ""), ("b", String(repeating: "é", count: 513))])
    func `names that S3 cannot have are not sent`(bucket: String, key: String) async {
        let exchange = ScriptedExchange(Self.stored)
        let failure = await failure { try await S3(.scripted(exchange)).putObject([], bucket: bucket, key: key) }
        guard case .invalidRequest = failure?.reason else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(exchange.requests.isEmpty)
    }

    @Test(arguments: [
        ("us-east-1", ""),
        (
            "eu-west-1",
            """
            <CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
            <LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>
            """
        ),
    ])
    func `a bucket is created where the client is`(region: String, body: String) async throws {
        let exchange = ScriptedExchange(HTTPResponse(status: 200))
        try await S3(.scripted(exchange, region: region)).createBucket("candidates")
        #expect(exchange.requests.map { String(decoding: $0.body, as: UTF8.self) } == [body])
    }

    @Test func `a bucket that is ours already is a success, somebody else's is not`() async throws {
        func answer(_ code: String) -> ScriptedExchange {
            ScriptedExchange(.json("<Error><Code>\(code)</Code></Error>", status: 409))
        }
        try await S3(.scripted(answer("BucketAlreadyOwnedByYou"))).createBucket("candidates")
        let failure = await failure {
            try await S3(.scripted(answer("BucketAlreadyExists"))).createBucket("candidates")
        }
        #expect(failure?.isRejection(code: "BucketAlreadyExists") == true)
    }

    @Test func `the limit of an object's size is the network's to keep`() async throws {
        let exchange = ScriptedExchange { (request, _) throws(HTTPError) in
            throw HTTPError(.responseTooLarge(limit: request.maximumResponseBytes), host: "https://h", detail: "")
        }
        let failure = await failure {
            try await S3(.scripted(exchange)).getObject(bucket: "b", key: "k", maximumBytes: 1000)
        }
        #expect(failure?.isRetryable == false)
        #expect(exchange.requests.map(\.maximumResponseBytes) == [1000])
    }

    @Test func `a page of a proxy in the place of a listing is tried again`() async throws {
        let page = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
        let exchange = ScriptedExchange(.json("<html>Please log in</html>"), .json(page))
        let listing = try await S3(.scripted(exchange)).listObjects(bucket: "b")
        #expect(listing.objects.isEmpty)
        #expect(exchange.requests.count == 2)
    }
}

@Suite struct ObjectPageTests {
    /// Amazon S3 API Reference, ListObjectsV2, examples; with encoding-type=url.
    private static let page = """
        <?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
          <Name>bucket</Name>
          <Prefix/>
          <NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
          <KeyCount>2</KeyCount>
          <MaxKeys>2</MaxKeys>
          <EncodingType>url</EncodingType>
          <IsTruncated>true</IsTruncated>
          <Contents>
            <Key>happy+face%2B%2500.jpg</Key>
            <LastModified>2014-11-21T19:40:05.000Z</LastModified>
            <ETag>&quot;70ee1738b6b21e2c8a43f3a5ab0eee71&quot;</ETag>
            <Size>11</Size>
            <StorageClass>STANDARD</StorageClass>
            <Owner><ID>x</ID><DisplayName>Key</DisplayName></Owner>
          </Contents>
          <Contents>
            <Key>%E1%88%B4</Key>
            <LastModified>2014-11-21T19:40:05Z</LastModified>
            <ETag>"bf1d737a4d46a19f3bced6905cc8b902"</ETag>
            <Size>142863</Size>
          </Contents>
        </ListBucketResult>
        """

    @Test func `keys, ETags, sizes and dates are read`() throws {
        let page = try ObjectPage(xml: Array(Self.page.utf8))
        let date = Date(timeIntervalSince1970: 1_416_598_805)
        #expect(
            page.objects == [
                S3.Summary(
                    key: "happy face+%00.jpg",
                    etag: "70ee1738b6b21e2c8a43f3a5ab0eee71",
                    size: 11,
                    lastModified: date
                ),
                S3.Summary(key: "ሴ", etag: "bf1d737a4d46a19f3bced6905cc8b902", size: 142863, lastModified: date),
            ]
        )
        #expect(page.continuationToken == "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=")
    }

    @Test func `a server that does not encode keys is not decoded`() throws {
        let text = Self.page.replacing("<EncodingType>url</EncodingType>", with: "")
        #expect(try ObjectPage(xml: Array(text.utf8)).objects.first?.key == "happy+face%2B%2500.jpg")
    }

    @Test(arguments: [
        "", "<html></html>", "<ListBucketResult>", "<ListBucketResult><Contents/></ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<Error><Code>InternalError</Code></Error>",
    ])
    func `what is not a listing is refused`(text: String) {
        #expect(throws: ObjectPage.Unreadable.self) { try ObjectPage(xml: Array(text.utf8)) }
    }
}
