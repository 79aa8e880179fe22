import Foundation
import GRDB

/// The detectors of a shard's keys that are not in memory, in a database of the shard's own.
///
/// A detector is kept as a snapshot of it and the records it has learned since, its tail, or where it is young as its
/// records alone: the same records make the same detector. So what is evicted after a few records is written in a few
/// bytes, and not in the hundreds of kilobytes of a forest.
///
/// Each says which batch it has learned up to, and only committed batches are ever in it: what is read back continues
/// bit by bit, and a replay of the redo log leaves out what a detector already knows. A commit survives the process;
/// ``complete(_:)`` makes all of them survive a power cut, before the redo log behind them is trimmed. Until then the
/// log has everything.
final class KeyStore {
    struct Entry {
        var key: RecordKey
        /// All of the key's records up to this batch have been learned, and none after it.
        var batch: Int
        /// When it was used last, counted in records; orders keys across restarts.
        var used: UInt64
    }

    struct Stored {
        /// `nil` where the tail is all there is.
        var snapshot: [UInt8]?
        /// Features of the records learned since, one record after another.
        var tail: [Double]
    }

    struct Change {
        var entry: Entry
        /// `nil` leaves the snapshot as it is, or absent.
        var snapshot: [UInt8]?
        /// All of the tail, and not what is new in it.
        var tail: [Double]
    }

    private static let schema = """
        CREATE TABLE IF NOT EXISTS keys (
            key BLOB PRIMARY KEY, batch INTEGER NOT NULL, used INTEGER NOT NULL, tail BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS snapshots (key BLOB PRIMARY KEY, snapshot BLOB NOT NULL);
        CREATE TABLE IF NOT EXISTS content (detector TEXT NOT NULL, complete INTEGER NOT NULL);
        """
    /// A snapshot fills ten of these, and would fill forty of the usual size, each of which names the next.
    private static let pageBytes = 16_384
    /// Pages of the write-ahead log before they are moved: 16 MiB, so that a slow disk is waited for seldom.
    private static let logPages = 1_000
    private static let suffix = ".sqlite"

    private let path: String
    private let database: DatabaseQueue

    /// In memory, for a rehearsal.
    init() throws(StateError) {
        path = "memory"
        do {
            database = try DatabaseQueue()
            try database.writeWithoutTransaction { try $0.execute(sql: Self.schema) }
        } catch {
            throw StateError("open", "a database in memory", "\(error)", "Is there memory left?")
        }
    }

    init(directory: String, shard: String, files: any FileSystem) throws(StateError) {
        path = "\(directory)/\(shard)\(Self.suffix)"
        do {
            database = try .opening(
                "\(shard)\(Self.suffix)",
                in: directory,
                files: files,
                durability: .normal,
                pageBytes: Self.pageBytes,
                logPages: Self.logPages
            )
            try database.writeWithoutTransaction { try $0.execute(sql: Self.schema) }
        } catch {
            throw StateError(
                "open",
                path,
                "\(error)",
                "Remove it: its keys are then learned again from the recent records."
            )
        }
    }

    /// Removes the files of shards that are gone and were not written for long.
    ///
    /// - Parameters:
    ///   - oldest: what was written since then stays.
    ///   - shards: asked for only where something is as old; theirs stay, since a shard may be silent for long.
    static func trim(
        directory: String,
        before oldest: Milliseconds,
        files: any FileSystem,
        shards: () async throws -> [String]
    ) async throws {
        var written: [String: Milliseconds] = [:]
        for name in try files.names(in: directory) {
            // The write-ahead log and its index are named after the database.
            guard let end = name.range(of: suffix, options: .backwards),
                let info = try files.info("\(directory)/\(name)")
            else { continue }
            let shard = String(name[..<end.lowerBound])
            written[shard] = max(written[shard] ?? .min, Milliseconds(info.modified / 1_000_000))
        }
        let old = written.filter { $0.value < oldest }
        guard !old.isEmpty else { return }
        let present = Set(try await shards())
        for shard in old.keys where !present.contains(shard) {
            for end in ["", "-wal", "-shm"] { try files.remove("\(directory)/\(shard)\(suffix)\(end)") }
        }
    }

