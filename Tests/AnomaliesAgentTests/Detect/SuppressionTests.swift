import Detection
import Foundation
import GRDB
import RandomCutForest
import Testing
import Transport

@testable import AnomaliesAgent

/// Findings that nobody is told of: each is kept with its reason, and can be asked for.
@Suite struct SuppressionTests {
    private let bench: Workbench
    private let stream: LocalStream

    init() throws {
        bench = try Workbench()
        stream = try bench.stream()
    }

    private func run(_ records: [String], _ rules: FixedRules, package: UInt128 = 1) async throws {
        try await stream.put(entries(records, package: package))
        try await bench.detector(rules, on: stream).drain()
    }

    private func findings(_ reason: String? = nil) throws -> [JSONValue] {
        try FindingsReport(
            configuration: bench.configuration,
            outside: bench.outside,
            reason: reason,
            limit: 1_000
        ).rows
    }

    private func reasons() throws -> [String] { try findings().map { $0["suppressed"]?.string ?? "alerted" } }

    struct Case: CustomTestStringConvertible, Sendable {
        let reason: String
        let change: @Sendable (inout DetectRules) -> Void
        var testDescription: String { reason }
    }

    @Test(arguments: [
        Case(reason: "direction") { $0.decision.only = .drops },
        Case(reason: "near expected") { $0.decision.nearExpected = [DecisionRules.Tolerance(above: 1_000)] },
        Case(reason: "severity") { $0.minSeverity = "critical" },
        Case(reason: "rule") { $0.decides = true },
        Case(reason: "refractory") { $0.refractory = .seconds(60) },
    ])
    func `each reason is kept with the finding and can be asked for`(c: Case) async throws {
        let rules = try FixedRules(refractory: .zero) { _ in nil }
        rules.change(c.change)
        try await run(accuracies(300), rules)
        let told = bench.console.alerts.count
        let all = try findings()
        let suppressed = try findings(c.reason)
        #expect(suppressed.count > 3)
        // In the refractory period of nothing all else is told.
        #expect(told == (c.reason == "refractory" ? 1 : 0))
        #expect(try findings("alerted").count == told && suppressed.count == all.count - told)
        for finding in suppressed {
            #expect(finding["direction"]?.string == "rises")
            #expect((9...21).contains(try #require(finding["expected"]?["accuracy"]?.double)))
            #expect((0.0...1).contains(try #require(finding["likelihood"]?.double)))
            let (score, parts) = (finding["score"]?.double, finding["attribution"]?["accuracy"]?.double)
            #expect(abs(try #require(score) - (try #require(parts))) < 1e-6)
            #expect(try #require(finding["threshold"]?.double) == 1.8)
        }
        // A finding that is no anomaly after all is not counted as one.
        let isAnomaly = ["severity", "rule", "refractory"].contains(c.reason)
        #expect(try bench.totals()[.found] ?? 0 == (isAnomaly ? all.count : 0))
        let status = try StatusReport(configuration: bench.configuration, outside: bench.outside)
        #expect(status.json["suppressed"]?[c.reason]?.integer == Int64(suppressed.count))
        #expect(status.text(asJSON: false).contains("\(c.reason) \(suppressed.count)"))
    }

    @Test func `echoes are findings of nobody's, and precision does not count them`() async throws {
        let rules = try FixedRules(trees: 50, refractory: .zero)
        rules.change {
            $0.detector.forest.shingleSize = 4
            $0.detector.forest.sampleSize = 256
            $0.detector.rule = .calibrated
        }
        try await run(
            accuracies(1_000, everyOther: 1_001) + ["{\"accuracy\":95}"] + accuracies(20, everyOther: 99),
            rules
        )
        let echoes = try findings("in-shingle")
        let after: [Int64] = [1_002, 1_003, 1_004]
        #expect((1...3).contains(echoes.count { after.contains($0["line"]?.integer ?? 0) }))
        let alerted = try findings("alerted").compactMap { $0["line"]?.integer }
        #expect(alerted.contains(1_001) && !alerted.contains(where: after.contains))
        let lines = try bench.state.read {
            try Findings.lines(ofPackage: "\(PackageID(value: 1))", in: $0).keys.sorted()
        }
        #expect(lines.contains(1_001) && !lines.contains { after.contains(Int64($0)) })
    }

