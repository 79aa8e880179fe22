public import FoundationEssentials
import Transport

/// The calls to S3 that a feed and a relay make.
///
/// On AWS a bucket is part of the host name (`candidates.s3.eu-west-1.amazonaws.com`), unless its name would break the
/// certificate or the host (dots, capitals); there, and wherever an endpoint is set, it is the first part of the path.
///
/// Source: Amazon S3 API Reference, 2006-03-01.
public struct S3: Sendable {
    private let client: AWSClient
    private let signer: RequestSigner

    /// The longest key S3 takes, in bytes of UTF-8.
    public static let maximumKeyBytes = 1024

    public init(_ client: AWSClient) {
        self.client = client
        signer = RequestSigner(service: "s3", region: client.region, paths: .asSent, sendsPayloadHash: true)
    }

    /// An object without its body. ETags come without their quotes.
    public struct Summary: Sendable, Equatable {
        public let key: String
        public let etag: String
        /// In bytes.
        public let size: Int
        public let lastModified: Date
    }

    public struct Object: Sendable, Equatable {
        public let body: [UInt8]
        public let etag: String
    }

    /// Stores or replaces an object. S3 checks the body against its SHA-256, so a damaged one is never stored.
    ///
    /// Safe to repeat: the same key and body give the same object.
    ///
    /// - Returns: the ETag.
    @discardableResult
    public func putObject(
        _ body: [UInt8],
        bucket: String,
        key: String,
        contentType: String = "application/octet-stream"
    ) async throws(AWSFailure) -> String {
        let operation = "PutObject s3://\(bucket)/\(key)"
        let url = try url(bucket, key, operation: operation)
        let request = HTTPRequest(.put, url, headers: [(name: "Content-Type", value: contentType)], body: body)
        return try await client.call(operation, request, signer: signer) { (answer) throws(AWSFailure) in
            try Self.etag(of: answer, operation)
        }
    }

    /// - Parameter maximumBytes: a longer object is a failure that is not retryable, and is not held in memory.
    public func getObject(
        bucket: String,
        key: String,
        maximumBytes: Int = 64 << 20
    ) async throws(AWSFailure) -> Object {
        let operation = "GetObject s3://\(bucket)/\(key)"
        let url = try url(bucket, key, operation: operation)
        let request = HTTPRequest(.get, url, maximumResponseBytes: maximumBytes)
        return try await client.call(operation, request, signer: signer) { (answer) throws(AWSFailure) in
            Object(body: answer.body, etag: try Self.etag(of: answer, operation))
        }
    }

    /// - Throws: `.notFound` where there is no such object.
    public func headObject(bucket: String, key: String) async throws(AWSFailure) -> Summary {
        let operation = "HeadObject s3://\(bucket)/\(key)"
        let request = HTTPRequest(.head, try url(bucket, key, operation: operation))
        return try await client.call(operation, request, signer: signer) { (answer) throws(AWSFailure) in
            guard let size = answer.header("Content-Length").flatMap(Int.init),
                let lastModified = answer.header("Last-Modified").flatMap(Date.init(httpDate:))
            else { throw AWSFailure(.unreadableAnswer("no Content-Length or Last-Modified"), operation: operation) }
            return Summary(key: key, etag: try Self.etag(of: answer, operation), size: size, lastModified: lastModified)
        }
    }

    /// Success also where there was none.
    public func deleteObject(bucket: String, key: String) async throws(AWSFailure) {
        let operation = "DeleteObject s3://\(bucket)/\(key)"
        let request = HTTPRequest(.delete, try url(bucket, key, operation: operation))
        try await client.call(operation, request, signer: signer) { (_) throws(AWSFailure) in }
    }

