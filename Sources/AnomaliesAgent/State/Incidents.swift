import GRDB

/// Findings that belong together, by key and rule: when people last heard of them, and how many
/// findings since then were not worth another mail.
struct Incident: Sendable, Equatable {
    var key: String
    var rule: String
    /// Event time of the last alert.
    var alerted: Milliseconds
    var suppressed: Int
}

enum Incidents {
    static func find(key: String, rule: String, in database: Database) throws -> Incident? {
        try Row.fetchOne(
            database,
            sql: "SELECT * FROM incidents WHERE key = ? AND rule = ?",
            arguments: [key, rule]
        ).map { Incident(key: $0["key"], rule: $0["rule"], alerted: $0["alerted"], suppressed: $0["suppressed"]) }
    }

    static func save(_ incidents: [Incident], in database: Database) throws {
        for incident in incidents {
            try database.execute(
                sql: "INSERT OR REPLACE INTO incidents VALUES (?, ?, ?, ?)",
                arguments: [incident.key, incident.rule, incident.alerted, incident.suppressed]
            )
        }
    }
}
