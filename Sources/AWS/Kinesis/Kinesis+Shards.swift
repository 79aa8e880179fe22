public import FoundationEssentials

extension Kinesis {
    public struct Shard: Sendable, Equatable {
        public let id: String
        /// Read to its end before this one.
        public let parentID: String?
        /// The other parent, where two shards were merged.
        public let adjacentParentID: String?
        public let hashKeys: ClosedRange<UInt128>
        public let startingSequenceNumber: String
        /// `nil` while the shard is open.
        public let endingSequenceNumber: String?
    }

    /// More than any account has by default; beyond it a listing that never ends would be believed.
    public static let maximumShards = 20_000

    /// All shards whose records are still kept, closed ones included.
    public func listShards(of stream: String) async throws(AWSFailure) -> [Shard] {
        var shards: [Shard] = []
        var token: String?
        repeat {
            let page = try await listShards(of: stream, token: token)
            guard page.token == nil || page.token != token, shards.count + page.shards.count <= Self.maximumShards
            else {
                throw unreadable("ListShards", stream, "the listing does not end")
            }
            shards += page.shards
            token = page.token
        } while token != nil
        return shards
    }

    private func listShards(of stream: String, token: String?) async throws(AWSFailure) -> (
        shards: [Shard], token: String?
    ) {
        let body = JSONWriter.object { json in
            // A token stands for the stream, too; both together are refused.
            if let token { json.string("NextToken", token) } else { json.string("StreamName", stream) }
        }
        return try await call("ListShards", stream, body) { (answer) throws(AWSFailure) in
            var shards: [Shard] = []
            var next: String?
            try read(answer, "ListShards", stream) { (json, key) throws(JSONReader.Malformed) in
                switch key {
                case "Shards":
                    try json.array { (json) throws(JSONReader.Malformed) in shards.append(try Self.shard(&json)) }
                case "NextToken": next = try json.stringOrNull()
                default: try json.skip()
                }
            }
            return (shards, next)
        }
    }

    private static func shard(_ json: inout JSONReader) throws(JSONReader.Malformed) -> Shard {
        var texts: [String: String] = [:]
        try json.object { (json, key) throws(JSONReader.Malformed) in
            switch key {
            case "HashKeyRange", "SequenceNumberRange":
                try json.object { (json, key) throws(JSONReader.Malformed) in texts[key] = try json.stringOrNull() }
            default: texts[key] = try json.stringOrNull()
            }
        }
        guard let id = texts["ShardId"], let start = texts["StartingSequenceNumber"],
            let low = texts["StartingHashKey"].flatMap({ UInt128($0) }),
            let high = texts["EndingHashKey"].flatMap({ UInt128($0) }), low <= high
        else { throw json.malformed() }
        return Shard(
            id: id,
            parentID: texts["ParentShardId"],
            adjacentParentID: texts["AdjacentParentShardId"],
            hashKeys: low...high,
            startingSequenceNumber: start,
            endingSequenceNumber: texts["EndingSequenceNumber"]
        )
    }

    /// Where reading begins.
    public enum Position: Sendable, Equatable {
        /// The oldest record that is kept.
        case trimHorizon
        /// What arrives from now on.
        case latest
        case at(sequenceNumber: String)
        case after(sequenceNumber: String)
        /// The first record that arrived then or later.
        case time(Date)
    }

    /// - Returns: an iterator, which is good for five minutes.
    public func shardIterator(
        stream: String,
        shard: String,
        from position: Position
    ) async throws(AWSFailure) -> String {
        let body = JSONWriter.object { json in
            json.string("StreamName", stream)
            json.string("ShardId", shard)
            switch position {
            case .trimHorizon: json.string("ShardIteratorType", "TRIM_HORIZON")
            case .latest: json.string("ShardIteratorType", "LATEST")
            case .at(let sequenceNumber):
                json.string("ShardIteratorType", "AT_SEQUENCE_NUMBER")
                json.string("StartingSequenceNumber", sequenceNumber)
            case .after(let sequenceNumber):
                json.string("ShardIteratorType", "AFTER_SEQUENCE_NUMBER")
                json.string("StartingSequenceNumber", sequenceNumber)
            case .time(let time):
                json.string("ShardIteratorType", "AT_TIMESTAMP")
                json.number("Timestamp", time.timeIntervalSince1970)
            }
        }
        return try await call("GetShardIterator", stream, body) { (answer) throws(AWSFailure) in
            var iterator: String?
            try read(answer, "GetShardIterator", stream) { (json, key) throws(JSONReader.Malformed) in
                if key == "ShardIterator" { iterator = try json.stringOrNull() } else { try json.skip() }
            }
            guard let iterator else { throw unreadable("GetShardIterator", stream, "no iterator") }
            return iterator
        }
    }
}
