import Foundation
import Testing

@testable import AnomaliesAgent

/// A detector in Lua instead of the forest.
@Suite struct PluginDetectorTests {
    private static let script = "return { features = { \"accuracy\" }, detector = \"robust-zscore\", refractory = 0 }"
    private static let section = "[plugin robust-zscore]\nwindow: 16\nwarm-up: 8\nthreshold: 6"

    private let bench: PluginBench

    init() throws {
        var bench = try PluginBench()
        bench.usesShipped = true
        self.bench = bench
    }

    private func detector(_ stream: LocalStream, _ library: PluginLibrary, script: String = script) throws
        -> ShardDetector
    {
        var environment = bench.bench.environment()
        environment.detectors = library.detectorRules
        let path = try bench.bench.scripts(["detect.lua": script])
        let scripts = try ScriptLibrary(path, files: bench.bench.files, environment: environment, log: bench.bench.log)
        return try bench.bench.detector(
            try DetectScripts(scripts, environment: environment),
            plugins: try library.detect(state: bench.bench.state, outside: bench.outside),
            on: stream
        )
    }

    private func problems(_ script: String) throws -> String {
        do {
            _ = try detector(try bench.bench.stream(), try bench.library(Self.section), script: script)
            return ""
        } catch { return "\(error)" }
    }

    /// The example that numpy made: series and scores.
    private static func numpy() throws -> (values: [Double], scores: [Double]) {
        let file = "\(PluginBench.shipped)/robust-zscore/examples/numpy.json"
        let example = try JSONValue(parsing: [UInt8](try Data(contentsOf: URL(filePath: file))))
        let points = (example["input"]?["points"]?.array ?? []).compactMap { $0.array?.compactMap(\.double) }
        return (points.map { $0[0] }, (example["output"]?.array ?? []).compactMap(\.double))
    }

    private func scores() throws -> [Double] {
        try bench.bench.state.read { database in
            var scores: [Double] = []
            try RedoLog.replay(shard: "shardId-000000000000", after: 0, in: database) { _, entry in
                scores += entry.records.map(\.score)
            }
            return scores
        }
    }

    @Test func `the shard's scores are those of the same plugin over the whole series, across restarts without Lua`()
        async throws
    {
        let values = try Self.numpy().values
        let records = values.map { "{\"accuracy\":\($0)}" }
        // All at once.
        let whole = try PluginDetectorTests()
        let stream = try whole.bench.bench.stream()
        try await stream.put(entries(records))
        try await whole.detector(stream, try whole.bench.library(Self.section)).drain()
        let expected = try whole.scores()
        #expect(expected.count == 40 && expected.max() ?? 0 > 6)
        // With a restart after every ten.
        let mine = try bench.bench.stream()
        for start in stride(from: 0, to: 40, by: 10) {
            let part = entries(Array(records[start..<start + 10]), package: UInt128(start + 1))
            try await mine.put(part)
            try await detector(mine, try bench.library(Self.section)).drain()
        }
        #expect(try scores() == expected)
    }

    @Test func `a score above the threshold is a finding and an alert, with grade and threshold`() async throws {
        let stream = try bench.bench.stream()
        let quiet = (1...30).map { "{\"accuracy\":\($0 % 5)}" }
        try await stream.put(entries(quiet + ["{\"accuracy\":50}"]))
        try await detector(stream, try bench.library(Self.section)).drain()
        #expect(bench.bench.console.alerts.count == 1)
        let alert = try #require(bench.bench.console.alerts.first)
        #expect(alert.record["accuracy"]?.integer == 50)
        #expect(alert.grade == alert.score / 6 / (1 + alert.score / 6))
    }

