public import FoundationEssentials

extension Kinesis {
    /// A record as it comes out of a shard.
    public struct Record: Sendable, Equatable {
        public let data: [UInt8]
        public let partitionKey: String
        /// Up to 128 digits; compared as a number, not as text.
        public let sequenceNumber: String
        public let arrival: Date
    }

    public struct RecordBatch: Sendable, Equatable {
        /// In the order of their sequence numbers. Empty does not mean that the shard has ended, nor that it is read up.
        public let records: [Record]
        /// `nil` when the shard is closed and everything in it has been read.
        public let nextIterator: String?
        /// How far these records are behind the newest of the shard.
        public let behindLatest: Duration

        init(records: [Record], nextIterator: String?, behindLatest: Duration) {
            self.records = records
            self.nextIterator = nextIterator
            self.behindLatest = behindLatest
        }
    }

    /// The next records of a shard: up to 10 MB of them, which is 14 MB of answer.
    ///
    /// Kinesis allows five calls a second and shard, and 2 MB/s on average.
    ///
    /// - Parameters:
    ///   - iterator: of ``shardIterator(stream:shard:from:)`` or the batch before.
    ///   - limit: 1 … 10,000 records.
    ///   - stream: for failures only; the iterator knows.
    /// - Throws: `.iteratorExpired` five minutes after the iterator was made.
    public func getRecords(
        _ iterator: String,
        limit: Int = 10_000,
        stream: String
    ) async throws(AWSFailure) -> RecordBatch {
        precondition((1...10_000).contains(limit), "a batch has 1 … 10,000 records")
        let body = JSONWriter.object { json in
            json.string("ShardIterator", iterator)
            json.number("Limit", limit)
        }
        // 10 MiB in base64, and 10,000 times a key of 256 four-byte characters, escaped or not, and the rest.
        return try await call("GetRecords", stream, body, maximumResponseBytes: 32 << 20) {
            (answer) throws(AWSFailure) in
            try recordBatch(answer, stream)
        }
    }

    func recordBatch(_ answer: [UInt8], _ stream: String) throws(AWSFailure) -> RecordBatch {
        var records: [Record] = []
        var next: String?
        var milliseconds = 0
        try read(answer, "GetRecords", stream) { (json, key) throws(JSONReader.Malformed) in
            switch key {
            case "Records":
                try json.array { (json) throws(JSONReader.Malformed) in records.append(try Self.record(&json)) }
            case "NextShardIterator": next = try json.stringOrNull()
            case "MillisBehindLatest": milliseconds = try json.null() ? 0 : try json.integer()
            default: try json.skip()
            }
        }
        return RecordBatch(records: records, nextIterator: next, behindLatest: .milliseconds(milliseconds))
    }

    private static func record(_ json: inout JSONReader) throws(JSONReader.Malformed) -> Record {
        var data: [UInt8]?
        var partitionKey: String?
        var sequenceNumber: String?
        var arrival = 0.0
        try json.object { (json, key) throws(JSONReader.Malformed) in
            switch key {
            case "Data": data = try json.base64()
            case "PartitionKey": partitionKey = try json.string()
            case "SequenceNumber": sequenceNumber = try json.string()
            case "ApproximateArrivalTimestamp": arrival = try json.double()
            default: try json.skip()
            }
        }
        guard let data, let partitionKey, let sequenceNumber else { throw json.malformed() }
        return Record(
            data: data,
            partitionKey: partitionKey,
            sequenceNumber: sequenceNumber,
            arrival: Date(timeIntervalSince1970: arrival)
        )
    }
}
