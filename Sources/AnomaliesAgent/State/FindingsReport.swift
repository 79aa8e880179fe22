import Detection
import GRDB

/// What `status --findings` shows: the newest findings, each with its reason where nobody was told of it.
public struct FindingsReport: Sendable {
    public static let limits = 1...100_000
    /// What `--reason` takes: the words of ``Suppression``, and `alerted` for those that people were told of.
    public static let reasons = ["alerted"] + Suppression.allCases.map(\.rawValue)

    let rows: [JSONValue]

    /// - Parameters:
    ///   - reason: one of ``reasons``; `nil` for all findings.
    ///   - limit: the most findings, the newest ones.
    /// - Throws: ``SetupProblem`` where there is no state yet, or an argument is none of those.
    public init(configuration: Configuration, outside: Outside, reason: String?, limit: Int) throws {
        guard Self.limits.contains(limit) else {
            throw SetupProblem("--limit \(limit): expected \(Self.limits.lowerBound) to \(Self.limits.upperBound).")
        }
        if let reason, !Self.reasons.contains(reason) {
            throw SetupProblem("--reason \"\(reason)\": expected one of \(Self.reasons.joined(separator: ", ")).")
        }
        let directory = configuration.state.directory
        guard try outside.files.info("\(directory)/agent.sqlite") != nil else {
            throw SetupProblem(
                "there is no state in \(directory). Start the agent first, or name its state with --state."
            )
        }
        let state = try StateStore(directory: directory, files: outside.files)
        rows = try state.read { database in
            let condition =
                switch reason {
                case nil: "1"
                case "alerted"?: "alert IS NOT NULL"
                default: "suppressed = ?1"
                }
            return try Row.fetchAll(
                database,
                sql: "SELECT * FROM findings WHERE ?1 IS ?1 AND \(condition) ORDER BY id DESC LIMIT ?2",
                arguments: [reason, limit]
            ).reversed().map(Self.json)
        }
    }

    static func json(_ row: Row) throws -> JSONValue {
        var object: JSONObject = [
            "time": .integer(row["time"]), "score": .number(row["score"]), "grade": .number(row["grade"]),
        ]
        for name in ["key", "rule", "severity", "suppressed", "alert", "package", "shard"] {
            object[name] = (row[name] as String?).map(JSONValue.string)
        }
        object["line"] = (row["line"] as Int64?).map(JSONValue.integer)
        object["sequence_number"] = .string(row["sequence"])
        if let details = try (row["details"] as String?).map({ try JSONValue(parsing: $0) })?.object {
            for field in details.fields { object[field.name] = field.value }
        }
        return .object(object)
    }

    /// A line a finding, the oldest first.
    public func lines(asJSON: Bool) -> [String] {
        guard !asJSON else { return rows.map(\.display) }
        guard !rows.isEmpty else { return ["no findings"] }
        return rows.map(Self.line)
    }

    private static func line(_ row: JSONValue) -> String {
        func rounded(_ name: String) -> String { row[name]?.double.map(MailTemplate.rounded) ?? "–" }
        var line = "\(EventTime.text(row["time"]?.integer ?? 0))  score \(rounded("score"))  grade \(rounded("grade"))"
        if let direction = row["direction"]?.string { line += "  \(direction)" }
        let parts = row["attribution"]?.object?.fields.compactMap(\.value.double) ?? []
        // Of the others what came is what was expected.
        let least = max((parts.max() ?? 0) / 2, parts.reduce(0, +) / 10)
        for field in row["expected"]?.object?.fields ?? []
        where row["attribution"]?[field.name]?.double.map({ $0 >= least }) ?? true {
            line += "  \(field.name.singleLine) expected \(MailTemplate.rounded(field.value.double ?? 0))"
        }
        if case .array(let hotspots) = row["hotspots"] { line += "  in \(hotspots.count) hotspots" }
        if let key = row["key"]?.string { line += "  key \(key.singleLine)" }
        let rule = row["rule"]?.string ?? "default"
        if rule != "default" { line += "  rule \(rule.singleLine)" }
        if row["alert"] != nil { return line + "  alerted" }
        return line + "  not told: \(row["suppressed"]?.string ?? "unknown")"
    }
}
