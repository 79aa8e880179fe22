import GRDB
import Logging

/// Removes what is done with and old, or too much: never what somebody has still to take.
struct Retention: Sendable {
    private static let interval = Duration.seconds(60)
    /// What one pass removes at most, so that a long absence is caught up in small transactions.
    private static let passLimit = 1_000
    /// A file takes at least a block.
    private static let blockBytes = 4096

    private let keep: Milliseconds
    private let keepBytes: Int
    private let state: StateStore
    private let bucket: LocalBucket?
    private let stream: any RecordStream
    private let files: any FileSystem
    private let labels: LabelFile?
    private let window: RelayWindow
    private let clock: any PipelineClock
    private let log: Logger

    init(_ configuration: Configuration, state: StateStore, ports: Ports, outside: Outside, log: Logger) {
        keep = Int64(configuration.state.keepDays * 86_400_000)
        keepBytes = configuration.state.keepBytes
        self.state = state
        bucket = ports.objects as? LocalBucket
        stream = ports.stream
        files = outside.files
        // Without a directory for labels there are none to remove.
        labels = try? LabelFile(directory: configuration.state.directory, files: outside.files)
        window = RelayWindow(configuration)
        clock = outside.clock
        self.log = log
    }

    func run(until shutdown: Latch) async {
        while !shutdown.isSet, !Task.isCancelled {
            do { try await pass() } catch { log.error("retention: \(error). Trying again later.") }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { [clock] in await clock.sleep(Self.interval) }
                group.addTask { await shutdown.wait() }
                await group.next()
                group.cancelAll()
            }
        }
    }

    func pass() async throws {
        let oldest = clock.now - keep
        if let bucket { try await trim(bucket, before: oldest) } else { try forgetRelayed(before: oldest) }
        if let stream = stream as? LocalStream { try await trim(stream, before: oldest) }
        try labels?.trim(before: oldest)
        try state.write { database in
            for statement in [
                "DELETE FROM findings WHERE committed < ?",
                "DELETE FROM quarantine WHERE time < ?",
                "DELETE FROM outbox WHERE state <> 'pending' AND created < ?",
                "DELETE FROM incidents WHERE committed < ?",
                // The stream as a whole is expected for ever; its silence has been told.
                "DELETE FROM expected WHERE heard < ? AND scope <> ''",
            ] { try database.execute(sql: statement, arguments: [oldest]) }
            try database.execute(sql: "DELETE FROM deliveries WHERE alert NOT IN (SELECT id FROM outbox)")
        }
        // Last, for it may have to ask the network.
        let keys = KeyHome.directory(in: state.directory)
        try await KeyStore.trim(directory: keys, before: oldest, files: files) { try await stream.shards() }
    }

    /// Objects that were relayed, the oldest first: by age, and as long as they are more than the limit.
    private func trim(_ bucket: LocalBucket, before oldest: Milliseconds) async throws {
        let rows = try state.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT key, etag, package, time FROM relayed ORDER BY time LIMIT ?
                    """,
                arguments: [Self.passLimit]
            ).map {
                (
                    key: $0["key"] as String, etag: $0["etag"] as String, package: $0["package"] as String,
                    time: $0["time"] as Int64
                )
            }
        }
        var excess = try bucket.size(blockBytes: Self.blockBytes) - keepBytes
        for row in rows where row.time < oldest || excess > 0 {
            // An object that was overwritten since is another one, and somebody has still to take it.
            if try await bucket.etag(of: row.key) == row.etag {
                excess -= try bucket.remove(row.key, blockBytes: Self.blockBytes)
            }
            try state.write { database in
                try database.execute(
                    sql: "DELETE FROM relayed WHERE key = ? AND etag = ?",
                    arguments: [row.key, row.etag]
                )
                try database.execute(sql: "DELETE FROM ledger WHERE package = ?", arguments: [row.package])
                // The newest row stays: names and numbers go on after it.
                try database.execute(
                    sql: "DELETE FROM feed WHERE key = ? AND number < (SELECT MAX(number) FROM feed)",
                    arguments: [row.key]
                )
            }
        }
    }

    /// What was relayed from somebody else's bucket, whose objects are not ours to remove: once the relay never lists
    /// them again.
    ///
    /// Where keys do not sort by creation all are listed for ever, and each needs its row.
    private func forgetRelayed(before oldest: Milliseconds) throws {
        let now = clock.now
        try state.write { database in
            let greatest = try RelayMemory.greatestKey(prefix: window.naming.listingPrefix, in: database)
            let newest = window.newest(greatest, now: now, margin: Relay.sweepInterval)
            guard let start = window.start(newest: newest) else { return }
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT key, etag, package FROM relayed WHERE time < ? AND key < ? ORDER BY time LIMIT ?",
                arguments: [oldest, start, Self.passLimit]
            )
            for row in rows {
                try database.execute(
                    sql: "DELETE FROM relayed WHERE key = ? AND etag = ?",
                    arguments: [row["key"] as String, row["etag"] as String]
                )
                try database.execute(
                    sql: "DELETE FROM ledger WHERE package = ?",
                    arguments: [row["package"] as String]
                )
            }
        }
    }

    private func trim(_ stream: LocalStream, before oldest: Milliseconds) async throws {
        for shard in try await stream.shards() {
            guard let position = try state.read({ try ShardPosition.load(shard: shard, in: $0) }),
                let sequenceNumber = position.sequenceNumber
            else { continue }
            try stream.trim(shard: shard, through: sequenceNumber, before: oldest, keepBytes: keepBytes)
        }
    }
}
