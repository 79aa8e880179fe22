import GRDB

/// What the relay has already taken, by key and ETag, for as long as the look-back window
/// can list it again: an object that was overwritten is a new one, a late one is not missed.
enum RelayMemory {
    static func contains(key: String, etag: String, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database,
            sql: "SELECT EXISTS (SELECT 1 FROM relayed WHERE key = ? AND etag = ?)",
            arguments: [key, etag]
        ) ?? false
    }

    static func add(_ object: ObjectListing, package: String, time: Milliseconds, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO relayed VALUES (?, ?, ?, ?, ?)",
            arguments: [object.key, object.etag, package, object.modified, time]
        )
    }

    /// The greatest key that has been relayed of those that begin so, `nil` before the first. Others are of a pattern
    /// that was configured before, and say nothing about this one.
    static func greatestKey(prefix: String, in database: Database) throws -> String? {
        try String.fetchOne(
            database,
            sql: "SELECT MAX(key) FROM relayed WHERE substr(key, 1, length(?1)) = ?1",
            arguments: [prefix]
        )
    }

    /// The object a package was made from, where this host relayed it.
    static func key(ofPackage package: String, in database: Database) throws -> String? {
        try String.fetchOne(database, sql: "SELECT key FROM relayed WHERE package = ?", arguments: [package])
    }
}
