import GRDB

/// What was acknowledged at each stage, per package, so that nothing can be lost unnoticed:
///
///     generated = stored = relayed + quarantined (relay);   relayed = scored + skipped + quarantined (detect)
///
/// Counts come from acknowledgements, never from attempts, and are written in the
/// transaction that makes the fact durable.
enum Ledger {
    enum Stage: String, CaseIterable, Sendable {
        /// By the feed.
        case generated, stored
        /// By the relay: records seen in the object, put into the stream, and refused.
        case read, relayed, refused
        /// By detection. `skipped` are without a feature where the script says to skip such records; `repeated` are
        /// redeliveries: neither learned nor counted twice.
        case scored, quarantined, skipped, repeated, found, alerted
    }

    /// Records of other producers belong to no package.
    static let foreign = "-"

    static func add(_ count: Int, _ stage: Stage, package: String, in database: Database) throws {
        guard count > 0 else { return }
        try database.execute(
            sql: """
                INSERT INTO ledger VALUES (?, ?, ?)
                ON CONFLICT (package, stage) DO UPDATE SET count = count + excluded.count
                """,
            arguments: [package, stage.rawValue, count]
        )
    }

    static func totals(in database: Database) throws -> [Stage: Int] {
        var totals: [Stage: Int] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT stage, SUM(count) AS count FROM ledger GROUP BY stage") {
            if let stage = Stage(rawValue: row["stage"]) { totals[stage] = row["count"] }
        }
        return totals
    }

    /// Packages that this host has seen the whole way and that do not add up.
    ///
    /// A package still on its way is not one of them: only where a later stage has
    /// counted more than an earlier one, or the relay's own counts differ.
    static func imbalances(in database: Database, limit: Int = 100) throws -> [String] {
        try String.fetchAll(
            database,
            sql: """
                SELECT package || ': ' || group_concat(stage || ' ' || count, ', ') FROM ledger
                WHERE package <> '-' GROUP BY package
                HAVING (total(count) FILTER (WHERE stage = 'read') > 0
                        AND total(count) FILTER (WHERE stage = 'read')
                         <> total(count) FILTER (WHERE stage IN ('relayed', 'refused')))
                    OR (total(count) FILTER (WHERE stage = 'relayed') > 0
                        AND total(count) FILTER (WHERE stage IN ('scored', 'skipped', 'quarantined'))
                          > total(count) FILTER (WHERE stage = 'relayed'))
                    OR (total(count) FILTER (WHERE stage = 'stored') > 0
                        AND total(count) FILTER (WHERE stage = 'read')
                          > total(count) FILTER (WHERE stage = 'stored'))
                LIMIT ?
                """,
            arguments: [limit]
        )
    }
}