    /// Whether it holds what detector `detector` came to, since the last ``complete(_:)``.
    func isComplete(_ detector: String) throws(StateError) -> Bool {
        try read { database in
            try Bool.fetchOne(
                database,
                sql: "SELECT complete FROM content WHERE detector = ?",
                arguments: [detector]
            ) ?? false
        }
    }

    /// Empties it for another detector; it is not complete until that is said.
    func reset(_ detector: String) throws(StateError) {
        try write { database in
            try database.execute(sql: "DELETE FROM keys; DELETE FROM snapshots; DELETE FROM content")
            try database.execute(sql: "INSERT INTO content VALUES (?, 0)", arguments: [detector])
        }
    }

    /// The key used longest ago first.
    func entries() throws(StateError) -> [Entry] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT key, batch, used FROM keys ORDER BY used").compactMap { row in
                RecordKey(bytes: DatabaseBytes.decode(row["key"])).map { key in
                    Entry(key: key, batch: row["batch"], used: UInt64(bitPattern: row["used"] as Int64))
                }
            }
        }
    }

    /// `nil` when there is none.
    func stored(_ key: RecordKey) throws(StateError) -> Stored? {
        try read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT tail, snapshot FROM keys LEFT JOIN snapshots USING (key) WHERE keys.key = ?"
            )
            // The row as SQLite has it, and not a copy of it, which is there as long as the cursor.
            let rows = try Row.fetchCursor(statement, arguments: [key.data])
            return try withExtendedLifetime(rows) {
                try rows.next().map { row in
                    var tail: [Double] = []
                    var reader = ByteReader(DatabaseBytes.decode(row["tail"]))
                    while let value = reader.nextDouble() { tail.append(value) }
                    let snapshot = try row.withUnsafeData(named: "snapshot") { $0.map(DatabaseBytes.decode) }
                    return Stored(snapshot: snapshot, tail: tail)
                }
            }
        }
    }

    /// One transaction, which forgets first: a key that has come again does not find the snapshot of its life before.
    func save(_ changes: [Change], forgetting keys: Set<RecordKey>) throws(StateError) {
        try write { database in
            for table in ["keys", "snapshots"] where !keys.isEmpty {
                let deletion = try database.cachedStatement(sql: "DELETE FROM \(table) WHERE key = ?")
                for key in keys { try deletion.execute(arguments: [key.data]) }
            }
            let replacement = try database.cachedStatement(sql: "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)")
            let snapshot = try database.cachedStatement(sql: "INSERT OR REPLACE INTO snapshots VALUES (?, ?)")
            for change in changes {
                let entry = change.entry
                var tail: [UInt8] = []
                for value in change.tail { tail.appendLittleEndian(value.bitPattern) }
                try replacement.execute(
                    arguments: [
                        entry.key.data, entry.batch, Int64(bitPattern: entry.used), DatabaseBytes.encode(tail[...]),
                    ]
                )
                if let bytes = change.snapshot {
                    try snapshot.execute(arguments: [entry.key.data, DatabaseBytes.encode(bytes[...])])
                }
            }
        }
    }

    /// Says that nothing but the redo log is needed besides, and makes all of it durable.
    func complete(_ detector: String) throws(StateError) {
        try write { database in
            try database.execute(sql: "UPDATE content SET complete = 1 WHERE detector = ?", arguments: [detector])
        }
        do {
            try database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        } catch {
            throw StateError("write", path, "\(error)", "Check the disk's space and health.")
        }
    }

    private func read<Value>(_ body: (Database) throws -> Value) throws(StateError) -> Value {
        do { return try database.read(body) } catch {
            throw StateError("read", path, "\(error)", "Check the disk's health.")
        }
    }

    private func write<Value>(_ body: (Database) throws -> Value) throws(StateError) -> Value {
        do { return try database.write(body) } catch {
            throw StateError("write", path, "\(error)", "Check the disk's space and health.")
        }
    }
}

extension RecordKey {
    fileprivate var data: Data { DatabaseBytes.encode(bytes[...]) }
}
