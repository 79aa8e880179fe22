import GRDB

/// Alerts on their way to people: written in the transaction that decided them, removed from the
/// pending ones only when they were accepted or refused for good.
enum Outbox {
    enum State: String {
        case pending, sent, dead
    }

    struct Entry: Sendable {
        var id: String
        var created: Milliseconds
        var alert: String
        var attempts: Int
        /// Those who are still to be served, once some were; `nil` means all.
        var recipients: [String]?
    }

    /// An alert that is there already (a repeated delivery) is left as it is.
    static func add(id: String, alert: String, time: Milliseconds, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR IGNORE INTO outbox VALUES (?, ?, ?, 'pending', 0, ?, NULL, NULL)",
            arguments: [id, time, alert, time]
        )
    }

    /// The pending alert that has waited longest and may be tried now.
    static func next(due time: Milliseconds, in database: Database) throws -> Entry? {
        try Row.fetchOne(
            database,
            sql: "SELECT * FROM outbox WHERE state = 'pending' AND due <= ? ORDER BY due, created LIMIT 1",
            arguments: [time]
        ).map { row in
            Entry(
                id: row["id"],
                created: row["created"],
                alert: row["alert"],
                attempts: row["attempts"],
                recipients: (row["recipients"] as String?)?.split(separator: " ").map(String.init)
            )
        }
    }

    /// When the next pending alert may be tried, `nil` when none is pending.
    static func nextDue(in database: Database) throws -> Milliseconds? {
        try Int64.fetchOne(database, sql: "SELECT MIN(due) FROM outbox WHERE state = 'pending'")
    }

    static func sent(_ id: String, answer: String?, in database: Database) throws {
        try finish(id, .sent, answer, in: database)
    }

    /// Refused for good, or given up: kept with the server's answer.
    static func dead(_ id: String, answer: String, in database: Database) throws {
        try finish(id, .dead, answer, in: database)
    }

    /// - Parameter recipients: addresses without spaces, as checked ones are; `nil` for all.
    static func postpone(
        _ id: String,
        until due: Milliseconds,
        recipients: [String]?,
        answer: String,
        in database: Database
    ) throws {
        try database.execute(
            sql: "UPDATE outbox SET attempts = attempts + 1, due = ?, recipients = ?, answer = ? WHERE id = ?",
            arguments: [due, recipients?.joined(separator: " "), answer, id]
        )
    }

    static func counts(in database: Database) throws -> [State: Int] {
        var counts: [State: Int] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT state, COUNT(*) AS count FROM outbox GROUP BY state") {
            if let state = State(rawValue: row["state"]) { counts[state] = row["count"] }
        }
        return counts
    }

    private static func finish(_ id: String, _ state: State, _ answer: String?, in database: Database) throws {
        try database.execute(
            sql: "UPDATE outbox SET attempts = attempts + 1, state = ?, answer = ? WHERE id = ?",
            arguments: [state.rawValue, answer, id]
        )
    }
}