    @Test func `the newest findings are listed for people and for programs`() async throws {
        try await run(accuracies(300), try FixedRules())
        func lines(_ limit: Int, asJSON: Bool) throws -> [String] {
            try FindingsReport(
                configuration: bench.configuration,
                outside: bench.outside,
                reason: nil,
                limit: limit
            ).lines(asJSON: asJSON)
        }
        let all = try lines(1_000, asJSON: false)
        #expect(try lines(2, asJSON: false) == all.suffix(2))
        #expect(all[0].contains("  rises  accuracy expected 1") && all[0].hasSuffix("alerted"))
        #expect(all[1].hasSuffix("not told: refractory"))
        #expect(try lines(1_000, asJSON: true).map { try JSONValue(parsing: $0) } == findings())
    }

    @Test(arguments: [("sometimes", 5, "--reason"), ("rule", 0, "--limit")])
    func `a reason that there is not is refused with those there are`(reason: String, limit: Int, words: String) throws
    {
        let error = #expect(throws: SetupProblem.self) {
            try FindingsReport(configuration: bench.configuration, outside: bench.outside, reason: reason, limit: limit)
        }
        #expect(error?.description.contains(words) == true)
    }

    @Test func `an alert says what was expected, in the outbox and in the mail`() async throws {
        try await run(accuracies(30), try FixedRules())
        let alert = try #require(bench.console.alerts.first)
        let details = try #require(alert.details)
        #expect(details.direction == .rises && details.expected["accuracy"]?.double != nil)
        #expect(Alert(json: try JSONValue(parsing: alert.json.display)) == alert)
        let composer = MailComposer(
            envelope: Envelope(from: try .init("a@example.com"), to: [try .init("b@example.com")]),
            object: nil
        )
        let mail = String(
            decoding: composer.compose(alert, with: BuiltInNotifyRules(), log: bench.log).bytes,
            as: UTF8.self
        )
        #expect(mail.contains("(expected about 1") && mail.contains("So far one in "))
    }

    private func text(of alert: Alert) throws -> String {
        let composer = MailComposer(
            envelope: Envelope(from: try .init("a@example.com"), to: [try .init("b@example.com")]),
            object: nil
        )
        let mail = composer.compose(alert, with: BuiltInNotifyRules(), log: bench.log)
        let all = String(decoding: mail.bytes, as: UTF8.self).replacing("=\r\n", with: "")
        return String(try #require(all.split(separator: "Content-Type: text/html").first))
    }

    @Test func `a mail tells what was expected where it is not what came, and hotspots in words`() async throws {
        try await run(accuracies(30), try FixedRules())
        var alert = try #require(bench.console.alerts.first)
        alert.record = ["x": 48.37, "y": 6.5]
        alert.details?.expected = ["x": .number(Double(Float(48.37))), "y": 3]
        let plain = try text(of: alert)
        #expect(plain.contains("  x: 48.37\r\n") && plain.contains("  y: 6.5 (expected about 3)\r\n"))
        #expect(!plain.contains("hotspot"))
        alert.details?.hotspots = try JSONValue(
            parsing: #"[{"density":48.25,"maxValues":[4,7.5],"minValues":[3.125,6]}]"#
        )
        #expect(Alert(json: try JSONValue(parsing: alert.json.display)) == alert)
        #expect(try text(of: alert).contains("In a hotspot: x 3.125 to 4, y 6 to 7.5 (density 48.25).\r\n"))
        alert.details?.hotspots = .array([])
        #expect(try text(of: alert).contains("In a hotspot: none.\r\n"))
        alert.rule = SilenceWatch.rule
        alert.details = nil
        let silence = try text(of: alert)
        #expect(silence.contains("This was noticed at ") && silence.contains("Severity warning."))
        #expect(!silence.contains("Score") && silence.contains(" is silent"))
    }

    @Test func `an alert budget goes on bit by bit over restarts, and its score is shown`() async throws {
        let rules = try FixedRules(refractory: .zero, time: FeaturePath("at"))
        rules.change { $0.alerts = AlertBudget(count: 2, period: 3_600_000, quiet: 0) }
        let records = accuracies(1_000).enumerated().map { index, text in
            "\(text.dropLast()),\"at\":\(1_700_000_000 + index * 60)}"
        }
        try await stream.put(entries(records))
        let whole = try bench.detector(rules, on: stream)
        try await whole.drain()
        try await whole.finish()
        let directory = try TemporaryDirectory()
        var state = try StateStore(directory: directory.path, files: bench.files)
        for index in 0..<20 {
            let part = try bench.detector(rules, on: stream, state: state)
            _ = try await part.step()
            if index % 2 == 0 { try await part.finish() }
            state = try StateStore(directory: directory.path, files: bench.files)
        }
        func rows(_ state: StateStore) throws -> [String] {
            try state.read {
                try String.fetchAll($0, sql: "SELECT sequence || ' ' || details FROM findings ORDER BY id")
            }
        }
        #expect(try rows(state) == rows(bench.state))
        // 16 hours at two an hour; an anomaly comes every 25 minutes, and the budget takes the best of them.
        #expect((15...40).contains(bench.console.alerts.count / 2))
        let status = try StatusReport(configuration: bench.configuration, outside: bench.outside).json
        let detect = status["roles"]?.array?.first { $0["role"]?.string == "detect" }
        #expect(detect?["thresholds"]?["shardId-000000000000"]?.double ?? 0 > 0)
    }

    // MARK: - What is missing

    @Test(arguments: [MissingValues.previous, .zero, .linear, .forest])
    func `a missing field is put in, and a restart puts in the same`(missing: MissingValues) async throws {
        let rules = try FixedRules()
        rules.change { $0.detector.missing = missing }
        var records = accuracies(300)
        for line in stride(from: 40, to: 300, by: 11) { records[line] = line % 2 == 0 ? "{\"accuracy\":null}" : "{}" }
        try await stream.put(entries(records))
        let whole = try bench.detector(rules, on: stream)
        try await whole.drain()
        try await whole.finish()
        #expect(try bench.totals()[.scored] == 300 && bench.quarantined().isEmpty)
        let directory = try TemporaryDirectory()
        let state = try StateStore(directory: directory.path, files: bench.files)
        for _ in 0..<6 { _ = try await bench.detector(rules, on: stream, state: state).step() }
        let last = try bench.detector(rules, on: stream, state: state)
        try await last.drain()
        try await last.finish()
        func snapshot(_ state: StateStore) throws -> String? {
            try state.read { try String.fetchOne($0, sql: "SELECT file FROM snapshots ORDER BY batch DESC") }
        }
        #expect(try snapshot(state) == snapshot(bench.state))
    }

    @Test func `a record that is skipped is counted as that, and the ledger balances`() async throws {
        let rules = try FixedRules()
        rules.change { $0.skipsMissing = true }
        var records = accuracies(100)
        records[49] = "{\"accuracy\":null}"
        records[50] = "{}"
        records[51] = "{\"accuracy\":\"text\"}"
        try await run(records, rules)
        #expect(try bench.totals()[.scored] == 97 && bench.totals()[.skipped] == 2)
        #expect(try bench.quarantined().map(\.line) == [52])
        let package = "\(PackageID(value: 1))"
        try bench.state.write { try Ledger.add(100, .relayed, package: package, in: $0) }
        #expect(try bench.state.read { try Ledger.isJudged(package, in: $0) } && bench.imbalances().isEmpty)
        // The redo log knows of them: after a restart nothing else comes of it.
        try await bench.detector(rules, on: stream).drain()
        #expect(try bench.totals()[.skipped] == 2)
    }
}
