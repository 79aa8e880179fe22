import GRDB

/// Every record that was graded 0.5 or more, alerted or not: what precision and recall are counted from.
enum Findings {
    static func add(_ finding: Finding, shard: String, alert: String?, now: Milliseconds, in database: Database) throws
    {
        try database.execute(
            sql: """
                INSERT INTO findings (shard, sequence, package, line, time, score, grade, alert, committed)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                shard, finding.sequenceNumber, finding.identity.map { "\($0.package)" },
                finding.identity.map { Int64($0.line) }, finding.time, finding.score, finding.grade, alert, now,
            ]
        )
    }

    /// The lines of a package that were found, and when.
    static func lines(ofPackage package: String, in database: Database) throws -> [Int: Milliseconds] {
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT line, committed FROM findings WHERE package = ?",
            arguments: [package]
        )
        return Dictionary(rows.map { ($0["line"] as Int, $0["committed"] as Int64) }) { first, _ in first }
    }
}
