import AWS
import FoundationEssentials
import TestSupport
import Testing
import Transport

/// Against two servers that were written by others.
@Suite struct S3PeerTests {
    /// moto refuses valid signatures over some of these, so they go to OpenStack Swift.
    static let awkwardKeys = [
        "plain.json.gz", "with space", "a+b", "a=b", "a~b", "a%b", "a%20b", "a&b", "ünïcødé/ሴ/😀", "folder//twice",
        "a/../b",
        "a/./b", "quote\"'<>", "a?b#c", "(a)*!$@,;:", "tab\tline\nend", "trailing/", ".", "back\\slash", "[x]{y}|^`",
    ]

    private func unique(_ name: String) -> String { "\(name)-\(UInt64.random(in: .min ... .max))" }

    @Test(arguments: awkwardKeys)
    func `an awkward key is stored, found, listed and deleted under its own name`(key: String) async throws {
        let s3 = S3(try Peers.swiftS3.get().client())
        let bucket = unique("awkward")
        try await s3.createBucket(bucket)
        let body = Array("body of \(key)".utf8)
        let etag = try await s3.putObject(body, bucket: bucket, key: key)
        #expect(etag == Digest.hexadecimal(Digest.md5(body.span).span))
        let object = try await s3.getObject(bucket: bucket, key: key)
        #expect(object.body == body)
        #expect(object.etag == etag)
        #expect(try await s3.headObject(bucket: bucket, key: key).size == body.count)
        let listed = try await s3.listObjects(bucket: bucket)
        #expect(listed.objects.map(\.key) == [key])
        #expect(listed.objects.first?.etag == etag)
        #expect(try await s3.listObjects(bucket: bucket, prefix: String(key.prefix(1))).objects.count == 1)
        #expect(try await s3.listObjects(bucket: bucket, startAfter: key).objects.isEmpty)
        try await s3.deleteObject(bucket: bucket, key: key)
        #expect(try await s3.listObjects(bucket: bucket).objects.isEmpty)
    }

    static let peers = ["moto", "Swift"]

    private func peer(_ name: String) throws -> AWSPeer {
        try (name == "moto" ? Peers.moto : Peers.swiftS3).get()
    }

    @Test(arguments: peers)
    func `a listing of many pages gives every key once, in order`(name: String) async throws {
        let s3 = S3(try peer(name).client())
        let bucket = unique("pages")
        try await s3.createBucket(bucket)
        let keys = (0..<7).map { "data-feed-\($0).json.gz" }
        for key in keys.reversed() { try await s3.putObject([1], bucket: bucket, key: key) }
        try await s3.putObject([1], bucket: bucket, key: "other")

        var listed: [String] = []
        var token: String?
        repeat {
            let page = try await s3.listObjects(
                bucket: bucket,
                prefix: "data-feed-",
                continuationToken: token,
                maximumKeys: 3
            )
            listed += page.objects.map(\.key)
            token = page.continuationToken
        } while token != nil
        #expect(listed == keys)

        let after = try await s3.listObjects(bucket: bucket, prefix: "data-feed-", startAfter: keys[4])
        #expect(after.objects.map(\.key) == Array(keys[5...]))
    }

    @Test(arguments: peers)
    func `what is missing is said to be missing`(name: String) async throws {
        let s3 = S3(try peer(name).client())
        let bucket = unique("missing")
        let noBucket = await failure { try await s3.getObject(bucket: bucket, key: "k") }
        #expect(noBucket?.reason == .notFound(code: "NoSuchBucket"))
        try await s3.createBucket(bucket)
        let noKey = await failure { try await s3.getObject(bucket: bucket, key: "k") }
        #expect(noKey?.reason == .notFound(code: "NoSuchKey"))
        #expect(noKey?.requestID != nil)
        let noHead = await failure { try await s3.headObject(bucket: bucket, key: "k") }
        #expect(noHead?.reason == .notFound(code: "NotFound"))
    }

    @Test(arguments: peers)
    func `a bucket can be created again`(name: String) async throws {
        let s3 = S3(try peer(name).client())
        let bucket = unique("again")
        try await s3.createBucket(bucket)
        try await s3.createBucket(bucket)
    }

