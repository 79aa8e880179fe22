import Detection
import GRDB
import Testing

@testable import AnomaliesAgent

/// What does not come. Event times are seconds; five minutes are expected.
@Suite struct SilenceTests {
    private let bench: Workbench
    private let stream: LocalStream

    init() throws {
        bench = try Workbench()
        stream = try bench.stream()
    }

    private func rules(per: String? = "host", every: Duration = .seconds(300)) throws -> FixedRules {
        let rules = try FixedRules(refractory: .zero, time: FeaturePath("at"), key: FeaturePath("host"))
        let path = try per.map { try FeaturePath($0) }
        rules.change {
            $0.expectation = Expectation(every: every, per: path)
            // No record is a finding.
            $0.detector.rule = .score(100)
        }
        return rules
    }

    /// At seconds after the clock's own start.
    private func put(_ records: (host: String, second: Int)..., package: UInt128 = 1) async throws {
        let base = 1_795_366_800
        let texts = records.map { "{\"host\":\"\($0.host)\",\"accuracy\":1,\"at\":\(base + $0.second)}" }
        try await stream.put(entries(texts, package: package))
    }

    /// Host and second of event time of each alert so far.
    private var told: [String] {
        bench.console.alerts.map { "\($0.key ?? "-") \($0.time / 1000 - 1_795_366_800)" }
    }

    @Test func `a key that falls silent is found once, while others go on`() async throws {
        let detector = try bench.detector(try rules(), on: stream)
        bench.clock.advance(.seconds(1_000))
        try await put(("a", 0), ("b", 0), ("a", 200), ("b", 200), ("a", 400), ("a", 499))
        try await detector.drain()
        #expect(told == [])
        try await put(("a", 501), ("a", 700), package: 2)
        try await detector.drain()
        // Five minutes after its last record.
        #expect(told == ["b 500"])
        try await put(("a", 900), package: 3)
        try await detector.drain()
        #expect(told == ["b 500"])
        let alert = try #require(bench.console.alerts.first)
        #expect(alert.rule == "silence" && alert.record["host"]?.string == "b" && alert.details == nil)
        #expect(alert.message?.contains("host b for more than 5") == true)
        // Heard of again and silent again: that is news.
        try await put(("b", 950), ("a", 1_000), package: 4)
        bench.clock.advance(.seconds(1_000))
        try await put(("a", 1_200), ("a", 1_300), package: 5)
        try await detector.drain()
        #expect(told == ["b 500", "b 1250"])
        #expect(try bench.totals()[.found] == 2 && bench.totals()[.alerted] == 2)
    }

    @Test func `where nothing comes at all the clock says so, once, and over restarts`() async throws {
        let rules = try rules()
        try await put(("a", 0), ("b", 10))
        let detector = try bench.detector(rules, on: stream)
        try await detector.drain()
        bench.clock.advance(.seconds(290))
        try await detector.drain()
        #expect(told == [])
        bench.clock.advance(.seconds(5))
        try await detector.drain()
        #expect(told == ["a 300"])
        // Nobody ran for an hour, which is nobody else's silence: what is expected is expected from then on.
        bench.clock.advance(.seconds(3_600))
        let second = try bench.detector(rules, on: stream)
        try await second.drain()
        #expect(told == ["a 300"])
        bench.clock.advance(.seconds(301))
        try await second.drain()
        #expect(told == ["a 300", "b 310"])
        let third = try bench.detector(rules, on: stream)
        for _ in 0..<3 {
            try await third.drain()
            bench.clock.advance(.seconds(3_600))
        }
        #expect(told == ["a 300", "b 310"])
    }

    @Test func `without a key the stream as a whole is expected, also before its first record`() async throws {
        let detector = try bench.detector(try rules(per: nil), on: stream)
        try await detector.drain()
        bench.clock.advance(.seconds(299))
        try await detector.drain()
        #expect(told == [])
        bench.clock.advance(.seconds(2))
        try await detector.drain()
        #expect(told == ["- 300"])
        #expect(bench.console.alerts.first?.message?.hasPrefix("Nothing came for more than") == true)
        // Records that were there all the time and came late do not repeat it; a gap in them does.
        bench.clock.advance(.seconds(1_000))
        try await put(("a", 350), ("a", 500), ("a", 1_000))
        try await detector.drain()
        #expect(told == ["- 300", "- 800"])
    }

