import AWS
import Foundation

/// Records in a Kinesis stream.
actor KinesisStream: RecordStream {
    private struct Cursor {
        /// The sequence number that the iterator follows.
        var after: String?
        var iterator: String
    }

    /// Kinesis allows five reads a second and shard.
    private static let readPause = Duration.milliseconds(200)

    nonisolated let name: String
    nonisolated let recordLimit: Int
    private let stream: String
    private let kinesis: Kinesis
    private let start: Configuration.StreamStart
    private let clock: any PipelineClock
    private var cursors: [String: Cursor] = [:]
    private var lastRead: [String: Milliseconds] = [:]

    init(_ stream: String, kinesis: Kinesis, start: Configuration.StreamStart, clock: any PipelineClock) {
        self.stream = stream
        self.kinesis = kinesis
        self.start = start
        self.clock = clock
        name = "kinesis:\(stream)"
        recordLimit = Kinesis.Limits.standard.recordBytes
    }

    func shards() async throws -> [String] {
        try await kinesis.listShards(of: stream).map(\.id).sorted()
    }

    func put(_ entries: [StreamEntry]) async throws {
        let entries = entries.map {
            Kinesis.Entry(data: $0.data, partitionKey: $0.partitionKey, explicitHashKey: $0.hashKey)
        }
        try await kinesis.putRecords(entries, to: stream)
    }

    func read(shard: String, after sequenceNumber: String?, limit: Int) async throws -> StreamBatch {
        try await pace(shard)
        do {
            return try await readOnce(shard, after: sequenceNumber, limit)
        } catch {
            // Whatever was wrong, the next read asks for an iterator at the committed position.
            cursors[shard] = nil
            guard (error as? AWSFailure)?.reason == .iteratorExpired else { throw error }
            return try await readOnce(shard, after: sequenceNumber, limit)
        }
    }

    /// Makes sure that the stream is there and active before anything depends on it.
    func prepare(shards: Int, create: Bool) async throws {
        do {
            _ = try await kinesis.describeStreamSummary(stream)
        } catch {
            guard create, error.objectIsGone else { throw error }
            try await kinesis.createStream(stream, shards: shards)
        }
        // Seconds on AWS; a stream that never becomes active is an error of the first call that needs it.
        var looks = 0
        while looks < 60, try await kinesis.describeStreamSummary(stream).status == "CREATING" {
            looks += 1
            await clock.sleep(.seconds(1))
        }
    }

    private func readOnce(_ shard: String, after sequenceNumber: String?, _ limit: Int) async throws -> StreamBatch {
        let cursor = try await cursor(shard, after: sequenceNumber)
        let answer = try await kinesis.getRecords(cursor.iterator, limit: limit, stream: stream)
        if sequenceNumber == nil, start == .auto, let first = answer.records.first,
            RecordIdentity.parse(partitionKey: first.partitionKey) == nil
        {
            // A stream of others: yesterday's records are nobody's news.
            let iterator = try await kinesis.shardIterator(stream: stream, shard: shard, from: .latest)
            cursors[shard] = Cursor(after: nil, iterator: iterator)
            return StreamBatch()
        }
        var batch = StreamBatch()
        for record in answer.records {
            let start = batch.bytes.count
            batch.bytes += record.data
            batch.entries.append(
                StreamBatch.Entry(
                    sequenceNumber: record.sequenceNumber,
                    partitionKey: record.partitionKey,
                    arrival: Int64(record.arrival.timeIntervalSince1970 * 1000),
                    range: start..<batch.bytes.count
                )
            )
        }
        batch.behind = answer.behindLatest.milliseconds
        batch.isClosed = answer.nextIterator == nil
        cursors[shard] = answer.nextIterator.map {
            Cursor(after: answer.records.last?.sequenceNumber ?? sequenceNumber, iterator: $0)
        }
        return batch
    }

    private func cursor(_ shard: String, after sequenceNumber: String?) async throws -> Cursor {
        if let cursor = cursors[shard], cursor.after == sequenceNumber { return cursor }
        let position: Kinesis.Position =
            if let sequenceNumber {
                .after(sequenceNumber: sequenceNumber)
            } else {
                start == .latest ? .latest : .trimHorizon
            }
        let iterator = try await kinesis.shardIterator(stream: stream, shard: shard, from: position)
        let cursor = Cursor(after: sequenceNumber, iterator: iterator)
        cursors[shard] = cursor
        return cursor
    }

    private func pace(_ shard: String) async throws {
        if let last = lastRead[shard] {
            let wait = Self.readPause - .milliseconds(clock.now - last)
            if wait > .zero { await clock.sleep(min(wait, Self.readPause)) }
            try Task.checkCancellation()
        }
        lastRead[shard] = clock.now
    }
}