    @Test func `a detector that is switched off makes its shard wait, and nothing goes by unscored`() async throws {
        var bench = try PluginBench()
        bench.usesShipped = false
        let bad = "return plugin { api = 1, kind = 'detector', summary = 'x', score = function() oops() end }"
        try bench.write("robust-zscore", bad)
        let library = try bench.library("[plugin robust-zscore]")
        var environment = bench.bench.environment()
        environment.detectors = library.detectorRules
        let path = try bench.bench.scripts(["detect.lua": Self.script])
        let scripts = try ScriptLibrary(path, files: bench.bench.files, environment: environment, log: bench.bench.log)
        let stream = try bench.bench.stream()
        let detector = try bench.bench.detector(
            try DetectScripts(scripts, environment: environment),
            plugins: try library.detect(state: bench.bench.state, outside: bench.outside),
            on: stream
        )
        try await stream.put(entries((1...20).map { "{\"accuracy\":\($0)}" }))
        await #expect(throws: PluginPause.self) { _ = try await detector.step() }
        #expect(try await detector.step() == .waiting(.milliseconds(500)))
        #expect(try bench.bench.quarantined().isEmpty)
        try bench.write("robust-zscore", bad.replacing("oops()", with: "return 1"))
        bench.bench.clock.advance(.seconds(2))
        #expect(try await detector.step() == .worked)
        #expect(try bench.bench.totals()[.scored] == 20)
    }

    @Test(arguments: [
        (
            "detector = \"robust-zscor\"",
            "is no detector that runs here: it needs a section [plugin robust-zscor]. Did you mean \"robust-zscore\"?"
        ),
        ("detector = \"robust-zscore\", forest = { trees = 10 }", "forest: that is the built-in detector's"),
        ("detector = \"robust-zscore\", key = \"host\"", "key: a plugin scores all records together"),
        ("detector = \"robust-zscore\", missing = \"linear\"", "missing: a plugin gets whole points"),
    ])
    func `what does not go together is refused`(keys: String, problem: String) throws {
        let told = try problems("return { features = { \"accuracy\" }, \(keys) }")
        #expect(told.contains(problem), "\(told)")
    }

    @Test func `features of a plugin are scored under its name, and the record that people see is as it came`()
        async throws
    {
        let bench = try PluginBench()
        try bench.write(
            "twice",
            """
            return plugin { api = 1, kind = "feature", summary = "x", features = { "value" },
            feature = function(record) return { value = 2 * record.accuracy } end }
            """
        )
        let stream = try bench.bench.stream()
        try await stream.put(entries(accuracies(200, everyOther: 200) + ["{\"name\":\"no number\"}"]))
        let rules = try FixedRules()
        let path = try FeaturePath("twice.value")
        rules.change { $0.features = .declared([path]) }
        let library = try bench.library("[plugin twice]")
        let detector = try bench.bench.detector(
            rules,
            plugins: try library.detect(state: bench.bench.state, outside: bench.outside),
            on: stream
        )
        try await detector.drain()
        let alert = try #require(bench.bench.console.alerts.last)
        #expect(alert.record.object?.fields.map(\.name) == ["name", "accuracy"])
        #expect(alert.details?.expected["twice.value"]?.double ?? 0 <= 40)
        #expect(try bench.bench.quarantined().count == 1)
        #expect(try bench.bench.totals()[.scored] == 200)
    }

    @Test(arguments: [
        ("return nil", 1), ("return false", 0), ("return { severity = 'critical', message = 'look' }", 1),
        ("oops()", 1),
    ])
    func `a rule may leave a finding as it is, let it pass or name its severity; one that fails has no say`(
        body: String,
        alerts: Int
    ) async throws {
        let bench = try PluginBench()
        try bench.write(
            "judge",
            "return plugin { api = 1, kind = 'rule', summary = 'x', decide = function(record, result) \(body) end }"
        )
        let stream = try bench.bench.stream()
        try await stream.put(entries(accuracies(200, everyOther: 200)))
        let library = try bench.library("[plugin judge]")
        let detector = try bench.bench.detector(
            try FixedRules(),
            plugins: try library.detect(state: bench.bench.state, outside: bench.outside),
            on: stream
        )
        try await detector.drain()
        let told = bench.bench.console.alerts.filter { $0.record["accuracy"]?.integer == 95 }
        #expect(told.count == alerts)
        if body.contains("critical") { #expect(told.first?.severity == "critical" && told.first?.message == "look") }
    }
}