    @Test(arguments: peers)
    func `a wrong secret is refused, and the failure says what to check`(name: String) async throws {
        let s3 = S3(try peer(name).client(secretAccessKey: "wrong"))
        let failure = await failure { try await s3.putObject([1], bucket: "wrong-secret", key: "k") }
        #expect(failure?.reason == .accessDenied(code: "SignatureDoesNotMatch"))
        #expect(failure?.description.contains("Check the secret access key") == true)
        #expect(failure?.description.contains("wrong-secret/k") == true)
    }

    /// Changes requests after they were signed.
    private struct Tampering: HTTPExchange {
        let change: @Sendable (inout HTTPRequest) -> Void

        func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
            var request = request
            change(&request)
            return try await Peers.http.send(request)
        }
    }

    static let tamperings: [(String, @Sendable (inout HTTPRequest) -> Void)] = [
        ("body", { $0.body[0] ^= 1 }),
        ("key", { $0.url += "x" }),
        ("method", { $0.method = .delete }),
        ("hash", { $0.headers = $0.headers.map { ($0, $0 == "X-Amz-Content-Sha256" ? "UNSIGNED-PAYLOAD" : $1) } }),
    ]

    @Test(arguments: tamperings.indices)
    func `what was changed after signing is refused`(index: Int) async throws {
        let peer = try Peers.swiftS3.get()
        let bucket = unique("tampered")
        try await S3(peer.client()).createBucket(bucket)
        let client = AWSClient(
            region: peer.region,
            credentials: StaticCredentials(
                Credentials(accessKeyID: peer.accessKeyID, secretAccessKey: Secret(peer.secretAccessKey))
            ),
            http: Tampering(change: Self.tamperings[index].1),
            endpoint: peer.endpoint,
            retry: .never
        )
        let failure = await failure { try await S3(client).putObject([1, 2, 3], bucket: bucket, key: "k") }
        #expect(failure != nil, "\(Self.tamperings[index].0)")
        #expect(try await S3(peer.client()).listObjects(bucket: bucket).objects.isEmpty)
    }

    @Test func `a clock that is an hour wrong is corrected by a server that checks it`() async throws {
        var outside = TimeAndChance.system
        outside.now = { Date(timeIntervalSinceNow: -3600) }
        let s3 = S3(try Peers.swiftS3.get().client(outside: outside))
        let bucket = unique("skewed")
        try await s3.createBucket(bucket)
        #expect(try await s3.listObjects(bucket: bucket).objects.isEmpty)
    }

    @Test(arguments: peers)
    func `boto3 reads what we wrote, and we read what boto3 wrote`(name: String) async throws {
        let peer = try peer(name)
        let s3 = S3(peer.client())
        let bucket = unique("boto")
        try await s3.createBucket(bucket)
        try await s3.putObject(
            Array("ours: ሴ\n".utf8),
            bucket: bucket,
            key: "data/ours 1.json",
            contentType: "application/json"
        )
        let printed = try peer.python(
            """
            import sys, boto3
            from botocore.config import Config
            s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
            answer = s3.get_object(Bucket=sys.argv[1], Key="data/ours 1.json")
            print(answer["ContentType"], answer["Body"].read())
            s3.put_object(Bucket=sys.argv[1], Key="data/theirs 2.json", Body=b"theirs", ContentType="text/plain")
            """,
            bucket
        )
        #expect(printed == "application/json b'ours: \\xe1\\x88\\xb4\\n'\n")
        #expect(try await s3.getObject(bucket: bucket, key: "data/theirs 2.json").body == Array("theirs".utf8))
        #expect(
            try await s3.listObjects(bucket: bucket).objects.map(\.key) == ["data/ours 1.json", "data/theirs 2.json"]
        )
    }

    @Test func `eight megabytes come back as they went`() async throws {
        let s3 = S3(try Peers.swiftS3.get().client())
        let bucket = unique("large")
        try await s3.createBucket(bucket)
        let body = (0..<8 << 20).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        try await s3.putObject(body, bucket: bucket, key: "large")
        #expect(try await s3.getObject(bucket: bucket, key: "large").body == body)
        let failure = await failure {
            try await s3.getObject(bucket: bucket, key: "large", maximumBytes: body.count - 1)
        }
        #expect(failure?.isRetryable == false)
    }
}
