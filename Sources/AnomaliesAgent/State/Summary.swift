import GRDB

/// What a run came to: counts, and how well the labelled anomalies were found.
public struct Summary: Sendable {
    /// How the simulator's labels compare with the findings, over the packages that were judged to the end.
    struct Accuracy: Sendable, Equatable {
        var injected = 0
        var found = 0
        /// Injected and found.
        var hits = 0
        /// From the package's time to the commit of the finding, the middle of all hits.
        var medianDelay: Milliseconds?

        /// `nil` where nothing was found.
        var precision: Double? { found == 0 ? nil : Double(hits) / Double(found) }
        /// `nil` where nothing was injected.
        var recall: Double? { injected == 0 ? nil : Double(hits) / Double(injected) }
    }

    var packages = 0
    var counts: [Ledger.Stage: Int] = [:]
    var pending = 0
    var undelivered = 0
    var accuracy: Accuracy?
    var imbalances: [String] = []

    /// Alerts that nobody has heard of yet; a run that was to drain the outbox has then failed.
    public var undeliveredAlerts: Int { pending + undelivered }

    /// - Parameter first: the number of the first package of this run.
    init(of state: StateStore, from first: Int, labels: LabelFile) throws {
        let made = try state.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT key, package, time FROM feed WHERE number >= ? AND history = 0 AND package <> ''",
                arguments: [first]
            ).map { (key: $0["key"] as String, package: $0["package"] as String, time: $0["time"] as Int64) }
        }
        packages = made.count
        (counts, imbalances) = try state.read { (try Ledger.totals(in: $0), try Ledger.imbalances(in: $0)) }
        let outbox = try state.read { try Outbox.counts(in: $0) }
        pending = outbox[.pending] ?? 0
        undelivered = outbox[.dead] ?? 0
        guard !made.isEmpty else { return }
        let lines = try labels.lines(of: Set(made.map(\.key)))
        var accuracy = Accuracy()
        var delays: [Milliseconds] = []
        for package in made where try state.read({ try Ledger.isJudged(package.package, in: $0) }) {
            let found = try state.read { try Findings.lines(ofPackage: package.package, in: $0) }
            let injected = lines[package.key] ?? []
            accuracy.injected += injected.count
            accuracy.found += found.count
            for (line, time) in found where injected.contains(line) {
                accuracy.hits += 1
                delays.append(time - package.time)
            }
        }
        if !delays.isEmpty { accuracy.medianDelay = delays.sorted()[delays.count / 2] }
        self.accuracy = accuracy
    }

    var json: JSONValue {
        var object: JSONObject = ["event": "summary", "packages": .integer(Int64(packages))]
        for stage in Ledger.Stage.allCases { object[stage.rawValue] = .integer(Int64(counts[stage] ?? 0)) }
        object["pending_alerts"] = .integer(Int64(pending))
        object["undelivered_alerts"] = .integer(Int64(undelivered))
        if let accuracy {
            object["injected"] = .integer(Int64(accuracy.injected))
            object["precision"] = accuracy.precision.map(JSONValue.number) ?? .null
            object["recall"] = accuracy.recall.map(JSONValue.number) ?? .null
            object["median_delay_ms"] = accuracy.medianDelay.map(JSONValue.integer) ?? .null
        }
        object["imbalances"] = .array(imbalances.map(JSONValue.string))
        return .object(object)
    }

    /// For the terminal, or one JSON object.
    public func text(asJSON: Bool) -> String {
        if asJSON { return json.display }
        func count(_ stage: Ledger.Stage) -> Int { counts[stage] ?? 0 }
        var lines = [
            "",
            "Packages made     \(packages) in this run",
            "Records           \(count(.relayed)) relayed, \(count(.scored)) scored, "
                + "\(count(.refused) + count(.quarantined)) in quarantine (all runs on this state)",
            "Findings          \(count(.found)), of which \(count(.alerted)) were alerted",
        ]
        if pending + undelivered > 0 {
            lines.append("Mail              \(pending) pending, \(undelivered) undelivered")
        }
        if let accuracy, accuracy.injected > 0 {
            let precision = accuracy.precision.map(MailTemplate.rounded) ?? "–"
            let recall = accuracy.recall.map(MailTemplate.rounded) ?? "–"
            let delay = accuracy.medianDelay.map { Duration.milliseconds($0).formatted } ?? "–"
            lines.append(
                "Injected          \(accuracy.injected) anomalies; precision \(precision), recall \(recall), median delay \(delay)"
            )
        }
        lines.append(imbalances.isEmpty ? "Ledger            balanced" : "Ledger            IMBALANCE:")
        return (lines + imbalances.map { "                  \($0)" }).joined(separator: "\n")
    }
}

extension Ledger {
    /// Whether everything that was relayed of a package has been judged.
    static func isJudged(_ package: String, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database,
            sql: """
                SELECT total(count) FILTER (WHERE stage IN ('scored', 'skipped', 'quarantined')) > 0
                   AND total(count) FILTER (WHERE stage IN ('scored', 'skipped', 'quarantined'))
                     = total(count) FILTER (WHERE stage = 'relayed')
                FROM ledger WHERE package = ?
                """,
            arguments: [package]
        ) ?? false
    }
}