    @Test func `a commit that fails tells nothing, and the next try tells once`() async throws {
        let detector = try bench.detector(try rules(), on: stream)
        bench.clock.advance(.seconds(1_000))
        try await put(("a", 0), ("b", 400))
        try bench.state.write {
            try $0.execute(sql: "CREATE TRIGGER fault BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'no'); END")
        }
        for _ in 0..<2 { await #expect(throws: StateError.self) { try await detector.step() } }
        #expect(told == [])
        try bench.state.write { try $0.execute(sql: "DROP TRIGGER fault") }
        try await detector.drain()
        #expect(told == ["a 300"])
    }

    @Test func `a wrong clock far ahead makes nobody late`() async throws {
        let detector = try bench.detector(try rules(), on: stream)
        try await put(("a", 0), ("mad", 900_000_000), ("a", 5))
        try await detector.drain()
        #expect(told == [])
        // It is on time again within what is expected of it.
        try await put(("a", 100), ("mad", 100), package: 2)
        try await detector.drain()
        #expect(told == [])
    }

    @Test func `a key that is late from its first record on is not silent before it was in time once`() async throws {
        let detector = try bench.detector(try rules(), on: stream)
        bench.clock.advance(.seconds(2_000))
        try await put(("a", 1_000))
        try await detector.drain()
        try await put(("old", 10), ("a", 1_010), package: 2)
        try await detector.drain()
        #expect(told == [])
    }

    @Test func `many that fall silent at once are one finding`() async throws {
        let detector = try bench.detector(try rules(), on: stream)
        try await stream.put(
            entries((0..<50).map { "{\"host\":\"h\($0)\",\"accuracy\":1,\"at\":1795366800}" })
        )
        try await detector.drain()
        bench.clock.advance(.seconds(301))
        try await detector.drain()
        #expect(told == ["- 300"])
        #expect(bench.console.alerts.first?.message?.contains("50 values of host") == true)
        bench.clock.advance(.seconds(3_000))
        try await detector.drain()
        #expect(bench.console.alerts.count == 1)
    }

    @Test func `the number of keys is bounded: the one heard of longest ago is forgotten`() async throws {
        try bench.state.write { database in
            for key in 0..<30 {
                let row = ExpectedKeys.Row(key: "k\(key)", seen: Int64(key), isTold: false)
                try ExpectedKeys.save([row], "host", shard: "s", heard: 0, in: database)
                try ExpectedKeys.trim("host", to: 20, in: database)
            }
        }
        let keys = try bench.state.read { try Int64.fetchAll($0, sql: "SELECT seen FROM expected ORDER BY seen") }
        #expect(keys == Array(10..<30))
    }

    @Test func `history says nothing of who is there, and records without a feature do`() async throws {
        let detector = try bench.detector(try rules(), on: stream)
        let history = ["{\"host\":\"old\",\"accuracy\":1,\"at\":1795360000}"]
        try await stream.put(entries(history, package: 7, isHistory: true))
        try await stream.put(entries(["{\"host\":\"dumb\",\"at\":1795366800}"], package: 8))
        try await detector.drain()
        bench.clock.advance(.seconds(400))
        try await detector.drain()
        #expect(told == ["dumb 300"])
    }

    @Test func `silence that is less severe than people want to hear of is a finding only`() async throws {
        let rules = try rules()
        rules.change { $0.minSeverity = "error" }
        let detector = try bench.detector(rules, on: stream)
        try await put(("a", 0))
        try await detector.drain()
        bench.clock.advance(.seconds(400))
        try await detector.drain()
        #expect(told == [])
        let report = try FindingsReport(
            configuration: bench.configuration,
            outside: bench.outside,
            reason: "severity",
            limit: 10
        )
        #expect(report.rows.map { $0["rule"]?.string } == ["silence"])
    }
}
