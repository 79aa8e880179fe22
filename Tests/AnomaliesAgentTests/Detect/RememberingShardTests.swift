import Detection
import GRDB
import Testing

@testable import AnomaliesAgent

/// What detect.lua remembers is saved with the batch that changed it.
@Suite struct RememberingShardTests {
    private let shard: ShardBench
    private var bench: Workbench { shard.bench }

    init() throws { shard = try ShardBench() }

    private static let text = """
        return {
          features = function(record)
            state.add("seen", 1)
            state.set("last " .. record.name, record.accuracy, "200s")
            return record.accuracy
          end,
          threshold = 1.8, refractory = 0,
          forest = { trees = 20, sample_size = 32, time_decay = 1000 },
          decide = function(record)
            return { message = state.add("found", 1) .. " of " .. state.get("seen") }
          end,
        }
        """

    private func detector(_ state: StateStore? = nil, text: String = Self.text) throws -> ShardDetector {
        let rules = try DetectScripts(try bench.library(["detect.lua": text]), environment: bench.environment())
        return try bench.detector(rules, on: shard.stream, state: state)
    }

    private func remembered(_ state: StateStore? = nil) throws -> [String] {
        try (state ?? bench.state).read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT script || scope || ' ' || hex(key) || ' ' || value || ' ' || coalesce(expires, '-') || ' ' || age
                    FROM script_state ORDER BY age
                    """
            ) + [try Meta.value("script state detect.lua \(ShardBench.shard)", in: database) ?? ""]
        }
    }

    @Test(arguments: [true, false])
    func `restarted after every batch, scripts remember and decide what they do in one go`(stops: Bool) async throws {
        try await shard.put(accuracies(600))
        try await shard.runWhole(detector())
        let (directory, state, batches) = try await shard.runRestarting {
            try detector($0)
        } stops: { _ in
            stops
        }
        defer { withExtendedLifetime(directory) {} }
        #expect(batches == 12)
        #expect(try remembered().count == 6 && remembered() == remembered(state))
        let (one, many) = (try shard.decided(), try shard.decided(state))
        #expect(one.filter { $0.hasPrefix("alert") } == many.filter { $0.hasPrefix("alert") })
        #expect(one.contains { $0.contains("1 of ") })
    }

    @Test func `what a batch that is not committed changed is forgotten with it`() async throws {
        try await shard.put(accuracies(300))
        try await shard.runWhole(detector())
        let (directory, state) = try shard.newState()
        defer { withExtendedLifetime(directory) {} }
        let detector = try detector(state)
        _ = try await detector.step()
        let before = try remembered(state)
        try state.write {
            try $0.execute(sql: "CREATE TRIGGER fault BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'no'); END")
        }
        for _ in 0..<2 { await #expect(throws: StateError.self) { try await detector.step() } }
        #expect(try remembered(state) == before)
        try state.write { try $0.execute(sql: "DROP TRIGGER fault") }
        try await shard.runWhole(detector)
        #expect(try remembered(state) == remembered())
    }

    @Test func `a reload keeps what was remembered, and converts it where the script says how`() async throws {
        try await shard.put(accuracies(100))
        let library = try bench.library(["detect.lua": Self.text])
        let rules = try DetectScripts(library, environment: bench.environment())
        let detector = try bench.detector(rules, on: shard.stream)
        try await detector.drain()
        let next = Self.text.replacing(
            "refractory = 0,",
            with: "refractory = 0, state_version = 2, migrate = function(old) return { seen = old.seen * 1000 } end,"
        )
        try bench.directory.write(next, to: "scripts/detect.lua")
        for _ in 0..<2 { library.reload() }
        try await shard.put(accuracies(50, seed: 8), package: 2)
        try await detector.drain()
        try await detector.finish()
        let state = try bench.state.read { try ScriptStates.load(.detect, scope: ShardBench.shard, in: $0) }
        #expect(state.version == 2 && state.value(Array("seen".utf8)) == .integer(100_050))
    }

    @Test func `status shows what each function was called for, and how often in vain`() async throws {
        try await shard.put(accuracies(199) + ["{\"name\":\"n\"}"])
        try await shard.runWhole(detector())
        let report = try StatusReport(configuration: bench.configuration, outside: bench.outside)
        let functions = try #require(report.json["roles"]?.array?.first?["functions"]?.array)
        #expect(functions.map { $0["function"]?.string } == ["features", "decide"])
        #expect(functions[0]["calls"] == .integer(200) && functions[0]["errors"] == .integer(1))
        #expect(try functions[1]["calls"] == .integer(Int64(shard.count("finding"))))
        #expect(try functions[1]["errors"] == .integer(0) && shard.count("finding") > 0)
        for name in ["cpu_s", "p99_us", "heap_bytes"] { #expect(functions[0][name]?.double ?? 0 > 0) }
        #expect(report.text(asJSON: false).contains("features: 200 calls, 1 errors"))
    }
}
