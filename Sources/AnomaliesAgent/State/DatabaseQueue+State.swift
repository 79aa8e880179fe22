import GRDB

/// How the agent opens SQLite, whatever it keeps there.
extension DatabaseQueue {
    enum Durability: String {
        /// What a transaction has committed survives a power cut.
        case full = "FULL"
        /// It survives the process; a checkpoint makes it survive a power cut.
        case normal = "NORMAL"
    }

    /// How long a writer waits for another process.
    private static let busyTimeout = 30.0
    /// Per connection, in KiB: the working set is small.
    private static let cacheSize = 2_000

    /// Opens, or makes, a database in WAL mode; its directory is made too.
    ///
    /// - Parameters:
    ///   - pageBytes: of a database that is made; a power of two up to 65536.
    ///   - logPages: of the write-ahead log before they are moved.
    static func opening(
        _ name: String,
        in directory: String,
        files: any FileSystem,
        durability: Durability,
        pageBytes: Int = 4_096,
        logPages: Int = 1_000
    ) throws -> DatabaseQueue {
        try files.makeDirectory(directory)
        var configuration = GRDB.Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(busyTimeout)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA page_size = \(pageBytes); PRAGMA cache_size = -\(cacheSize)")
        }
        let database = try DatabaseQueue(path: "\(directory)/\(name)", configuration: configuration)
        // Now and not while the connection is prepared: switching to WAL sets NORMAL, which a power cut rolls back.
        try database.writeWithoutTransaction { database in
            try database.execute(
                sql: "PRAGMA synchronous = \(durability.rawValue); PRAGMA wal_autocheckpoint = \(logPages)"
            )
        }
        return database
    }
}
