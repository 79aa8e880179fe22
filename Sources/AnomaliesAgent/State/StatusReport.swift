import GRDB

/// What `status` shows: each role, the outbox, the ledger, without disturbing whoever runs.
public struct StatusReport: Sendable {
    /// A role that has not reported for so long is not shown as running.
    private static let silence: Milliseconds = 10_000

    let json: JSONValue

    /// - Throws: ``SetupProblem`` where there is no state yet.
    public init(configuration: Configuration, outside: Outside) throws {
        let directory = configuration.state.directory
        guard try outside.files.info("\(directory)/agent.sqlite") != nil else {
            throw SetupProblem(
                "there is no state in \(directory). Start the agent first, or name its state with --state."
            )
        }
        let state = try StateStore(directory: directory, files: outside.files)
        let now = outside.clock.now
        json = try state.read { database in
            var roles: [JSONValue] = []
            for (role, status) in try RoleReport.all(in: database) {
                var object: JSONObject = ["role": .string(role.rawValue)]
                for field in status.object?.fields ?? [] { object[field.name] = field.value }
                let updated = status["updated"]?.integer ?? 0
                let isRunning = status["running"]?.boolean == true
                object["running"] = .boolean(isRunning && now - updated < Self.silence * 6)
                roles.append(.object(object))
            }
            let outbox = try Outbox.counts(in: database)
            let suppressed = try Findings.suppressed(in: database)
            var ledger = JSONObject()
            let totals = try Ledger.totals(in: database)
            for stage in Ledger.Stage.allCases { ledger[stage.rawValue] = .integer(Int64(totals[stage] ?? 0)) }
            let imbalances = try Ledger.imbalances(in: database)
            return [
                "state": .string(directory),
                "roles": .array(roles),
                "outbox": [
                    "pending": .integer(Int64(outbox[.pending] ?? 0)), "sent": .integer(Int64(outbox[.sent] ?? 0)),
                    "dead": .integer(Int64(outbox[.dead] ?? 0)),
                ],
                "quarantine": .integer(Int64(try Quarantine.count(in: database))),
                "suppressed": .object(JSONObject(suppressed.map { ($0.reason, .integer(Int64($0.count))) })),
                "ledger": .object(ledger),
                "balanced": .boolean(imbalances.isEmpty),
                "imbalances": .array(imbalances.map(JSONValue.string)),
                "plugins": .array(try PluginStatus.all(in: database)),
            ]
        }
    }

    public func text(asJSON: Bool) -> String {
        if asJSON { return json.display }
        var lines: [String] = []
        func number(_ value: JSONValue?) -> String { value?.display ?? "–" }
        for role in json["roles"]?.array ?? [] {
            let name = role["role"]?.string ?? ""
            let running = role["running"]?.boolean == true ? "running" : "stopped"
            lines.append(
                "\(name.padded(8)) \(running), process \(number(role["process"])), \(number(role["records"])) records, \(MailTemplate.rounded(role["rate"]?.double ?? 0))/s"
            )
            if let position = role["position"]?.string, !position.isEmpty { lines.append("         at \(position)") }
            if let lag = role["lag_ms"]?.integer {
                lines.append("         behind by \(Duration.milliseconds(lag).formatted)")
            }
            if let generation = role["generation"]?.string { lines.append("         scripts \(generation)") }
            if let keys = role["keys"] { lines.append("         \(KeyReport.text(keys))") }
            for function in role["functions"]?.array ?? [] {
                lines.append("         \(FunctionFigures.text(function))")
            }
            for threshold in role["thresholds"]?.object?.fields ?? [] {
                let score = MailTemplate.rounded(threshold.value.double ?? 0)
                lines.append("         \(threshold.name): a finding is a score above \(score)")
            }
            if let error = role["last_error"]?.string {
                lines.append(
                    "         last error \(EventTime.text(role["last_error_time"]?.integer ?? 0)): \(error.singleLine)"
                )
            }
        }
        if lines.isEmpty { lines.append("no role has run on this state yet") }
        let outbox = json["outbox"]
        lines.append(
            "outbox   \(number(outbox?["pending"])) pending, \(number(outbox?["sent"])) sent, \(number(outbox?["dead"])) undelivered"
        )
        if let suppressed = json["suppressed"]?.object?.fields, !suppressed.isEmpty {
            lines.append(
                "not told " + suppressed.map { "\($0.name) \($0.value.display)" }.joined(separator: ", ")
            )
        }
        lines.append(
            "ledger   "
                + (json["ledger"]?.object?.fields.map { "\($0.name) \($0.value.display)" }.joined(separator: ", ") ?? "")
        )
        lines.append("         " + (json["balanced"]?.boolean == true ? "balanced" : "IMBALANCE"))
        lines += (json["imbalances"]?.array ?? []).compactMap { $0.string.map { "         \($0)" } }
        lines.append("quarantine  \(number(json["quarantine"])) entries")
        lines += (json["plugins"]?.array ?? []).map(PluginStatus.line)
        return lines.joined(separator: "\n")
    }
}

extension RoleStatus {
    var json: JSONValue {
        var object: JSONObject = [
            "running": .boolean(isRunning), "process": .integer(Int64(process)), "started": .integer(started),
            "updated": .integer(updated), "records": .integer(Int64(records)), "rate": .number(rate),
            "position": .string(position),
        ]
        object["lag_ms"] = lag.map(JSONValue.integer)
        object["generation"] = generation.map(JSONValue.string)
        object["keys"] = keys
        if !functions.isEmpty { object["functions"] = .array(functions.map(\.json)) }
        if !thresholds.isEmpty {
            object["thresholds"] = .object(
                JSONObject(thresholds.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })
            )
        }
        object["last_error"] = lastError.map(JSONValue.string)
        object["last_error_time"] = lastErrorTime.map(JSONValue.integer)
        return .object(object)
    }
}

extension String {
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
