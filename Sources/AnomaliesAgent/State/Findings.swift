import Detection
import GRDB

/// Every record above the border, alerted or not, and why nobody was told: what precision and recall are counted from.
enum Findings {
    /// - Parameter alert: its id; `nil` where `suppressed` says why there is none.
    static func add(
        _ finding: Finding,
        shard: String,
        alert: String?,
        suppressed: Suppression?,
        now: Milliseconds,
        in database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO findings (shard, sequence, package, line, time, score, grade, alert, committed,
                    key, rule, severity, suppressed, details)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                shard, finding.sequenceNumber, finding.identity.map { "\($0.package)" },
                finding.identity.map { Int64($0.line) }, finding.time, finding.score, finding.grade, alert, now,
                finding.key, finding.decision.rule, finding.decision.severity, suppressed?.rawValue,
                finding.details.map { JSONValue.object(JSONObject($0.fields)).display },
            ]
        )
    }

    /// The lines of a package that were found, and when; without those that are no anomalies after all.
    static func lines(ofPackage package: String, in database: Database) throws -> [Int: Milliseconds] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT line, committed FROM findings WHERE package = ? AND coalesce(suppressed, '') NOT IN (\(acquitted))
                """,
            arguments: [package]
        )
        return Dictionary(rows.map { ($0["line"] as Int, $0["committed"] as Int64) }) { first, _ in first }
    }

    /// How many findings nobody was told of, by reason.
    static func suppressed(in database: Database) throws -> [(reason: String, count: Int)] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT suppressed, COUNT(*) AS count FROM findings WHERE suppressed IS NOT NULL
                GROUP BY suppressed ORDER BY count DESC, suppressed
                """
        ).map { ($0["suppressed"], $0["count"]) }
    }

    private static let acquitted = Suppression.allCases.filter(\.isAcquittal).map { "'\($0.rawValue)'" }
        .joined(separator: ", ")
}
