/// What carries records from the relay to detection: a Kinesis stream, or a log on disk.
public protocol RecordStream: Sendable {
    /// What people call it, for example `kinesis:candidates` or `state/stream`.
    var name: String { get }
    /// The longest record it takes, with its partition key, in bytes.
    var recordLimit: Int { get }
    /// Shard ids in a fixed order.
    func shards() async throws -> [String]
    /// Every entry is durable once it returns. Order is kept within a shard.
    func put(_ entries: [StreamEntry]) async throws
    /// The next records of a shard, at most `limit`; none when there are none yet.
    ///
    /// - Parameter sequenceNumber: read after this one; `nil` from the oldest that is kept.
    func read(shard: String, after sequenceNumber: String?, limit: Int) async throws -> StreamBatch
}

/// A record on its way into the stream.
public struct StreamEntry: Sendable, Equatable {
    /// The raw JSON of one record, as it stood in its package.
    public var data: [UInt8]
    /// The record's identity as text, at most 256 characters.
    public var partitionKey: String
    /// Chooses the shard: the position in the 128-bit space that shards divide between them.
    public var hashKey: UInt128

    public init(data: [UInt8], partitionKey: String, hashKey: UInt128) {
        self.data = data
        self.partitionKey = partitionKey
        self.hashKey = hashKey
    }
}

/// Records that were read together, in one buffer: a batch costs two allocations, not two a record.
public struct StreamBatch: Sendable {
    public struct Entry: Sendable {
        public var sequenceNumber: String
        public var partitionKey: String
        /// When the stream took it: stored with the record, so that it is the same on every read.
        public var arrival: Milliseconds
        /// Where its JSON stands in `bytes`.
        public var range: Range<Int>

        public init(sequenceNumber: String, partitionKey: String, arrival: Milliseconds, range: Range<Int>) {
            self.sequenceNumber = sequenceNumber
            self.partitionKey = partitionKey
            self.arrival = arrival
            self.range = range
        }
    }

    public var bytes: [UInt8] = []
    public var entries: [Entry] = []
    /// How far behind the newest record the batch ends, in milliseconds; `nil` when the stream does not say.
    public var behind: Milliseconds?
    /// Nothing more will ever come after this batch.
    public var isClosed = false

    public init() {}
}
