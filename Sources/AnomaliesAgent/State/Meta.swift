import GRDB

/// Single facts that belong to no table.
enum Meta {
    static func value(_ name: String, in database: Database) throws -> String? {
        try String.fetchOne(database, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name])
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
