import Detection
public import Logging

/// What `replay` does: judges recorded packages again in memory, and says what would have been alerted.
///
/// From nothing learned and in the order of the packages, so that two script sets have the same chance. Nothing is
/// stored, and nobody is mailed.
public struct ReplayCommand: Sendable {
    /// Keys that have a forest each at once: all of them stay in memory, up to 260 KB each.
    private static let keyLimit = 2_000

    private let configuration: Configuration
    private let outside: Outside
    private let environment: ScriptEnvironment

    public init(configuration: Configuration, outside: Outside, log: Logger) {
        self.configuration = configuration
        self.outside = outside
        environment = ScriptEnvironment(configuration, seed: 0, log: log)
    }

    /// - Parameters:
    ///   - words: files, directories, patterns, or `last 24h`, which is meant by none.
    ///   - other: a script directory to compare with; `nil` replays only the scripts that run, or those of `scripts/`
    ///     where none have run.
    /// - Returns: the lines to print.
    public func run(_ words: [String], other: String?, asJSON: Bool) async throws -> [String] {
        let packages = try await RecordedPackages(words, configuration: configuration, outside: outside)
        guard packages.count > 0 else {
            throw SetupProblem("there are no packages of that time. Name files, or a longer time such as last 7d.")
        }
        let labels = try packages.labels()
        let history = try packages.history()
        var replays = [try replay(try current())]
        if let other { replays.append(try replay((other, try read(other)))) }
        var bad = 0
        for index in 0..<packages.count {
            let package = try await packages.package(index)
            let records = try RecordedPackages.records(
                of: package,
                limits: configuration.recordLimits,
                isHistory: history.contains(package.name)
            )
            bad += records.bad
            // What is only learned is neither found nor missed.
            let known = history.contains(package.name) ? [] : labels[package.name] ?? []
            for index in replays.indices {
                try replays[index].take(records.records, of: package, labels: known)
            }
        }
        return asJSON
            ? replays.flatMap { replay in replay.told.map { $0.json(of: replay.name).display } }
                + [summary(replays, packages.count, bad).display]
            : text(replays, packages.count, bad)
    }

    // MARK: - Scripts

    /// Those that run on the state, else those in `scripts/`.
    private func current() throws -> (name: String, sources: ScriptSources) {
        let directory = configuration.state.directory
        if try outside.files.info("\(directory)/agent.sqlite") != nil {
            let state = try StateStore(directory: directory, files: outside.files)
            if let running = try state.read({ try Generations.running(in: $0) }) {
                return ("generation \(running.sources.generation)", running.sources)
            }
        }
        return ("scripts", try read("scripts"))
    }

    private func read(_ directory: String) throws -> ScriptSources {
        do { return try ScriptSources.read(directory, files: outside.files) } catch { throw SetupProblem("\(error)") }
    }

    private func replay(_ scripts: (name: String, sources: ScriptSources)) throws -> Replay {
        do {
            let rehearsal = try Rehearsal(
                ScriptLoader(sources: scripts.sources, environment: environment),
                limits: configuration.recordLimits,
                keys: KeyHome.Limits(
                    memory: configuration.detection.keyMemory,
                    keys: max(1, min(Self.keyLimit, configuration.detection.maxKeys))
                ),
                writesMails: false
            )
            return Replay(name: scripts.name, rehearsal: rehearsal)
        } catch let error as RehearsalNotPossible {
            throw SetupProblem("\(scripts.name) cannot be replayed: \(error).")
        } catch let error as ScriptProblem {
            throw SetupProblem("\(error)")
        } catch let error as ScriptProblems {
            throw SetupProblem("\(error)")
        }
    }

    // MARK: - What is said

    private func summary(_ replays: [Replay], _ packages: Int, _ bad: Int) -> JSONValue {
        var object: JSONObject = [
            "event": "replay", "packages": .integer(Int64(packages)), "bad_lines": .integer(Int64(bad)),
            "scripts": .array(replays.map(\.json)),
        ]
        if let both = Difference(replays) {
            object["in_both"] = .integer(Int64(both.common))
            object["only_first"] = .integer(Int64(both.first.count))
            object["only_second"] = .integer(Int64(both.second.count))
        }
        return .object(object)
    }

    private func text(_ replays: [Replay], _ packages: Int, _ bad: Int) -> [String] {
        var lines = [
            "\(packages) packages, judged from nothing learned" + (bad > 0 ? "; \(bad) lines are no records" : "")
        ]
        for replay in replays { lines += replay.lines }
        guard let difference = Difference(replays) else {
            return lines + (replays.first?.told.map { "  \($0.text)" } ?? [])
        }
        lines.append(
            "\(difference.common) alerts of both, \(difference.first.count) only of \(replays[0].name) (-), "
                + "\(difference.second.count) only of \(replays[1].name) (+)"
        )
        lines += difference.first.map { "- \($0.text)" } + difference.second.map { "+ \($0.text)" }
        return lines
    }

    /// Alerts of two script sets, by the record that they are about.
    private struct Difference {
        let common: Int
        let first: [Replay.Told]
        let second: [Replay.Told]

