import GRDB

/// When each key was last heard of, for what is expected of it: one row a key of a scope, which is the field's name.
enum ExpectedKeys {
    struct Row: Sendable {
        var key: String
        /// Event time of its latest record.
        var seen: Milliseconds
        /// Its silence was found, and it has not been heard of since.
        var isTold: Bool
    }

    static func find(_ scope: String, _ key: String, in database: Database) throws -> Row? {
        try GRDB.Row.fetchOne(
            database,
            sql: "SELECT seen, told FROM expected WHERE scope = ? AND key = ?",
            arguments: [scope, key]
        ).map { Row(key: key, seen: $0["seen"], isTold: $0["told"]) }
    }

    /// - Parameter heard: the clock's time now.
    static func save(_ rows: [Row], _ scope: String, shard: String, heard: Milliseconds, in database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO expected (scope, key, shard, seen, heard, told) VALUES (?, ?, ?, ?, ?, ?)"
        )
        for row in rows {
            try statement.execute(arguments: [scope, row.key, shard, row.seen, heard, row.isTold])
        }
    }

    /// The latest event time of a scope, and when the clock said so; of all shards where `shard` is `nil`.
    static func latest(
        _ scope: String,
        shard: String?,
        in database: Database
    ) throws -> (seen: Milliseconds, heard: Milliseconds)? {
        try GRDB.Row.fetchOne(
            database,
            sql: """
                SELECT MAX(seen) AS seen, MAX(heard) AS heard FROM expected
                WHERE scope = ?1 AND (?2 IS NULL OR shard = ?2) HAVING COUNT(*) > 0
                """,
            arguments: [scope, shard]
        ).map { ($0["seen"], $0["heard"]) }
    }

    static func isAnySilent(
        _ scope: String,
        shard: String?,
        before time: Milliseconds,
        in database: Database
    ) throws -> Bool {
        try Bool.fetchOne(
            database,
            sql: "SELECT EXISTS (SELECT 1 FROM expected WHERE \(silent))",
            arguments: [scope, shard, time]
        ) ?? false
    }

    /// Marks those as told that were last heard of before `time`.
    ///
    /// - Returns: those that were not told already, the longest silent first.
    static func tell(
        _ scope: String,
        shard: String?,
        before time: Milliseconds,
        in database: Database
    ) throws -> [Row] {
        let rows = try GRDB.Row.fetchAll(
            database,
            sql: "SELECT key, seen FROM expected WHERE \(silent) ORDER BY seen, key",
            arguments: [scope, shard, time]
        ).map { Row(key: $0["key"], seen: $0["seen"], isTold: true) }
        guard !rows.isEmpty else { return [] }
        try database.execute(
            sql: "UPDATE expected SET told = 1 WHERE \(silent)",
            arguments: [scope, shard, time]
        )
        return rows
    }

    static func trim(_ scope: String, to limit: Int, in database: Database) throws {
        let count = try Int.fetchOne(
            database,
            sql: "SELECT COUNT(*) FROM expected WHERE scope = ?",
            arguments: [scope]
        )
        guard let count, count > limit else { return }
        try database.execute(
            sql: """
                DELETE FROM expected WHERE scope = ?1 AND key IN (
                    SELECT key FROM expected WHERE scope = ?1 ORDER BY seen, key LIMIT ?2)
                """,
            arguments: [scope, count - limit]
        )
    }

    private static let silent = "scope = ?1 AND (?2 IS NULL OR shard = ?2) AND told = 0 AND seen < ?3"
}
