import Detection
import Foundation
import GRDB
import RandomCutForest
import Testing

@testable import AnomaliesAgent

@Suite struct ShardDetectorTests {
    private let shard: ShardBench
    private var bench: Workbench { shard.bench }
    private var stream: LocalStream { shard.stream }

    init() throws { shard = try ShardBench() }

    // MARK: - Restart

    enum Restart: String, CaseIterable, Sendable { case killed, stopped, byTurns }

    @Test(arguments: Restart.allCases)
    func `restarted after every batch, detection comes to what it does in one go, bit by bit`(restart: Restart)
        async throws
    {
        try await shard.put(accuracies(600))
        try await shard.put(accuracies(200, seed: 9), package: 2)
        try await shard.runWhole(bench.detector(FixedRules(), on: stream))

        let (directory, state, batches) = try await shard.runRestarting {
            try bench.detector(FixedRules(), on: stream, state: $0)
        } stops: {
            restart == .stopped || restart == .byTurns && $0 % 3 == 0
        }
        defer { withExtendedLifetime(directory) {} }
        #expect(batches == 16)
        let (one, many) = (try shard.decided(), try shard.decided(state))
        // Snapshots differ in number, and with them what of the redo log is still kept.
        #expect(one.filter { !$0.hasPrefix("redo") } == many.filter { !$0.hasPrefix("redo") })
        let redo = Set(one.filter { $0.hasPrefix("redo") })
        #expect(many.filter { $0.hasPrefix("redo") }.allSatisfy(redo.contains) || restart == .killed)
        #expect(try shard.newestSnapshot(bench.state) == shard.newestSnapshot(state))
        #expect(try shard.count("finding") > 20 && shard.count("alert") > 0)
    }

