extension Kinesis {
    /// A record on its way into a stream.
    public struct Entry: Sendable, Equatable {
        public let data: [UInt8]
        /// 1 … 256 characters. Chooses the shard by its MD5, unless `explicitHashKey` does.
        public let partitionKey: String
        public let explicitHashKey: UInt128?

        public init(data: [UInt8], partitionKey: String, explicitHashKey: UInt128? = nil) {
            self.data = data
            self.partitionKey = partitionKey
            self.explicitHashKey = explicitHashKey
        }

        /// What counts towards the limits; base64 does not.
        public var size: Int { data.count + partitionKey.utf8.count }
    }

    /// Where an entry was stored.
    public struct Placement: Sendable, Equatable {
        public let shardID: String
        /// Up to 128 digits; compared as a number, not as text.
        public let sequenceNumber: String
    }

    /// Whether Kinesis would take the entry, so that a caller can set one aside instead of losing its batch.
    public func accepts(_ entry: Entry) -> Bool {
        entry.size <= limits.recordBytes && (1...256).contains(entry.partitionKey.unicodeScalars.count)
    }

    /// Stores all entries, in as few requests as the limits allow.
    ///
    /// A request can succeed for some of its entries only. The failed ones, and no others, are sent again in their order
    /// before the next request begins. Attempts are counted anew whenever any entry went through, so that a throttled shard
    /// is drained at its own speed; ``RetryPolicy/maximumElapsed`` bounds each request's worth of entries. An entry whose
    /// acknowledgement was lost on the way is stored twice.
    ///
    /// - Returns: one placement per entry, in their order.
    /// - Throws: `.invalidRequest`, with nothing sent, when an entry is not accepted; `.unsent` with the indices of all
    ///   entries that are not known to be stored. All others are.
    @discardableResult
    public func putRecords(_ entries: [Entry], to stream: String) async throws(AWSFailure) -> [Placement] {
        if let refused = entries.firstIndex(where: { !accepts($0) }) {
            throw AWSFailure(
                .invalidRequest(
                    """
                    entry \(refused) has \(entries[refused].size) bytes and a key of \
                    \(entries[refused].partitionKey.unicodeScalars.count) characters; \
                    \(limits.recordBytes) bytes and 1 … 256 characters are allowed
                    """
                ),
                operation: "PutRecords \(stream)"
            )
        }
        var placements = [Placement?](repeating: nil, count: entries.count)
        var next = 0
        while next < entries.count {
            let end = endOfRequest(from: next, in: entries)
            do throws(AWSFailure) {
                try await deliver(Array(next..<end), of: entries, to: stream, into: &placements)
            } catch {
                let unsent = placements.indices.filter { placements[$0] == nil }
                throw AWSFailure(
                    .unsent(indices: unsent, because: error.reason),
                    operation: error.operation,
                    requestID: error.requestID
                )
            }
            next = end
        }
        return placements.compactMap { $0 }
    }

    /// As many entries as fit.
    private func endOfRequest(from start: Int, in entries: [Entry]) -> Int {
        var end = start
        var bytes = 0
        while end < entries.count, end - start < limits.entries {
            bytes += entries[end].size
            if bytes > limits.requestBytes { break }
            end += 1
        }
        // An entry larger than a request would otherwise be waited for without end.
        return max(end, start + 1)
    }

    private func deliver(
        _ indices: [Int],
        of entries: [Entry],
        to stream: String,
        into placements: inout [Placement?]
    ) async throws(AWSFailure) {
        let start = client.outside.uptime()
        var pending = indices
        var attemptsWithoutProgress = 0
        while true {
            let outcomes = try await put(pending.map { entries[$0] }, to: stream)
            var failed: [Int] = []
            var failure: AWSFailure.Reason?
            for (index, outcome) in zip(pending, outcomes) {
                switch outcome {
                case .stored(let placement): placements[index] = placement
                case .failed(let reason):
                    failed.append(index)
                    // One that cannot pass outweighs all that can: sending again would only repeat it.
                    if failure?.isRetryable ?? true { failure = reason }
                }
            }
            guard let failure else { return }

            attemptsWithoutProgress = failed.count < pending.count ? 1 : attemptsWithoutProgress + 1
            let givenUp = AWSFailure(failure, operation: "PutRecords \(stream)")
            guard failure.isRetryable, attemptsWithoutProgress < client.retry.maximumAttempts else { throw givenUp }
            let delay = client.retry.delay(
                beforeRetry: attemptsWithoutProgress,
                after: failure,
                chance: client.outside.chance()
            )
            guard client.outside.uptime() - start + delay <= client.retry.maximumElapsed else { throw givenUp }
            try await client.outside.pause(delay, during: "PutRecords \(stream)")
            pending = failed
        }
    }

    private enum Outcome {
        case stored(Placement)
        case failed(AWSFailure.Reason)
    }

    private func put(_ entries: [Entry], to stream: String) async throws(AWSFailure) -> [Outcome] {
        // 120: what surrounds data and key.
        let capacity = entries.reduce(200) {
            $0 + Base64.encodedCount($1.data.count) + $1.partitionKey.utf8.count + 120
        }
        let body = JSONWriter.object(capacity: capacity) { json in
            json.string("StreamName", stream)
            json.array("Records", entries) { json, entry in
                json.object { json in
                    json.base64("Data", entry.data)
                    json.string("PartitionKey", entry.partitionKey)
                    if let hashKey = entry.explicitHashKey { json.string("ExplicitHashKey", "\(hashKey)") }
                }
            }
        }
        return try await call("PutRecords", stream, body) { (answer) throws(AWSFailure) in
            var outcomes: [Outcome] = []
            try read(answer, "PutRecords", stream) { (json, key) throws(JSONReader.Malformed) in
                guard key == "Records" else { return try json.skip() }
                try json.array { (json) throws(JSONReader.Malformed) in outcomes.append(try Self.outcome(&json)) }
            }
            guard outcomes.count == entries.count else {
                throw unreadable("PutRecords", stream, "\(outcomes.count) outcomes for \(entries.count) entries")
            }
            return outcomes
        }
    }

    private static func outcome(_ json: inout JSONReader) throws(JSONReader.Malformed) -> Outcome {
        var shardID = ""
        var sequenceNumber = ""
        var code: String?
        var message = ""
        try json.object { (json, key) throws(JSONReader.Malformed) in
            switch key {
            case "ShardId": shardID = try json.stringOrNull() ?? ""
            case "SequenceNumber": sequenceNumber = try json.stringOrNull() ?? ""
            case "ErrorCode": code = try json.stringOrNull()
            case "ErrorMessage": message = try json.stringOrNull() ?? ""
            default: try json.skip()
            }
        }
        guard let code else { return .stored(Placement(shardID: shardID, sequenceNumber: sequenceNumber)) }
        return .failed(
            ServiceErrorCode.throttling.contains(code)
                ? .throttled(retryAfter: nil) : .rejected(status: 200, code: code, message: String(message.prefix(300)))
        )
    }
}
