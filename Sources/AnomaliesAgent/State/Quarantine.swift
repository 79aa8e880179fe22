import GRDB

/// Records that could not be parsed, scored or judged: kept with the place they came from and why.
struct QuarantinedRecord: Sendable {
    var role: Role
    /// The object's key, or shard and sequence number.
    var source: String
    var line: Int?
    var reason: String
    /// The raw bytes, cut to ``Quarantine/recordLimit``; `nil` where there is no single record to keep.
    var record: [UInt8]?
}

enum Quarantine {
    /// A record worth keeping to look at; a longer one keeps its beginning.
    static let recordLimit = 64 << 10

    static func add(_ records: [QuarantinedRecord], time: Milliseconds, in database: Database) throws {
        for record in records {
            try database.execute(
                sql: "INSERT INTO quarantine (time, role, source, line, reason, record) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    time, record.role.rawValue, record.source, record.line, record.reason,
                    record.record.map { DatabaseBytes.encode($0.prefix(recordLimit)) },
                ]
            )
        }
    }

    /// The newest that were kept, oldest first.
    static func records(newest count: Int, in database: Database) throws -> [[UInt8]] {
        try Row.fetchAll(
            database,
            sql: "SELECT record FROM quarantine WHERE record IS NOT NULL ORDER BY id DESC LIMIT ?",
            arguments: [count]
        ).map { DatabaseBytes.decode($0["record"]) }.reversed()
    }

    static func count(in database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM quarantine") ?? 0
    }
}
