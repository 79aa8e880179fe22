import GRDB

/// Single facts that belong to no table.
enum Meta {
    static func value(_ name: String, in database: Database) throws -> String? {
        try String.fetchOne(database, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name])
    }

    static func names(prefix: String, in database: Database) throws -> [String] {
        try String.fetchAll(
            database,
            sql: "SELECT name FROM meta WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name",
            arguments: [prefix]
        )
    }

    /// - Parameter value: `nil` forgets it.
    static func set(_ name: String, to value: String?, in database: Database) throws {
        if let value {
            try database.execute(sql: "INSERT OR REPLACE INTO meta VALUES (?, ?)", arguments: [name, value])
        } else {
            try database.execute(sql: "DELETE FROM meta WHERE name = ?", arguments: [name])
        }
    }
}
