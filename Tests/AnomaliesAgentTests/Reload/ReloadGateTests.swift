import Detection
import Testing

@testable import AnomaliesAgent

@Suite struct ReloadGateTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    /// A hundred records a second apart that score 1, and 5 where `high` says so.
    private func batch(_ detector: String, high: (Int) -> Bool) -> RecentRecords.Batch {
        var batch = RecentRecords.Batch(number: 1, detector: detector, bytes: [], rows: [])
        for index in 0..<100 {
            let record = Array("{\"a\":\(high(index) ? 90 : 10 + index % 7),\"host\":\"h\(index % 2)\"}".utf8)
            let start = batch.bytes.count
            batch.bytes += record
            batch.rows.append(
                RecentRecords.Row(
                    sequenceNumber: "\(index)",
                    range: start..<batch.bytes.count,
                    time: Int64(index) * 1_000,
                    usual: Reading(score: high(index) ? 5 : 1, level: high(index) ? 4 : 0, typical: 1, threshold: 2),
                    explanation: nil,
                    isAlert: index == 50,
                    isHistory: false
                )
            )
        }
        return batch
    }

    private func judge(
        _ rest: String,
        features: String = "{ 'a' }",
        detector: String? = nil,
        elapsed: Duration = .zero,
        high: (Int) -> Bool = { $0 % 10 == 0 }
    ) throws -> ReloadGate.Report {
        let text = "return { features = \(features), refractory = 0, \(rest) }"
        let (rules, functions) = try DetectScripts(
            try bench.library(["detect.lua": text]),
            environment: bench.environment()
        ).current()
        var gate = try ReloadGate(rules, functions, limits: RecordLimits()) { elapsed > $0 }
        return gate.judge([[batch(detector ?? rules.detectorID, high: high)]])
    }

    @Test(arguments: [
        ("", 10), ("threshold = 4.9,", 10), ("threshold = 5,", 0), ("threshold = 0.5,", 100),
        ("threshold = { grade = 0.79 },", 10), ("threshold = { grade = 0.81 },", 0),
        ("decide = function(record) return record.host == 'h1' end,", 0),
        ("decide = function() return { severity = 'info' } end, min_severity = 'warning',", 0),
        ("decide = function(_, result) return #result.direction > 0 end,", 10),
    ])
    func `other rules are tried on the scores that are known`(rest: String, alerts: Int) throws {
        let report = try judge(rest)
        #expect(report == ReloadGate.Report(records: 100, before: 1, after: alerts))
    }

    @Test func `findings of one key soon after an alert are no alerts of their own`() throws {
        #expect(try judge("refractory = '25s',").after == 4)
        #expect(try judge("refractory = '25s', key = 'host', per_key = false,", high: { $0 % 5 == 0 }).after == 8)
    }

    @Test func `a rule that fails alerts as it would, and says so`() throws {
        let report = try judge("decide = function(record) return record.x.y end,")
        #expect(report.after == 10 && report.failures == 10)
        #expect(report.text.contains("last 100 records: 1 alert → 10; 10 failed, the first because"))
        #expect(report.firstFailure?.contains("detect.lua:1") == true)
    }

    @Test func `for other features a forest is taught the older half, and the other is judged`() throws {
        let report = try judge(
            "threshold = 2, forest = { trees = 30, sample_size = 32 },",
            detector: "another",
            high: { $0 % 25 == 24 }
        )
        #expect(report.records == 50)
        #expect((2...4).contains(report.after))
    }

    @Test func `when time is up it says how far it came`() throws {
        let report = try judge("threshold = 0.5,", elapsed: .seconds(60))
        #expect(report.isCut && report.records < 100)
    }

    @Test func `ten times the alerts are let through, more are not`() {
        #expect(!ReloadGate.Report(records: 5_000, before: 3, after: 30).exceeds(factor: 10))
        #expect(ReloadGate.Report(records: 5_000, before: 3, after: 31).exceeds(factor: 10))
        #expect(!ReloadGate.Report(records: 5_000, before: 0, after: 10).exceeds(factor: 10))
        #expect(ReloadGate.Report(records: 5_000, before: 3, after: 214).text == "last 5,000 records: 3 alerts → 214")
    }
}

@Suite struct RecentRecordsTests {
    private func batch(_ number: Int, rows: Int, bytes: Int = 10) -> RecentRecords.Batch {
        let row = RecentRecords.Row(
            sequenceNumber: "",
            range: 0..<1,
            time: 0,
            usual: Reading(score: 1, level: 0, typical: 1, threshold: nil),
            explanation: nil,
            isHistory: false
        )
        return RecentRecords.Batch(
            number: number,
            detector: "d",
            bytes: [UInt8](repeating: 0, count: bytes),
            rows: [RecentRecords.Row](repeating: row, count: rows)
        )
    }

    @Test func `five thousand rows are kept, of whole batches`() {
        let recent = RecentRecords(shards: 1)
        for number in 1...30 { recent.add(batch(number, rows: 400)) }
        #expect(recent.batches.map(\.number) == Array(18...30))
    }

    @Test func `bytes are limited too, and the newest batch is always there`() {
        let recent = RecentRecords(shards: 4, bytes: 8 << 20)
        for number in 1...5 { recent.add(batch(number, rows: 10, bytes: 1 << 20)) }
        #expect(recent.batches.map(\.number) == [4, 5])
        recent.add(batch(6, rows: 1, bytes: 5 << 20))
        #expect(recent.batches.map(\.number) == [6])
    }
}
