import Foundation
import Logging
import Scripting

/// One file of `examples/`: what a plugin is given, what it is answered, and what must come of it.
///
///     { "options": { … }, "now": "2026-11-22T17:00:00Z", "state": { … }, "input": …,
///       "calls": [ { "http": { "method": …, "url": …, "headers": { … }, "json": … }, "answer": { "status": 200 } } ],
///       "output": …, "state_after": { … }, "error": "part of the message" }
struct PluginExample: Sendable {
    /// 2026-11-22 17:00:00 UTC
    private static let standardTime: Milliseconds = 1_795_366_800_000

    let name: String
    let document: JSONValue

    /// - Returns: what is not as it should be.
    func run(_ folder: PluginFolder, budget: ScriptBudget, log: Logger) throws -> [String] {
        let manifest = try PluginScript.manifest(of: folder, budget: budget, log: log)
        var problems = unknownFields()
        guard let setup = setup(folder, manifest, &problems) else { return problems }
        let network = RecordedNetwork(document["calls"]?.array ?? [])
        let now = document["now"].flatMap(EventTime.milliseconds) ?? Self.standardTime
        let ports = PluginPorts(network: manifest.kind.reachesOut ? network : nil, clock: FixedClock(now: now))
        let script = try PluginScript(setup, ports: ports, budget: budget, log: log)
        for field in document["state"]?.object?.fields ?? [] { script.calls.state[field.name] = field.value }
        do {
            let output = try output(script, manifest.kind)
            if let error = document["error"]?.string {
                problems.append("expected an error with \"\(error)\", got \(output.display)")
            } else if let expected = document["output"], !output.means(expected) {
                problems.append("output: expected \(expected.display), got \(output.display)")
            }
        } catch let error as ScriptError {
            if let expected = document["error"]?.string {
                if !error.message.contains(expected) {
                    problems.append("expected an error with \"\(expected)\", got \(error)")
                }
            } else {
                problems.append("failed: \(error)")
            }
        }
        for field in document["state_after"]?.object?.fields ?? [] {
            let got = script.calls.changes[field.name] ?? script.calls.state[field.name] ?? .null
            if !got.means(field.value) {
                problems.append("state \(field.name): expected \(field.value.display), got \(got.display)")
            }
        }
        return problems + network.problems()
    }

    private func unknownFields() -> [String] {
        let known = ["summary", "options", "now", "state", "input", "calls", "output", "state_after", "error"]
        return (document.object?.fields ?? []).filter { !known.contains($0.name) }.map { field in
            let near = NearestName.of(field.name, among: known).map { " Did you mean \($0)?" } ?? ""
            return "\"\(field.name)\" is no part of an example; it has \(known.joined(separator: ", ")).\(near)"
        }
    }

    /// Allowed is what the manifest asks for.
    private func setup(_ folder: PluginFolder, _ manifest: PluginManifest, _ problems: inout [String]) -> PluginSetup? {
        var values: [String: String] = [:]
        for field in document["options"]?.object?.fields ?? [] {
            values[field.name] = field.value.string ?? field.value.display
        }
        let given = LuaTable(fields: values.map { ($0.key, .string($0.value)) })
        values["allow"] = manifest.needs.resolved(given).map(\.description).joined(separator: ", ")
        return PluginSection(manifest.name, values: values)
            .setup(folder, manifest, environment: [:], files: DiskFileSystem(), problems: &problems)
    }

    private func output(_ script: PluginScript, _ kind: PluginManifest.Kind) throws -> JSONValue {
        let input = document["input"] ?? .null
        switch kind {
        case .notifier: return try script.run([LuaValue(Self.alert(input))]).json("output")
        case .decoder: return try decoded(script, input)
        case .detector: return try scores(script, input)
        case .source: return try script.run([]).json("output")
        case .rule:
            return try script.run([LuaValue(input["record"] ?? .null), LuaValue(input["result"] ?? .null)]).json(
                "output"
            )
        case .sink, .feature: return try script.run([LuaValue(input)]).json("output")
        }
    }

    /// A whole alert, with what the example says over what an alert usually has.
    private static func alert(_ input: JSONValue) -> JSONValue {
        var fields: JSONObject = [
            "id": "5f2b6c1d9e8a47305f2b6c1d9e8a4730", "time": .integer(standardTime),
            "record": ["name": "Wojciech Czyz", "accuracy": 95], "score": 3.25, "grade": 0.75, "severity": "warning",
            "rule": "default", "suppressed": 0, "shard": "shardId-000000000000", "sequence_number": "1",
            "generation": "0badcafe",
        ]
        for field in input.object?.fields ?? [] { fields[field.name] = field.value }
        guard let alert = Alert(json: .object(fields)) else { return .object(fields) }
        return PluginNotifier.context(of: alert, object: nil)
    }

    private func decoded(_ script: PluginScript, _ input: JSONValue) throws -> JSONValue {
        let object = LuaValue.table(LuaTable(fields: [("key", .string(input["key"]?.string ?? "example"))]))
        let items = script.manifest.items.flatMap { input["document"]?[$0]?.array } ?? input["records"]?.array ?? []
        var records: [JSONValue] = []
        for item in items {
            switch try script.run([LuaValue(item), object]).json("output") {
            case .null: continue
            case .array(let several): records += several
            case let one: records.append(one)
            }
        }
        return .array(records)
    }

    /// Of a series of points, each beside those before it.
    private func scores(_ script: PluginScript, _ input: JSONValue) throws -> JSONValue {
        let points = (input["points"]?.array ?? []).map { ($0.array ?? [$0]).compactMap(\.double) }
        var window = PluginWindow(length: Int(script.manifest.window.value(script.options)))
        var scores: [JSONValue] = []
        for point in points {
            scores.append(try script.run(window.arguments(point)).json("output"))
            window.append(point)
        }
        return .array(scores)
    }
}

/// Always the same time.
private struct FixedClock: PipelineClock {
    let now: Milliseconds
    func sleep(_ duration: Duration) async {}
}