        /// `nil` where there are not two.
        init?(_ replays: [Replay]) {
            guard replays.count == 2 else { return nil }
            let (one, other) = (Set(replays[0].told.map(\.place)), Set(replays[1].told.map(\.place)))
            common = one.intersection(other).count
            first = replays[0].told.filter { !other.contains($0.place) }
            second = replays[1].told.filter { !one.contains($0.place) }
        }
    }
}

/// One script set being replayed.
struct Replay {
    struct Told {
        /// `data-feed-….json.gz:17`; for what did not come its key and time.
        var place: String
        var alert: Alert

        var text: String {
            let key = alert.key.map { " \($0)" } ?? ""
            let words = alert.message.map { ": \($0.singleLine)" } ?? ""
            return "\(EventTime.text(alert.time))  \(place)  \(alert.severity) \(alert.rule)\(key)"
                + "  score \(MailTemplate.rounded(alert.score))\(words)"
        }

        func json(of scripts: String) -> JSONValue {
            var object = alert.json.object ?? JSONObject()
            object["event"] = "alert"
            object["scripts"] = .string(scripts)
            object["place"] = .string(place)
            return .object(object)
        }
    }

    private static let toldLimit = 100_000

    let name: String
    private let rehearsal: Rehearsal
    private(set) var told: [Told] = []
    private var alerts = 0
    private var scored = 0
    private var quarantined = 0
    private var found = 0
    private var injected = 0
    private var hits = 0
    /// Of each stretch of labelled records that was found: records and milliseconds from its start to the finding.
    private var delays: [(records: Int, time: Milliseconds)] = []
    /// The stretch at hand.
    private var stretch: (start: Milliseconds, records: Int, isFound: Bool)?

    init(name: String, rehearsal: Rehearsal) {
        self.name = name
        self.rehearsal = rehearsal
    }

    mutating func take(
        _ records: [Rehearsal.Record],
        of package: RecordedPackages.Package,
        labels: Set<Int>
    ) throws {
        let outcome = try rehearsal.take(records)
        scored += outcome.scored
        quarantined += outcome.quarantined.count
        injected += labels.count
        var times: [Int: Milliseconds] = [:]
        for one in outcome.found where one.finding.isAnomaly {
            found += 1
            if let line = one.finding.identity.map({ Int($0.line) }) {
                times[line] = one.finding.time
                if labels.contains(line) { hits += 1 }
            }
            guard let alert = one.alert else { continue }
            alerts += 1
            let place = alert.identity.map { "\(package.name):\($0.line)" } ?? "\(alert.rule) \(alert.sequenceNumber)"
            if told.count < Self.toldLimit { told.append(Told(place: place, alert: alert)) }
        }
        for record in records {
            let line = Int(record.identity.line)
            guard labels.contains(line) else {
                stretch = nil
                continue
            }
            var current = stretch ?? (record.arrival, 0, false)
            if !current.isFound, let time = times[line] {
                current.isFound = true
                delays.append((current.records, max(0, time - current.start)))
            }
            current.records += 1
            stretch = current
        }
    }

    private var precision: Double? { found == 0 ? nil : Double(hits) / Double(found) }
    private var recall: Double? { injected == 0 ? nil : Double(hits) / Double(injected) }
    private var delay: Int? { delays.isEmpty ? nil : delays.map(\.records).sorted()[delays.count / 2] }
    private var delayTime: Milliseconds? { delays.isEmpty ? nil : delays.map(\.time).sorted()[delays.count / 2] }

    var json: JSONValue {
        var object: JSONObject = [
            "scripts": .string(name), "records": .integer(Int64(scored)), "alerts": .integer(Int64(alerts)),
            "findings": .integer(Int64(found)), "quarantined": .integer(Int64(quarantined)),
            "injected": .integer(Int64(injected)),
        ]
        if injected > 0 {
            object["precision"] = precision.map(JSONValue.number) ?? .null
            object["recall"] = recall.map(JSONValue.number) ?? .null
            object["median_delay_records"] = delay.map { .integer(Int64($0)) } ?? .null
            object["median_delay_ms"] = delayTime.map(JSONValue.integer) ?? .null
        }
        object["failures"] = .array(rehearsal.failures.map(JSONValue.string))
        return .object(object)
    }

    var lines: [String] {
        var lines = [
            "\(name): \(scored) records scored, \(found) findings, \(alerts) alerts"
                + (quarantined > 0 ? ", \(quarantined) in quarantine" : "")
        ]
        if injected > 0 {
            lines.append(
                "  \(injected) labelled: precision \(precision.map(MailTemplate.rounded) ?? "–"), "
                    + "recall \(recall.map(MailTemplate.rounded) ?? "–"), "
                    + "delay \(delay.map(String.init) ?? "–") records (median of \(delays.count))"
            )
        }
        if alerts > told.count { lines.append("  only the first \(told.count) alerts are compared and shown") }
        return lines + rehearsal.failures.prefix(3).map { "  a function failed: \($0)" }
    }
}
