import GRDB

/// The packages this agent made: planned before they are stored, so that a crash between the two repeats
/// nothing and skips nothing.
struct PlannedPackage: Sendable, Equatable {
    /// Counts from 1 without gaps, over restarts too; with the seed it decides every byte.
    var number: Int
    var key: String
    /// The instant in its name.
    var time: Milliseconds
    var records: Int
    var injected: Int
    /// Back-dated history for the forest: relayed and learned like any other, but never alerted.
    var isHistory: Bool
}

enum FeedJournal {
    static func plan(_ package: PlannedPackage, in database: Database) throws {
        try database.execute(
            sql: "INSERT INTO feed (number, key, time, records, injected, history) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                package.number, package.key, package.time, package.records, package.injected, package.isHistory,
            ]
        )
    }

    static func stored(_ package: PlannedPackage, id: String, bytes: Int, in database: Database) throws {
        try database.execute(
            sql: "UPDATE feed SET package = ?, bytes = ? WHERE number = ?",
            arguments: [id, bytes, package.number]
        )
        try Ledger.add(package.records, .generated, package: id, in: database)
        try Ledger.add(package.records, .stored, package: id, in: database)
    }

    /// The object may or may not have been stored; either way this agent counts nothing of it.
    static func abandon(_ package: PlannedPackage, in database: Database) throws {
        try database.execute(sql: "UPDATE feed SET package = '' WHERE number = ?", arguments: [package.number])
    }

    /// What a crash left planned: at most one.
    static func unfinished(in database: Database) throws -> PlannedPackage? {
        try Row.fetchOne(database, sql: "SELECT * FROM feed WHERE package IS NULL ORDER BY number").map(package)
    }

    static func last(in database: Database) throws -> PlannedPackage? {
        try Row.fetchOne(database, sql: "SELECT * FROM feed ORDER BY number DESC LIMIT 1").map(package)
    }

    /// Whether the object of that key and package is history, also where its feed has not noted yet that it is stored:
    /// the relay may be faster.
    static func isHistory(key: String, package: String, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database,
            sql: "SELECT history FROM feed WHERE key = ? AND (package IS NULL OR package = ?)",
            arguments: [key, package]
        ) ?? false
    }

    /// How many packages of history were planned.
    static func historyCount(in database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM feed WHERE history") ?? 0
    }

    /// Whether this agent made the object of that key.
    static func made(key: String, in database: Database) throws -> Bool {
        try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM feed WHERE key = ?)", arguments: [key]) ?? false
    }

    private static func package(_ row: Row) -> PlannedPackage {
        PlannedPackage(
            number: row["number"],
            key: row["key"],
            time: row["time"],
            records: row["records"],
            injected: row["injected"],
            isHistory: row["history"]
        )
    }
}
