import GRDB

/// Findings that belong together, by key and rule: when people last heard of them, and how many
/// findings since then were not worth another mail.
struct Incident: Sendable, Equatable {
    var key: String
    var rule: String
    /// Event time of the last alert.
    var alerted: Milliseconds
    /// And of the one before it: where records of two times come by turns, as from a shard that catches up, each time
    /// has its own period.
    var alertedBefore: Milliseconds?
    var suppressed = 0

    func isRefractory(at time: Milliseconds, period: Milliseconds) -> Bool {
        // Both ways: a time before the last alert, from a late record or another clock, is no reason to be silent for long.
        abs(time - alerted) < period || alertedBefore.map { abs(time - $0) < period } == true
    }
}

enum Incidents {
    static func find(key: String, rule: String, in database: Database) throws -> Incident? {
        try Row.fetchOne(
            database,
            sql: "SELECT * FROM incidents WHERE key = ? AND rule = ?",
            arguments: [key, rule]
        ).map {
            Incident(
                key: $0["key"],
                rule: $0["rule"],
                alerted: $0["alerted"],
                alertedBefore: $0["alerted_before"],
                suppressed: $0["suppressed"]
            )
        }
    }

    /// - Parameter now: counts for how long they are kept.
    static func save(_ incidents: [Incident], now: Milliseconds, in database: Database) throws {
        for incident in incidents {
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO incidents (key, rule, alerted, alerted_before, suppressed, committed)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    incident.key, incident.rule, incident.alerted, incident.alertedBefore, incident.suppressed, now,
                ]
            )
        }
    }
}
