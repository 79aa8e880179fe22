import GRDB

/// What each notifier has done with each alert, apart from the mail: a plugin that fails holds up nobody else.
///
/// An alert without a row is new to the plugin.
enum Deliveries {
    enum State: String {
        case pending, sent, dead
    }

    struct Entry: Sendable {
        var id: String
        var created: Milliseconds
        var alert: String
        var attempts: Int
    }

    /// The name of the fact from when on a plugin hears of alerts.
    static func start(of plugin: String) -> String { "plugin.\(plugin).since" }

    /// Settles from when on a plugin hears of alerts: those that are there when it is first set up are history.
    static func settleStart(of plugin: String, now: Milliseconds, in database: Database) throws -> Milliseconds {
        if let known = try Meta.value(start(of: plugin), in: database).flatMap(Milliseconds.init) { return known }
        try Meta.set(start(of: plugin), to: "\(now)", in: database)
        return now
    }

    /// The alert that has waited longest and may be tried now.
    static func next(
        of plugin: String,
        since start: Milliseconds,
        due time: Milliseconds,
        in database: Database
    ) throws -> Entry? {
        try Row.fetchOne(
            database,
            sql: """
                SELECT o.id, o.created, o.alert, coalesce(d.attempts, 0) AS attempts FROM outbox o
                LEFT JOIN deliveries d ON d.plugin = ?1 AND d.alert = o.id
                WHERE o.created >= ?2 AND (d.alert IS NULL OR d.state = 'pending' AND d.due <= ?3)
                ORDER BY coalesce(d.due, o.created), o.created LIMIT 1
                """,
            arguments: [plugin, start, time]
        ).map { Entry(id: $0["id"], created: $0["created"], alert: $0["alert"], attempts: $0["attempts"]) }
    }

    static func note(
        _ id: String,
        of plugin: String,
        _ state: State,
        attempts: Int,
        due: Milliseconds,
        answer: String?,
        in database: Database
    ) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [plugin, id, state.rawValue, attempts, due, answer]
        )
    }

    /// How many alerts are put off.
    static func waiting(of plugin: String, in database: Database) throws -> Int {
        try Int.fetchOne(
            database,
            sql: "SELECT COUNT(*) FROM deliveries WHERE plugin = ? AND state = 'pending'",
            arguments: [plugin]
        ) ?? 0
    }
}
