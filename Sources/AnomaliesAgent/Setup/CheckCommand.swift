public import Logging
import Scripting

/// What `check` does: loads scripts the way the agent does, and says everything that is wrong with them.
public struct CheckCommand: Sendable {
    /// One phase of checking a single file.
    struct Phase: Sendable {
        var name: String
        /// `ok`, `error`, or `limit` for a budget that was spent.
        var status: String
        /// What was returned, or the message.
        var text: String
        var milliseconds: Double

        var json: JSONValue {
            ["phase": .string(name), "status": .string(status), "text": .string(text), "ms": .number(milliseconds)]
        }
    }

    private let environment: ScriptEnvironment
    private let outside: Outside
    /// Whether record.lua makes the records, so that there are no others than it says.
    private let simulates: Bool

    public init(configuration: Configuration, outside: Outside, log: Logger) {
        var environment = ScriptEnvironment(configuration, seed: 0, log: log)
        // What is wrong with plugins themselves is for `plugins` to say.
        environment.detectors = (try? PluginLibrary(configuration, outside: outside, log: log))?.detectorRules ?? [:]
        self.environment = environment
        simulates = [.auto, .simulate].contains(configuration.feed.source)
        self.outside = outside
    }

    /// Checks a script directory as a whole.
    ///
    /// - Returns: every problem as `file:line: message`; none when the agent would take it.
    public func problems(inDirectory directory: String) throws -> [String] {
        do {
            let sources = try ScriptSources.read(directory, files: outside.files)
            let strangers = try strangers(in: sources)
            do throws(ScriptProblems) {
                try ScriptCheck(environment: environment).check(sources)
            } catch {
                return (strangers + error.problems).map(\.description)
            }
            return (strangers + (simulates ? FieldNames(sources, environment).problems : [])).map(\.description)
        } catch let error as FileError {
            throw SetupProblem("\(error)")
        }
    }

    /// The problems of one script of a directory, where it is called as the agent's scripts are.
    ///
    /// - Returns: `nil` for a file of another name.
    public func problems(inScript path: String) throws -> [String]? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, ScriptSources.Name(rawValue: String(name)) != nil,
            try outside.files.info(path) != nil
        else { return nil }
        let directory = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/")
        let prefix = parts.count == 1 ? "./\(path):" : "\(path):"
        return try problems(inDirectory: directory.isEmpty ? "/" : directory).filter { $0.hasPrefix(prefix) }
            .map { parts.count == 1 ? String($0.dropFirst(2)) : $0 }
    }

    /// Files that somebody took for scripts.
    private func strangers(in sources: ScriptSources) throws -> [ScriptProblem] {
        let known = ScriptSources.Name.allCases.map(\.rawValue)
        return try outside.files.names(in: sources.directory).filter { $0.hasSuffix(".lua") && !known.contains($0) }
            .compactMap { name in
                guard let near = NearestName.of(name, among: known) else { return nil }
                return ScriptProblem(
                    "\(sources.directory)/\(name)",
                    line: nil,
                    "the agent does not read a file of this name. Did you mean \(near)?"
                )
            }
    }

    public func isDirectory(_ path: String) throws -> Bool { try outside.files.info(path)?.isDirectory == true }

    /// Loads one file in the sandbox and, where asked and defined, calls one function of it with a record.
    ///
    /// - Parameter function: looked up in the chunk's globals, then in the table that it returned; one that the script
    ///   does not define is no error, gives no line as JSON, and says so to people. `decide` gets a made-up result besides.
    /// - Returns: a line a phase, JSON or for people, and whether all phases were well.
    public func check(file path: String, calling function: String?, record: String?, asJSON: Bool) throws -> (
        lines: [String], isGood: Bool
    ) {
        let text: [UInt8]
        do {
            text = try outside.files.contents(of: path, limit: 1 << 20)
        } catch {
            throw SetupProblem("\(error)")
        }
        var argument = LuaValue.nil
        if let record {
            do { argument = LuaValue(try JSONValue(parsing: record)) } catch {
                throw SetupProblem("--record: the text \(error). Give one JSON object, such as '{\"accuracy\": 95}'")
            }
        }
        var phases: [Phase] = []
        var script: LoadedScript?
        let advice = ScriptAdvice(text: text, general: environment.general.map(\.key))
        phases.append(
            timed("load", advice) {
                let loaded = try LoadedScript(text, path: path, environment: environment)
                script = loaded
                return loaded.value
            }
        )
        var absent: [String] = []
        if let script, let function {
            if let found = try? script.function(named: function) {
                let result = function == "decide" ? [Self.sampleResult(script.value, argument)] : []
                phases.append(timed("call", advice) { try script.call(found, [argument] + result) })
            } else if !asJSON {
                absent = ["\(path): there is no function \(function) in it, nothing was called"]
            }
        }
        let lines = phases.map { phase in
            if asJSON { return phase.json.display }
            return phase.status == "ok" ? "\(path): \(phase.name) ok  \(phase.text.singleLine)" : phase.text
        }
        return (lines + absent, phases.allSatisfy { $0.status == "ok" })
    }

    /// What `decide` might get with a record: twice as far from typical as the threshold, and 0 expected.
    private static func sampleResult(_ script: LuaValue, _ record: LuaValue) -> LuaValue {
        var names: [String] = []
        if case .table(let table) = script, case .table(let features)? = table["features"] {
            names = features.array.compactMap { if case .string(let name) = $0 { name } else { nil } }
        }
        func byFeature(_ value: LuaValue) -> LuaValue { .table(LuaTable(fields: names.map { ($0, value) })) }
        let column = LuaTable(
            fields: ["ATTRIBUTION_SCORE", "STRENGTH"].map { ($0, .string("1.0000")) } + [("DIRECTION", .string("HIGH"))]
        )
        return .table(
            LuaTable(fields: [
                ("score", .number(4)), ("grade", .number(2.0 / 3)), ("level", .number(2)), ("threshold", .number(2)),
                ("likelihood", .number(0.001)), ("direction", .string("rises")), ("expected", byFeature(.number(0))),
                ("attribution", byFeature(.number(1))), ("explanation", byFeature(.table(column))),
                ("hotspots", .table(LuaTable(array: []))),
            ])
        )
    }

    private func timed(_ name: String, _ advice: ScriptAdvice, _ body: () throws -> LuaValue) -> Phase {
        let clock = ContinuousClock()
        var result = Phase(name: name, status: "ok", text: "", milliseconds: 0)
        let elapsed = clock.measure {
            do {
                result.text = "\(try body())"
            } catch {
                result.text = advice.advised("\(error)")
                result.status = "error"
                if case .limit = (error as? ScriptProblem)?.cause ?? error as? ScriptError { result.status = "limit" }
            }
        }
        result.milliseconds = (elapsed / .microseconds(1)).rounded() / 1000
        return result
    }
}
