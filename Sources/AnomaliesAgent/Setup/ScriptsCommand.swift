/// What `scripts` shows and does: the generations of a state directory.
public struct ScriptsCommand: Sendable {
    private let state: StateStore
    private let outside: Outside

    /// - Throws: ``SetupProblem`` where there is no state yet.
    public init(configuration: Configuration, outside: Outside) throws {
        let directory = configuration.state.directory
        guard try outside.files.info("\(directory)/agent.sqlite") != nil else {
            throw SetupProblem(
                "there is no state in \(directory). Start the agent first, or name its state with --state."
            )
        }
        state = try StateStore(directory: directory, files: outside.files)
        self.outside = outside
    }

    /// What runs, what waits, and what the directory holds.
    public func status(asJSON: Bool) throws -> [String] {
        let entries = try entries()
        guard let running = entries.first(where: { $0.state == .running }) else {
            return [asJSON ? JSONValue.object([:]).display : "no scripts have run on this state yet"]
        }
        let directory = running.sources.directory
        let waiting = entries.first { $0.state == .waiting && $0.id > running.id }
        let present = try? ScriptSources.read(directory, files: outside.files)
        guard !asJSON else {
            var object: JSONObject = ["running": json(running)]
            object["waiting"] = waiting.map(json)
            object["directory"] = .string(directory)
            object["in_directory"] = (present?.generation).map(JSONValue.string)
            return [JSONValue.object(object).display]
        }
        var lines = ["running    \(line(running))"]
        if let waiting {
            lines.append("waiting    \(line(waiting))")
            lines.append("           take it with: anomalies-agent scripts approve \(waiting.sources.generation)")
        }
        switch present {
        case nil: lines.append("directory  \(directory) cannot be read")
        case let present? where present.generation == running.sources.generation:
            lines.append("directory  \(directory) holds what runs")
        case let present?:
            let known = entries.first { $0.sources.generation == present.generation }
            let what = known.map { " (\($0.state.rawValue): \($0.report.singleLine))" } ?? ""
            lines.append("directory  \(directory) holds generation \(present.generation)\(what)")
        }
        return lines
    }

    /// All that are kept, newest first.
    public func history(asJSON: Bool) throws -> [String] {
        let entries = try entries()
        if asJSON { return entries.map { json($0).display } }
        return entries.isEmpty ? ["no scripts have run on this state yet"] : entries.map { line($0, state: true) }
    }

    /// What changed between two generations, line by line.
    ///
    /// - Parameters:
    ///   - old: the start of a generation's name; `nil` for the one that ran before `new`.
    ///   - new: `nil` for the one that waits, else for what the directory holds.
    public func diff(_ old: String?, _ new: String?) throws -> [String] {
        let entries = try entries()
        guard let running = entries.first(where: { $0.state == .running }) else {
            throw SetupProblem("no scripts have run on this state yet")
        }
        var later: ScriptSources
        if let new {
            later = try find(new, in: entries).sources
        } else if let waiting = entries.first(where: { $0.state == .waiting && $0.id > running.id }) {
            later = waiting.sources
        } else {
            do { later = try ScriptSources.read(running.sources.directory, files: outside.files) } catch {
                throw SetupProblem("\(error)")
            }
        }
        var earlier = running.sources
        if let old {
            earlier = try find(old, in: entries).sources
        } else if later.generation == running.sources.generation,
            let before = entries.first(where: { $0.state == .replaced && $0.sources.generation != later.generation })
        {
            earlier = before.sources
        }
        var lines: [String] = []
        for name in ScriptSources.Name.allCases where earlier.texts[name] != later.texts[name] {
            lines.append("--- \(earlier.generation)/\(name.rawValue)")
            lines.append("+++ \(later.generation)/\(name.rawValue)")
            lines += LineDiff(from: earlier.texts[name] ?? [], to: later.texts[name] ?? []).lines
        }
        return lines.isEmpty ? ["no difference between \(earlier.generation) and \(later.generation)"] : lines
    }

    /// Lets a generation in that waits.
    ///
    /// - Parameter generation: the start of its name; `nil` for the newest that waits.
    public func approve(_ generation: String?) throws -> String {
        let entries = try entries()
        let waiting = entries.filter { $0.state == .waiting }
        guard let entry = try generation.map({ try find($0, in: waiting) }) ?? waiting.first else {
            throw SetupProblem("no generation waits for approval. `anomalies-agent scripts history` shows all.")
        }
        let now = outside.clock.now
        try state.write { try GenerationHistory.ask(.approve, entry, now: now, in: $0) }
        return "generation \(entry.sources.generation) is approved; a running agent takes it within a second or two."
    }

    /// Goes back to a generation that ran.
    ///
    /// - Parameter generation: the start of its name; `nil` for the one that ran before the present one.
    public func rollback(_ generation: String?) throws -> String {
        let entries = try entries()
        let running = entries.first { $0.state == .running }?.sources.generation
        let past = entries.filter { $0.state == .replaced && $0.sources.generation != running }
        guard let entry = try generation.map({ try find($0, in: past) }) ?? past.first else {
            throw SetupProblem("no other generation has run. `anomalies-agent scripts history` shows all.")
        }
        let now = outside.clock.now
        try state.write { try GenerationHistory.ask(.rollback, entry, now: now, in: $0) }
        return """
            back to generation \(entry.sources.generation), within a second or two. The files are as they were: what is in \
            \(entry.sources.directory) counts again once it is changed.
            """
    }

    private func entries() throws -> [Generations.Entry] { try state.read { try Generations.all(in: $0) } }

    private func find(_ name: String, in entries: [Generations.Entry]) throws -> Generations.Entry {
        let found = entries.filter { $0.sources.generation.hasPrefix(name) }
        guard let first = found.first else {
            let known = entries.prefix(5).map(\.sources.generation).joined(separator: ", ")
            throw SetupProblem("there is no generation \(name) to choose; there is \(known.isEmpty ? "none" : known).")
        }
        guard found.allSatisfy({ $0.sources.generation == first.sources.generation }) else {
            throw SetupProblem("\(name) is the start of several generations; give more of its name.")
        }
        return first
    }

    private func line(_ entry: Generations.Entry, state: Bool = false) -> String {
        let what = state ? "  \(entry.state.rawValue.padded(9))" : ""
        return "\(entry.sources.generation)  \(EventTime.text(entry.time))\(what)  \(entry.report.singleLine)"
    }

    private func json(_ entry: Generations.Entry) -> JSONValue {
        [
            "generation": .string(entry.sources.generation), "state": .string(entry.state.rawValue),
            "time": .integer(entry.time), "report": .string(entry.report),
        ]
    }
}
