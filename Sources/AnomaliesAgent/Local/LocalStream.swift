/// A stream on disk: an append-only log a shard, safe between processes, with the same shape as Kinesis.
///
///     stream/shardId-000000000000/lock
///                                 00000000000000000000.log    a segment, named by the offset it begins at
///                                 00000000000067108912.log
public struct LocalStream: RecordStream {
    public let name: String
    public let recordLimit = LogFrame.limit - 4096
    private let logs: [ShardLog]

    /// - Parameter shards: how many, when the stream is made; an existing stream keeps its own number.
    public init(directory: String, shards: Int, files: any FileSystem, clock: any PipelineClock) throws {
        precondition(shards > 0)
        name = directory
        try files.makeDirectory(directory)
        let existing = try files.names(in: directory).filter { $0.hasPrefix("shardId-") }
        let ids = existing.isEmpty ? (0..<shards).map(Self.shardID) : existing
        var logs: [ShardLog] = []
        for id in ids { logs.append(try ShardLog(id: id, directory: "\(directory)/\(id)", files: files, clock: clock)) }
        self.logs = logs
    }

    public func shards() async throws -> [String] { logs.map(\.id) }

    public func put(_ entries: [StreamEntry]) async throws {
        guard logs.count > 1 else { return try logs[0].append(entries) }
        var sorted = [[StreamEntry]](repeating: [], count: logs.count)
        for entry in entries { sorted[Self.shard(of: entry.hashKey, among: logs.count)].append(entry) }
        for (log, entries) in zip(logs, sorted) where !entries.isEmpty { try log.append(entries) }
    }

    public func read(shard: String, after sequenceNumber: String?, limit: Int) async throws -> StreamBatch {
        guard let log = logs.first(where: { $0.id == shard }) else {
            throw FileError("read", "\(name)/\(shard)", reason: "the stream has no such shard")
        }
        return try log.read(after: sequenceNumber, limit: limit)
    }

    /// The offset behind the last record of a shard, about; 0 for a shard that does not exist.
    func end(of shard: String) throws(FileError) -> Int {
        try logs.first { $0.id == shard }?.end() ?? 0
    }

    /// Forgets whole segments that end at or before `sequenceNumber`, where they were last written before `time` or
    /// the shard is larger than `keepBytes`.
    func trim(shard: String, through sequenceNumber: String, before time: Milliseconds, keepBytes: Int)
        throws(FileError)
    {
        for log in logs where log.id == shard {
            try log.trim(through: sequenceNumber, before: time, keepBytes: keepBytes)
        }
    }

    /// As Kinesis divides the 128-bit space: each shard an equal range.
    static func shard(of hashKey: UInt128, among count: Int) -> Int {
        Int(hashKey.multipliedFullWidth(by: UInt128(count)).high)
    }

    private static func shardID(_ index: Int) -> String {
        let digits = String(index)
        return "shardId-" + String(repeating: "0", count: 12 - digits.utf8.count) + digits
    }
}
