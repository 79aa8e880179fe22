import Transport

/// The calls to Kinesis Data Streams that a relay and a detector make.
///
/// Source: Amazon Kinesis Data Streams API Reference, 2013-12-02.
public struct Kinesis: Sendable {
    let client: AWSClient
    let limits: Limits
    private let signer: RequestSigner

    public init(_ client: AWSClient, limits: Limits = .standard) {
        self.client = client
        self.limits = limits
        signer = RequestSigner(
            service: "kinesis",
            region: client.region,
            paths: .normalizedAndEncodedAgain,
            sendsPayloadHash: false
        )
    }

    /// What one record and one `PutRecords` may hold.
    public struct Limits: Sendable, Equatable {
        /// Entries in a request.
        public var entries: Int
        /// Data and partition key of one entry.
        public var recordBytes: Int
        /// Data and partition keys of a request.
        public var requestBytes: Int

        public init(entries: Int, recordBytes: Int, requestBytes: Int) {
            self.entries = entries
            self.recordBytes = recordBytes
            self.requestBytes = requestBytes
        }

        /// 500 entries, 1 MiB, 5 MiB: what every stream takes.
        public static let standard = Limits(entries: 500, recordBytes: 1 << 20, requestBytes: 5 << 20)
        /// 500 entries, 10 MiB, 10 MiB: for a stream whose `MaxRecordSizeInKiB` was raised (possible since late 2025).
        public static let largeRecords = Limits(entries: 500, recordBytes: 10 << 20, requestBytes: 10 << 20)
    }

    /// Creates a stream, which takes about half a minute to become `ACTIVE`.
    ///
    /// Success also where there is one of that name, whatever its shards: the answer to an earlier attempt may be lost.
    ///
    /// - Parameter shards: `nil` for a stream that scales by itself.
    public func createStream(_ stream: String, shards: Int?) async throws(AWSFailure) {
        let body = JSONWriter.object { json in
            json.string("StreamName", stream)
            if let shards { json.number("ShardCount", shards) }
            json.object("StreamModeDetails") { $0.string("StreamMode", shards == nil ? "ON_DEMAND" : "PROVISIONED") }
        }
        do throws(AWSFailure) {
            try await call("CreateStream", stream, body) { (_) throws(AWSFailure) in }
        } catch  where error.isRejection(code: "ResourceInUseException") {
            return
        }
    }

    public struct StreamSummary: Sendable, Equatable {
        /// `CREATING`, `ACTIVE`, `UPDATING` or `DELETING`. Records can be read and written while `ACTIVE` or `UPDATING`.
        public let status: String
        public let openShards: Int
        public let retention: Duration
    }

    public func describeStreamSummary(_ stream: String) async throws(AWSFailure) -> StreamSummary {
        let body = JSONWriter.object { $0.string("StreamName", stream) }
        return try await call("DescribeStreamSummary", stream, body) { (answer) throws(AWSFailure) in
            var fields: (status: String?, openShards: Int?, hours: Int?)
            try read(answer, "DescribeStreamSummary", stream) { (json, key) throws(JSONReader.Malformed) in
                guard key == "StreamDescriptionSummary" else { return try json.skip() }
                try json.object { (json, key) throws(JSONReader.Malformed) in
                    switch key {
                    case "StreamStatus": fields.status = try json.string()
                    case "OpenShardCount": fields.openShards = try json.integer()
                    case "RetentionPeriodHours": fields.hours = try json.integer()
                    default: try json.skip()
                    }
                }
            }
            guard let status = fields.status, let openShards = fields.openShards, let hours = fields.hours else {
                throw unreadable("DescribeStreamSummary", stream, "no status, shard count or retention")
            }
            return StreamSummary(status: status, openShards: openShards, retention: .seconds(hours * 3600))
        }
    }

    // MARK: JSON 1.1

    /// - Parameter read: makes the result of the answer's body.
    func call<Result>(
        _ action: String,
        _ stream: String,
        _ body: [UInt8],
        maximumResponseBytes: Int = 4 << 20,
        read: ([UInt8]) throws(AWSFailure) -> Result
    ) async throws(AWSFailure) -> Result {
        let request = HTTPRequest(
            .post,
            "\(client.endpoint ?? "https://\(client.awsHost(of: "kinesis"))")/",
            headers: [
                (name: "Content-Type", value: "application/x-amz-json-1.1"),
                (name: "X-Amz-Target", value: "Kinesis_20131202.\(action)"),
            ],
            body: body,
            maximumResponseBytes: maximumResponseBytes
        )
        return try await client.call("\(action) \(stream)", request, signer: signer) { (answer) throws(AWSFailure) in
            try read(answer.body)
        }
    }

    /// - Parameter field: of the answer's one object; must consume exactly one value.
    func read(
        _ answer: [UInt8],
        _ action: String,
        _ stream: String,
        _ field: (inout JSONReader, _ key: String) throws(JSONReader.Malformed) -> Void
    ) throws(AWSFailure) {
        do throws(JSONReader.Malformed) {
            try JSONReader.read(answer) { (json) throws(JSONReader.Malformed) in try json.object(field) }
        } catch {
            throw unreadable(action, stream, "JSON is malformed at byte \(error.offset)")
        }
    }

    func unreadable(_ action: String, _ stream: String, _ what: String) -> AWSFailure {
        AWSFailure(.unreadableAnswer(what), operation: "\(action) \(stream)")
    }
}
