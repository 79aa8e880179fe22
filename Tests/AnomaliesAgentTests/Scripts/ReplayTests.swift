import GRDB
import Testing

@testable import AnomaliesAgent

/// What would have been alerted: recorded packages judged again.
@Suite struct ReplayTests {
    private let bench: Workbench
    private let first: Milliseconds

    init() throws {
        bench = try Workbench()
        first = SystemClock().now
        bench.clock.advance(.milliseconds(first - bench.clock.now))
    }

    private func scripts(_ name: String, decide: String = "true") throws -> String {
        try bench.directory.write(
            """
            return { features = { "accuracy" }, threshold = 1.8, refractory = 0,
              forest = { trees = 20, sample_size = 32, time_decay = 1000 },
              decide = function(record) return \(decide) end }
            """,
            to: "\(name)/detect.lua"
        )
        return "\(bench.directory.path)/\(name)"
    }

    /// The scripts of `name` are those that run.
    private func run(_ name: String) throws {
        let history = try GenerationHistory(bench.state, clock: bench.clock, isKeeper: true)
        _ = try ScriptLibrary(
            try scripts(name),
            files: bench.files,
            environment: bench.environment(),
            history: history,
            log: bench.log
        )
    }

    /// Packages of 100 records, in which lines 40 and 41 of every one but the first are anomalies, and labelled.
    private func store(_ packages: Int) async throws {
        let bucket = try bench.bucket()
        for number in 0..<packages {
            var lines = accuracies(100, everyOther: 1_000, seed: UInt64(number))
            let time = first - Int64(packages - number) * 60_000
            let key = bench.naming.name(epochMicroseconds: time * 1_000).key
            if number > 0 {
                for line in [40, 41] { lines[line - 1] = "{\"name\":\"x\",\"accuracy\":\(900 + line + 100 * number)}" }
                try bench.labels.append([(40, "high"), (41, "high")], object: key, time: time)
            }
            _ = try await bucket.put(try gzip(lines.joined(separator: "\n") + "\nnonsense\n"), key: key)
        }
    }

    private var command: ReplayCommand {
        ReplayCommand(configuration: bench.configuration, outside: bench.outside, log: bench.log)
    }

    private func objects(_ words: [String] = [], other: String? = nil) async throws -> [JSONValue] {
        try await command.run(words, other: other, asJSON: true).map { try JSONValue(parsing: $0) }
    }

    @Test func `labelled records count as found or missed, with how long it took`() async throws {
        try run("scripts")
        try await store(4)
        let all = try await objects()
        let summary = try #require(all.last)
        let scripts = try #require(summary["scripts"]?.array?.first)
        #expect(summary["packages"] == .integer(4) && summary["bad_lines"] == .integer(4))
        #expect(scripts["records"] == .integer(400) && scripts["injected"] == .integer(6))
        let recall = try #require(scripts["recall"]?.double)
        #expect(recall >= 0.5 && scripts["median_delay_records"] == .integer(0))
        #expect(all.dropLast().contains { $0["place"]?.string?.hasSuffix(":40") == true })
        #expect(scripts["alerts"] == .integer(Int64(all.count - 1)) && scripts["findings"] == scripts["alerts"])
    }

    @Test func `two script sets are compared alert by alert`() async throws {
        try run("scripts")
        try await store(4)
        let other = try scripts("other", decide: "record.accuracy > 1150")
        let summary = try #require(try await objects(other: other).last)
        let alerts = summary["scripts"]?.array?.compactMap { $0["alerts"]?.integer } ?? []
        #expect(alerts.count == 2 && alerts[1] > 0 && alerts[1] < alerts[0])
        #expect(summary["in_both"]?.integer == alerts[1] && summary["only_second"] == .integer(0))
        #expect(summary["only_first"]?.integer == alerts[0] - alerts[1])
        let lines = try await command.run([], other: other, asJSON: false)
        #expect(
            lines.count { $0.hasPrefix("- ") } == Int(alerts[0] - alerts[1]) && !lines.contains { $0.hasPrefix("+ ") }
        )
    }

    @Test func `files are replayed as packages are, with their labels, and the same each time`() async throws {
        try run("scripts")
        try await store(3)
        let files = ["\(bench.directory.path)/bucket"]
        let one = try await objects(files)
        #expect(try await objects(files) == one)
        let (file, package) = (one.last?["scripts"]?.array?.first, try await objects().last?["scripts"]?.array?.first)
        for name in ["records", "alerts", "injected", "recall", "precision"] { #expect(file?[name] == package?[name]) }
    }

    @Test func `the simulator's history is learned and alerts nobody`() async throws {
        try run("scripts")
        try await store(3)
        try bench.state.write { database in
            try database.execute(
                sql: """
                    INSERT INTO feed (number, key, time, records, injected, history, package)
                    SELECT 1, ?, 0, 100, 0, 1, ''
                    """,
                arguments: [bench.naming.name(epochMicroseconds: (first - 60_000) * 1_000).key]
            )
        }
        let summary = try #require(try await objects().last?["scripts"]?.array?.first)
        #expect(summary["records"] == .integer(300))
        let alerted = try await objects().dropLast().compactMap { $0["record"]?["accuracy"]?.integer }
        #expect(alerted.allSatisfy { $0 < 1_100 }, "\(alerted)")
    }

    @Test func `nothing of the state changes`() async throws {
        try run("scripts")
        try await store(2)
        _ = try await objects()
        let counts = try bench.state.read { database in
            try ["findings", "outbox", "redo", "positions", "incidents"].map {
                try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \($0)") ?? -1
            }
        }
        #expect(counts == [0, 0, 0, 0, 0])
    }
}