    /// One page of the bucket's keys, in the order of their UTF-8.
    ///
    /// - Parameters:
    ///   - startAfter: the first key listed is greater than this.
    ///   - continuationToken: of the page before; overrides `startAfter`.
    ///   - maximumKeys: 1 … 1000.
    public func listObjects(
        bucket: String,
        prefix: String = "",
        startAfter: String? = nil,
        continuationToken: String? = nil,
        maximumKeys: Int = 1000
    ) async throws(AWSFailure) -> ObjectPage {
        precondition((1...1000).contains(maximumKeys), "a page of a listing has 1 … 1000 keys")
        let operation = "ListObjectsV2 s3://\(bucket)/\(prefix)"
        var query = ["list-type=2", "encoding-type=url", "max-keys=\(maximumKeys)"]
        if !prefix.isEmpty { query.append("prefix=\(PercentEncoding.encoded(prefix))") }
        if let continuationToken {
            query.append("continuation-token=\(PercentEncoding.encoded(continuationToken))")
        } else if let startAfter {
            query.append("start-after=\(PercentEncoding.encoded(startAfter))")
        }
        let url = try url(bucket, nil, operation: operation) + "?" + query.joined(separator: "&")
        // 1000 keys of 1024 bytes, each byte percent-encoded, and what surrounds them.
        let request = HTTPRequest(.get, url, maximumResponseBytes: 4 << 20)
        return try await client.call(operation, request, signer: signer) { (answer) throws(AWSFailure) in
            do throws(ObjectPage.Unreadable) {
                return try ObjectPage(xml: answer.body)
            } catch {
                throw AWSFailure(.unreadableAnswer(error.what), operation: operation)
            }
        }
    }

    /// In the client's region. Success also where the bucket exists and is ours.
    public func createBucket(_ bucket: String) async throws(AWSFailure) {
        let operation = "CreateBucket s3://\(bucket)"
        // us-east-1 refuses to be named.
        let body =
            client.region == "us-east-1"
            ? ""
            : """
            <CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
            <LocationConstraint>\(client.region)</LocationConstraint></CreateBucketConfiguration>
            """
        let request = HTTPRequest(.put, try url(bucket, nil, operation: operation), body: Array(body.utf8))
        do throws(AWSFailure) {
            try await client.call(operation, request, signer: signer) { (_) throws(AWSFailure) in }
        } catch  where error.isRejection(code: "BucketAlreadyOwnedByYou") {
            return
        }
    }

    private func url(_ bucket: String, _ key: String?, operation: String) throws(AWSFailure) -> String {
        guard !bucket.isEmpty, bucket != ".", bucket != "..", !bucket.contains("/") else {
            throw AWSFailure(.invalidRequest("“\(bucket)” cannot be the name of a bucket"), operation: operation)
        }
        if let key, key.isEmpty || key.utf8.count > Self.maximumKeyBytes {
            throw AWSFailure(
                .invalidRequest("a key has 1 … \(Self.maximumKeyBytes) bytes, this one \(key.utf8.count)"),
                operation: operation
            )
        }
        let path = "/" + PercentEncoding.encoded(key ?? "", keepingSlashes: true)
        if client.endpoint == nil, Self.isHostLabel(bucket) {
            return "https://\(bucket).\(client.awsHost(of: "s3"))\(path)"
        }
        let base = client.endpoint ?? "https://\(client.awsHost(of: "s3"))"
        return "\(base)/\(PercentEncoding.encoded(bucket))\(key == nil ? "" : path)"
    }

    private static func isHostLabel(_ bucket: String) -> Bool {
        let allowed = bucket.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
            default: false
            }
        }
        return allowed && bucket.utf8.count <= 63 && !bucket.hasPrefix("-") && !bucket.hasSuffix("-")
    }

    private static func etag(of answer: HTTPResponse, _ operation: String) throws(AWSFailure) -> String {
        guard let etag = answer.header("ETag") else {
            throw AWSFailure(.unreadableAnswer("no ETag"), operation: operation)
        }
        return etag.withoutQuotes
    }
}

extension String {
    /// ETags are quoted in headers and listings, but not by every server.
    var withoutQuotes: String {
        count >= 2 && hasPrefix("\"") && hasSuffix("\"") ? String(dropFirst().dropLast()) : self
    }
}

extension AWSFailure {
    func isRejection(code: String) -> Bool {
        if case .rejected(_, code, _) = reason { true } else { false }
    }
}
