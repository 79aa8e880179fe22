import Logging

/// Where a shard keeps the detectors of its keys, and within which limits.
struct KeyHome: Sendable {
    struct Limits: Sendable, Equatable {
        /// Bytes that detectors in memory may take, all keys of the shard together; one is there in any case.
        var memory: Int
        /// Keys that are known at once, in memory or not; 1 and more.
        var keys: Int
        /// Bytes of features that stand for what a stored detector learned since its snapshot. To learn 64 records of
        /// one feature again takes about as long as to read a snapshot; were it fewer, snapshots would be written
        /// more often, each of them 150 KB.
        var tail = 512
    }

    var shard: String
    var limits: Limits
    /// The state directory; `nil` keeps them in memory.
    var directory: String?
    var files: any FileSystem
    var log: Logger

    func open() throws(StateError) -> KeyStore {
        guard let directory else { return try KeyStore() }
        return try KeyStore(directory: Self.directory(in: directory), shard: shard, files: files)
    }

    static func directory(in state: String) -> String { "\(state)/keys" }
}

extension ShardDetector.Options {
    /// - Parameter shards: how many share the memory and the keys.
    init(_ configuration: Configuration, shards: Int) {
        self.init(
            batchSize: configuration.detection.batchSize,
            snapshotRecords: configuration.detection.snapshotRecords,
            pollInterval: .milliseconds(500),
            recordLimits: configuration.recordLimits,
            keys: KeyHome.Limits(
                memory: configuration.detection.keyMemory / max(shards, 1),
                keys: max(1, configuration.detection.maxKeys / max(shards, 1))
            )
        )
    }
}

/// What the keys of a shard came to, counted since the process started.
struct KeyFigures: Sendable, Equatable {
    var known = 0
    var inMemory = 0
    /// Of a detector in memory whose sample is full.
    var bytesPerKey = 0
    var created = 0
    var evictions = 0
    var loads = 0
    var forgotten = 0
    /// Stored ones that could not be used.
    var damaged = 0

    var bytes: Int { inMemory * bytesPerKey }

    static func + (one: KeyFigures, other: KeyFigures) -> KeyFigures {
        KeyFigures(
            known: one.known + other.known,
            inMemory: one.inMemory + other.inMemory,
            bytesPerKey: max(one.bytesPerKey, other.bytesPerKey),
            created: one.created + other.created,
            evictions: one.evictions + other.evictions,
            loads: one.loads + other.loads,
            forgotten: one.forgotten + other.forgotten,
            damaged: one.damaged + other.damaged
        )
    }
}

/// The figures of all shards of a process, with rates since the last report.
struct KeyReport: Sendable {
    private(set) var total = KeyFigures()
    private(set) var evictionsPerSecond = 0.0
    private(set) var loadsPerSecond = 0.0

    private var shards: [String: KeyFigures] = [:]
    private var reported = KeyFigures()

    var isEmpty: Bool { shards.isEmpty }

    mutating func note(_ figures: KeyFigures, shard: String) {
        shards[shard] = figures
        total = shards.values.reduce(KeyFigures(), +)
    }

    /// Rates over the time since this was called last.
    mutating func settle(seconds: Double) {
        guard seconds > 0 else { return }
        // A detector that was built again counts from 0 again.
        evictionsPerSecond = Double(max(0, total.evictions - reported.evictions)) / seconds
        loadsPerSecond = Double(max(0, total.loads - reported.loads)) / seconds
        reported = total
    }

    var json: JSONValue {
        [
            "known": .integer(Int64(total.known)), "in_memory": .integer(Int64(total.inMemory)),
            "bytes": .integer(Int64(total.bytes)), "bytes_per_key": .integer(Int64(total.bytesPerKey)),
            "new": .integer(Int64(total.created)), "evictions": .integer(Int64(total.evictions)),
            "loads": .integer(Int64(total.loads)), "evictions_per_second": .number(evictionsPerSecond),
            "loads_per_second": .number(loadsPerSecond), "forgotten": .integer(Int64(total.forgotten)),
            "damaged": .integer(Int64(total.damaged)),
        ]
    }

    /// One line of what ``json`` says, for people.
    static func text(_ json: JSONValue) -> String {
        func number(_ name: String) -> String { json[name]?.display ?? "–" }
        func rate(_ name: String) -> String { MailTemplate.rounded(json[name]?.double ?? 0) }
        func megabytes(_ name: String) -> String { MailTemplate.rounded((json[name]?.double ?? 0) / 1_000_000) }
        return "\(number("known")) keys, \(number("in_memory")) in memory (\(megabytes("bytes")) MB, "
            + "\(megabytes("bytes_per_key")) MB each), \(rate("evictions_per_second")) evictions/s, "
            + "\(rate("loads_per_second")) loads/s, \(number("forgotten")) forgotten, \(number("damaged")) damaged"
    }
}
