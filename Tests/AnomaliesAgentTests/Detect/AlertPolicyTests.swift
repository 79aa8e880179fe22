import Detection
import GRDB
import Testing

@testable import AnomaliesAgent

@Suite struct AlertPolicyTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    /// A finding at a second of event time.
    private func finding(_ second: Int64, key: String? = nil, rule: String = "r", line: Int = 0, silent: Bool = false)
        -> Finding
    {
        Finding(
            sequenceNumber: "\(second)",
            identity: RecordIdentity(package: PackageID(value: 1), line: line == 0 ? Int(second) + 1 : line),
            time: second * 1_000,
            record: ["n": .integer(second)],
            score: 3,
            grade: 0.9,
            key: key,
            decision: Decision(rule: rule),
            suppression: silent ? .rule : nil
        )
    }

    /// Seconds of the alerts that one batch led to, each with what it left out.
    private func apply(_ findings: Finding..., refractory: Duration = .seconds(60)) throws -> [[Int64]] {
        try bench.state.write { database in
            try AlertPolicy.apply(
                to: findings,
                refractory: refractory,
                shard: "s",
                generation: "g",
                now: 0,
                in: database
            ).map { [$0.time / 1_000, Int64($0.suppressed)] }
        }
    }

    @Test
    func `of a key and rule there is one alert a period of event time, and the next tells how many were left out`()
        throws
    {
        #expect(try apply(finding(0), finding(1), finding(59)) == [[0, 0]])
        #expect(try apply(finding(59)) == [])
        #expect(try apply(finding(60)) == [[60, 3]])
        #expect(try apply(finding(61), finding(500)) == [[500, 1]])
    }

    @Test func `keys and rules have periods of their own`() throws {
        #expect(
            try apply(
                finding(0),
                finding(1, key: "a"),
                finding(2, rule: "q"),
                finding(3, key: "a", rule: "q"),
                finding(4, key: "a")
            )
                == [[0, 0], [1, 0], [2, 0], [3, 0]]
        )
    }

    @Test func `a period of nothing alerts every finding`() throws {
        #expect(try apply(finding(0), finding(0, line: 9), finding(1), refractory: .zero).count == 3)
    }

    @Test func `late records do not open the period again for those of now`() throws {
        // As when one shard catches up while another is at the tip.
        #expect(
            try apply(finding(1_000), finding(100), finding(1_001), finding(101), finding(1_002), finding(102)) == [
                [1_000, 0], [100, 0],
            ]
        )
    }

    @Test func `one time from the far future does not silence what comes after it, nor make it a storm`() throws {
        #expect(try apply(finding(10)) == [[10, 0]])
        #expect(
            try apply(finding(250_000_000_000), finding(80), finding(81), finding(82)) == [
                [250_000_000_000, 0], [80, 0],
            ]
        )
    }

    @Test func `what the rule lets pass is a finding and no alert, and not counted as left out`() throws {
        #expect(
            try apply(finding(0, silent: true), finding(1), finding(2, silent: true), finding(70)) == [
                [1, 0], [70, 0],
            ]
        )
        #expect(try bench.state.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM findings") } == 4)
    }

    @Test func `an alert has the same id whenever and wherever it is decided, and survives the outbox`() throws {
        let one = Alert(finding(5, key: "k"), suppressed: 2, shard: "s", generation: "g")
        let other = Alert(finding(5, key: "k"), suppressed: 0, shard: "t", generation: "h")
        #expect(one.id == other.id)
        #expect(one.id != Alert(finding(5, rule: "q"), suppressed: 0, shard: "s", generation: "g").id)
        #expect(one.id != Alert(finding(6), suppressed: 0, shard: "s", generation: "g").id)
        #expect(Alert(json: try JSONValue(parsing: one.json.display)) == one)
        #expect(Alert(json: ["id": "x"]) == nil)
    }
}