    @Test func `with a damaged newest snapshot the one before it and the log give the same`() async throws {
        try await shard.put(accuracies(600))
        try await shard.runWhole(bench.detector(FixedRules(), on: stream))

        let (directory, state) = try shard.newState()
        defer { withExtendedLifetime(directory) {} }
        let first = try bench.detector(FixedRules(), on: stream, snapshotRecords: 100, state: state)
        for _ in 0..<9 { _ = try await first.step() }
        let newest = try #require(try shard.newestSnapshot(state))
        try directory.write("damaged", to: "snapshots/\(newest)")
        let second = try bench.detector(FixedRules(), on: stream, snapshotRecords: 100, state: state)
        try await second.drain()
        try await second.finish()
        #expect(try shard.newestSnapshot(bench.state) == shard.newestSnapshot(state))
        #expect(
            try shard.decided().filter { $0.hasPrefix("finding") }
                == shard.decided(state).filter { $0.hasPrefix("finding") }
        )
    }

    @Test func `a commit that fails leaves nothing, and the next try comes to the same`() async throws {
        try await shard.put(accuracies(300))
        try await shard.runWhole(bench.detector(FixedRules(), on: stream))

        let (directory, state) = try shard.newState()
        defer { withExtendedLifetime(directory) {} }
        let detector = try bench.detector(FixedRules(), on: stream, state: state)
        _ = try await detector.step()
        let before = try shard.decided(state)
        // The ledger is what a commit writes last.
        try state.write {
            try $0.execute(sql: "CREATE TRIGGER fault BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'no'); END")
        }
        for _ in 0..<2 { await #expect(throws: StateError.self) { try await detector.step() } }
        #expect(try shard.decided(state) == before)
        try state.write { try $0.execute(sql: "DROP TRIGGER fault") }
        try await shard.runWhole(detector)
        #expect(try shard.decided(state) == shard.decided())
        #expect(try shard.newestSnapshot(bench.state) == shard.newestSnapshot(state))
    }

    // MARK: - Deliveries

    @Test func `a redelivery is neither learned nor alerted, and counted as what it is`() async throws {
        try await shard.put(accuracies(300))
        let detector = try bench.detector(FixedRules(refractory: .zero), on: stream)
        try await detector.drain()
        let (findings, alerts) = (try shard.count("finding"), try shard.count("alert"))
        #expect(findings > 5 && alerts == findings)
        try await shard.put(accuracies(300))
        try await detector.drain()
        #expect(try shard.count("finding") == findings)
        #expect(try shard.count("alert") == alerts)
        #expect(try bench.totals()[.scored] == 300)
        #expect(try bench.totals()[.repeated] == 300)
        // Nor after a restart.
        try await shard.put(accuracies(300))
        try await bench.detector(FixedRules(refractory: .zero), on: stream).drain()
        #expect(try shard.count("alert") == alerts)
        #expect(try bench.totals()[.scored] == 300)
    }

    @Test func `records of other producers have no identity and are all learned`() async throws {
        for _ in 0..<2 {
            let foreign = accuracies(50).map { StreamEntry(data: Array($0.utf8), partitionKey: "theirs", hashKey: 0) }
            try await stream.put(foreign)
        }
        try await bench.detector(FixedRules(), on: stream).drain()
        #expect(try bench.totals()[.scored] == 100)
    }

    @Test func `history is learned and never alerted`() async throws {
        try await shard.put(accuracies(200), isHistory: true)
        let detector = try bench.detector(FixedRules(refractory: .zero), on: stream)
        try await detector.drain()
        #expect(try shard.count("finding") == 0 && shard.count("alert") == 0)
        #expect(try bench.totals()[.scored] == 200)
        try await shard.put(["{\"accuracy\":95}"], package: 2)
        try await detector.drain()
        #expect(try shard.count("alert") == 1)
    }

    // MARK: - Records that cannot be used

    @Test(arguments: [
        ("{\"name\":\"x\"}", "field \"accuracy\" is missing"),
        ("{\"accuracy\":\"15\"}", "field \"accuracy\" is a string, not a number"),
        ("{\"accuracy\":null}", "field \"accuracy\" is null, not a number"),
        ("{\"accuracy\":1e300}", "beyond ±3.4e38"),
        ("{\"accuracy\":15", "the record"),
        ("[15]", "the record is JSON but not an object"),
    ])
    func `a record without a usable feature goes to quarantine and the batch goes on`(record: String, reason: String)
        async throws
    {
        var records = accuracies(40)
        records[19] = record
        try await shard.put(records)
        try await bench.detector(FixedRules(), on: stream).drain()
        #expect(try bench.totals()[.scored] == 39)
        #expect(try bench.totals()[.quarantined] == 1)
        let quarantined = try bench.quarantined()
        #expect(quarantined.map(\.line) == [20])
        #expect(quarantined.first?.reason.contains(reason) == true)
        #expect(quarantined.first?.role == "detect")
        #expect(
            try bench.state.read { try Data.fetchOne($0, sql: "SELECT record FROM quarantine") }.map { [UInt8]($0) }
                == Array(record.utf8)
        )
    }

    @Test func `without the declared event time a record goes to quarantine`() async throws {
        try await shard.put([
            "{\"accuracy\":15,\"at\":5}", "{\"accuracy\":15}", "{\"accuracy\":15,\"at\":\"yesterday\"}",
        ])
        try await bench.detector(FixedRules(time: FeaturePath("at")), on: stream).drain()
        #expect(try bench.quarantined().map(\.line) == [2, 3])
    }

    // MARK: - Rules

    @Test func `a rule that fails is stood in for by the threshold; one that returns nothing keeps silent`()
        async throws
    {
        struct Bug: Error {}
        try await shard.put(accuracies(100))
        let failing = try FixedRules(decides: true) { _ in throw ScriptFailure(description: "bug") }
        try await bench.detector(failing, on: stream).drain()
        #expect(try shard.count("alert") == 1)

        let state = try StateStore(directory: try TemporaryDirectory().path, files: bench.files)
        try await bench.detector(FixedRules(decides: true) { _ in nil }, on: stream, state: state).drain()
        #expect(try shard.count("alert", state) == 0)
        #expect(try shard.count("finding", state) == shard.count("finding"))
    }

    @Test func `other forest options are used at once, warmed by recent records, and repeats stay known`() async throws
    {
        try await shard.put(accuracies(300))
        let rules = try FixedRules(refractory: .zero)
        let detector = try bench.detector(rules, on: stream)
        try await detector.drain()
        let alerts = try shard.count("alert")
        rules.change { $0.detector.forest.trees = 15 }
        try await shard.put(accuracies(300))
        try await shard.put(["{\"accuracy\":12}", "{\"accuracy\":96}"], package: 2)
        try await detector.drain()
        #expect(try shard.count("alert") == alerts + 1)
        #expect(try bench.totals()[.scored] == 302)

        // What a restart makes of it is the same, bit by bit.
        try await shard.put(accuracies(100, seed: 8), package: 3)
        let restarted = try bench.detector(rules, on: stream)
        try await restarted.drain()
        try await restarted.finish()
        let name = try shard.newestSnapshot(bench.state)
        let other = try ShardDetectorTests()
        try await other.shard.put(accuracies(300))
        let otherRules = try FixedRules(refractory: .zero)
        let undisturbed = try other.bench.detector(otherRules, on: other.stream)
        try await undisturbed.drain()
        otherRules.change { $0.detector.forest.trees = 15 }
        try await other.shard.put(accuracies(300))
        try await other.shard.put(["{\"accuracy\":12}", "{\"accuracy\":96}"], package: 2)
        try await undisturbed.drain()
        try await other.shard.put(accuracies(100, seed: 8), package: 3)
        try await undisturbed.drain()
        try await undisturbed.finish()
        #expect(try other.shard.newestSnapshot(other.bench.state) == name)
    }

    @Test func `options that changed while nobody ran are warmed too, and repeats stay known`() async throws {
        try await shard.put(accuracies(300))
        let first = try bench.detector(FixedRules(refractory: .zero), on: stream)
        try await first.drain()
        try await first.finish()
        let alerts = try shard.count("alert")
        let rules = try FixedRules(refractory: .zero)
        rules.change {
            $0.detector.forest.trees = 15
            // Other features have other records to be warmed with, and the same repeats.
            $0.features = .function(count: 2)
            $0.detector.forest.features = 2
        }
        try await shard.put(accuracies(300))
        let second = try bench.detector(rules, on: stream)
        try await second.drain()
        #expect(try shard.count("alert") == alerts)
        #expect(try bench.totals()[.scored] == 300)
    }

    @Test func `however often it is restarted, enough of the log is kept to warm another forest`() async throws {
        try await shard.put(accuracies(400))
        for _ in 0..<8 {
            let detector = try bench.detector(FixedRules(), on: stream)
            _ = try await detector.step()
            try await detector.finish()
        }
        #expect(try bench.state.read { try RedoLog.records(shard: ShardBench.shard, after: 0, in: $0) } >= 200)
    }

    @Test func `the features may be a function's`() async throws {
        let rules = try FixedRules()
        rules.change { $0.features = .function(count: 1) }
        try await shard.put(accuracies(100) + ["{\"name\":\"x\"}"])
        try await bench.detector(rules, on: stream).drain()
        #expect(try shard.count("finding") > 0)
        #expect(try bench.quarantined().map(\.reason) == ["no accuracy"])
    }
}
