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
    /// Pages of the write-ahead log before they are moved: 16 MiB, so that a slow disk is waited for seldom.
    private static let logPages = 4_000
    private static let busyTimeout = 30.0

    private let path: String
    private let database: DatabaseQueue

    init(directory: String, shard: String, files: any FileSystem) throws(StateError) {
        path = "\(directory)/\(shard).sqlite"
        do {
            try files.makeDirectory(directory)
            var configuration = GRDB.Configuration()
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(Self.busyTimeout)
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA cache_size = -2000")
            }
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = \(Self.logPages)")
                try database.execute(sql: Self.schema)
            }
        } catch {
            throw StateError(
                "open",
                path,
                "\(error)",
                "Remove it: its keys are then learned again from the recent records."
            )
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
            return try Row.fetchOne(statement, arguments: [key.data]).map { row in
                var tail: [Double] = []
                var reader = ByteReader(DatabaseBytes.decode(row["tail"]))
                while let value = reader.nextDouble() { tail.append(value) }
                return Stored(snapshot: (row["snapshot"] as Data?).map(DatabaseBytes.decode), tail: tail)
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
