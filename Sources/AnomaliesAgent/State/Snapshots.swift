import GRDB

/// Detector snapshots: files named by their content, referenced from the database. They only shorten the
/// redo log; without any of them the log alone gives the same detector.
struct Snapshots: Sendable {
    /// Two generations: a damaged newest one is refused by name, and the one before it is used.
    private static let kept = 2
    private static let sizeLimit = 512 << 20

    private let directory: String
    private let files: any FileSystem

    init(directory: String, files: any FileSystem) throws(FileError) {
        self.directory = "\(directory)/snapshots"
        self.files = files
        try files.makeDirectory(self.directory)
    }

    /// Makes the file durable first, then refers to it; older ones and the redo entries that the oldest kept
    /// one makes unnecessary go in the same transaction.
    ///
    /// - Parameter window: redo records kept in any case, for warming a changed detector.
    func save(
        _ snapshot: [UInt8],
        shard: String,
        batch: Int,
        detector: String,
        window: Int,
        time: Milliseconds,
        state: StateStore
    ) throws {
        let file = Digests.sha256(snapshot) + ".snapshot"
        try files.replace("\(directory)/\(file)", with: snapshot)
        let unused: [String] = try state.write { database in
            let replaced = try String.fetchOne(
                database,
                sql: "SELECT file FROM snapshots WHERE shard = ? AND batch = ?",
                arguments: [shard, batch]
            )
            try database.execute(
                sql: "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?)",
                arguments: [shard, batch, detector, file, time]
            )
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT batch, file FROM snapshots WHERE shard = ? ORDER BY batch DESC",
                arguments: [shard]
            )
            var gone = rows.dropFirst(Self.kept).map { $0["file"] as String } + [replaced].compactMap { $0 }
            if rows.count > Self.kept {
                let oldest: Int = rows[Self.kept - 1]["batch"]
                try database.execute(
                    sql: "DELETE FROM snapshots WHERE shard = ? AND batch < ?",
                    arguments: [shard, oldest]
                )
                try RedoLog.trim(shard: shard, through: oldest, keeping: window, in: database)
            }
            let used = try String.fetchSet(database, sql: "SELECT file FROM snapshots")
            gone.removeAll(where: used.contains)
            return gone
        }
        for file in unused { try files.remove("\(directory)/\(file)") }
    }

    /// The newest first.
    func references(shard: String, in database: Database) throws -> [(batch: Int, detector: String, file: String)] {
        try Row.fetchAll(
            database,
            sql: "SELECT batch, detector, file FROM snapshots WHERE shard = ? ORDER BY batch DESC",
            arguments: [shard]
        ).map { ($0["batch"], $0["detector"], $0["file"]) }
    }

    /// - Throws: `FileError` when the file is gone, or is not what its name says.
    func load(_ file: String) throws(FileError) -> [UInt8] {
        let path = "\(directory)/\(file)"
        let bytes = try files.contents(of: path, limit: Self.sizeLimit)
        guard Digests.sha256(bytes) + ".snapshot" == file else {
            throw FileError("use", path, reason: "its content is not what its name says: it is damaged")
        }
        return bytes
    }
}
