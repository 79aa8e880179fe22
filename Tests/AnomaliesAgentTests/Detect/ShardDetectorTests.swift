import Detection
import Foundation
import GRDB
import RandomCutForest
import Testing

@testable import AnomaliesAgent

@Suite struct ShardDetectorTests {
    private static let shard = "shardId-000000000000"
    private let bench: Workbench
    private let stream: LocalStream

    init() throws {
        bench = try Workbench()
        stream = try bench.stream()
    }

    private func put(_ records: [String], package: UInt128 = 1, isHistory: Bool = false) async throws {
        try await stream.put(entries(records, package: package, isHistory: isHistory))
    }

    /// Everything that was decided, as text.
    private func decided(_ state: StateStore? = nil) throws -> [String] {
        try (state ?? bench.state).read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT 'redo ' || batch || ' ' || detector || ' ' || hex(entry) FROM redo
                    UNION ALL SELECT 'finding ' || sequence || ' ' || printf('%!.17g %!.17g', score, grade) || ' '
                        || coalesce(alert, '-') || ' ' || time FROM findings
                    UNION ALL SELECT 'alert ' || id || ' ' || alert FROM outbox
                    UNION ALL SELECT 'incident ' || key || rule || alerted || ' ' || suppressed FROM incidents
                    UNION ALL SELECT 'ledger ' || package || stage || count FROM ledger
                    UNION ALL SELECT 'position ' || sequence || ' ' || records FROM positions
                    ORDER BY 1
                    """
            )
        }
    }

    private func count(_ what: String, _ state: StateStore? = nil) throws -> Int {
        try decided(state).count { $0.hasPrefix("\(what) ") }
    }

    /// The name of the newest snapshot, which is a digest of its content.
    private func newestSnapshot(_ state: StateStore) throws -> String? {
        try state.read { try String.fetchOne($0, sql: "SELECT file FROM snapshots ORDER BY batch DESC") }
    }

    // MARK: - Restart

    enum Restart: String, CaseIterable, Sendable { case killed, stopped, byTurns }

    @Test(arguments: Restart.allCases)
    func `restarted after every batch, detection comes to what it does in one go, bit by bit`(restart: Restart)
        async throws
    {
        try await put(accuracies(600))
        try await put(accuracies(200, seed: 9), package: 2)
        let whole = try bench.detector(FixedRules(), on: stream)
        try await whole.drain()
        try await whole.finish()

        let directory = try TemporaryDirectory()
        var state = try StateStore(directory: directory.path, files: bench.files)
        var steps = 0
        while true {
            let part = try bench.detector(FixedRules(), on: stream, state: state)
            guard try await part.step() == .worked else {
                try await part.finish()
                break
            }
            steps += 1
            if restart == .stopped || restart == .byTurns && steps % 3 == 0 { try await part.finish() }
            state = try StateStore(directory: directory.path, files: bench.files)
        }
        #expect(steps == 16)
        let (one, many) = (try decided(), try decided(state))
        // Snapshots differ in number, and with them what of the redo log is still kept.
        #expect(one.filter { !$0.hasPrefix("redo") } == many.filter { !$0.hasPrefix("redo") })
        let redo = Set(one.filter { $0.hasPrefix("redo") })
        #expect(many.filter { $0.hasPrefix("redo") }.allSatisfy(redo.contains) || restart == .killed)
        #expect(try newestSnapshot(bench.state) == newestSnapshot(state))
        #expect(try count("finding") > 20 && count("alert") > 0)
    }

    @Test func `with a damaged newest snapshot the one before it and the log give the same`() async throws {
        try await put(accuracies(600))
        let whole = try bench.detector(FixedRules(), on: stream)
        try await whole.drain()
        try await whole.finish()

        let directory = try TemporaryDirectory()
        let state = try StateStore(directory: directory.path, files: bench.files)
        let first = try bench.detector(FixedRules(), on: stream, snapshotRecords: 100, state: state)
        for _ in 0..<9 { _ = try await first.step() }
        let newest = try #require(try newestSnapshot(state))
        try directory.write("damaged", to: "snapshots/\(newest)")
        let second = try bench.detector(FixedRules(), on: stream, snapshotRecords: 100, state: state)
        try await second.drain()
        try await second.finish()
        #expect(try newestSnapshot(bench.state) == newestSnapshot(state))
        #expect(try decided().filter { $0.hasPrefix("finding") } == decided(state).filter { $0.hasPrefix("finding") })
    }

    @Test func `a commit that fails leaves nothing, and the next try comes to the same`() async throws {
        try await put(accuracies(300))
        let whole = try bench.detector(FixedRules(), on: stream)
        try await whole.drain()
        try await whole.finish()

        let directory = try TemporaryDirectory()
        let state = try StateStore(directory: directory.path, files: bench.files)
        let detector = try bench.detector(FixedRules(), on: stream, state: state)
        _ = try await detector.step()
        let before = try decided(state)
        // The ledger is what a commit writes last.
        try state.write {
            try $0.execute(sql: "CREATE TRIGGER fault BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'no'); END")
        }
        for _ in 0..<2 { await #expect(throws: StateError.self) { try await detector.step() } }
        #expect(try decided(state) == before)
        try state.write { try $0.execute(sql: "DROP TRIGGER fault") }
        try await detector.drain()
        try await detector.finish()
        #expect(try decided(state) == decided())
        #expect(try newestSnapshot(bench.state) == newestSnapshot(state))
    }

    // MARK: - Deliveries

    @Test func `a redelivery is neither learned nor alerted, and counted as what it is`() async throws {
        try await put(accuracies(300))
        let detector = try bench.detector(FixedRules(refractory: .zero), on: stream)
        try await detector.drain()
        let (findings, alerts) = (try count("finding"), try count("alert"))
        #expect(findings > 5 && alerts == findings)
        try await put(accuracies(300))
        try await detector.drain()
        #expect(try count("finding") == findings)
        #expect(try count("alert") == alerts)
        #expect(try bench.totals()[.scored] == 300)
        #expect(try bench.totals()[.repeated] == 300)
        // Nor after a restart.
        try await put(accuracies(300))
        try await bench.detector(FixedRules(refractory: .zero), on: stream).drain()
        #expect(try count("alert") == alerts)
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
        try await put(accuracies(200), isHistory: true)
        let detector = try bench.detector(FixedRules(refractory: .zero), on: stream)
        try await detector.drain()
        #expect(try count("finding") == 0 && count("alert") == 0)
        #expect(try bench.totals()[.scored] == 200)
        try await put(["{\"accuracy\":95}"], package: 2)
        try await detector.drain()
        #expect(try count("alert") == 1)
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
        try await put(records)
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
        try await put(["{\"accuracy\":15,\"at\":5}", "{\"accuracy\":15}", "{\"accuracy\":15,\"at\":\"yesterday\"}"])
        try await bench.detector(FixedRules(time: FeaturePath("at")), on: stream).drain()
        #expect(try bench.quarantined().map(\.line) == [2, 3])
    }

    // MARK: - Rules

    @Test func `a rule that fails is stood in for by the threshold; one that returns nothing keeps silent`()
        async throws
    {
        struct Bug: Error {}
        try await put(accuracies(100))
        let failing = try FixedRules(decides: true) { _ in throw ScriptFailure(description: "bug") }
        try await bench.detector(failing, on: stream).drain()
        #expect(try count("alert") == 1)

        let state = try StateStore(directory: try TemporaryDirectory().path, files: bench.files)
        try await bench.detector(FixedRules(decides: true) { _ in nil }, on: stream, state: state).drain()
        #expect(try count("alert", state) == 0)
        #expect(try count("finding", state) == count("finding"))
    }

    @Test func `other forest options are used at once, warmed by recent records, and repeats stay known`() async throws
    {
        try await put(accuracies(300))
        let rules = try FixedRules(refractory: .zero)
        let detector = try bench.detector(rules, on: stream)
        try await detector.drain()
        let alerts = try count("alert")
        rules.change { $0.detector.forest.trees = 15 }
        try await put(accuracies(300))
        try await put(["{\"accuracy\":12}", "{\"accuracy\":96}"], package: 2)
        try await detector.drain()
        #expect(try count("alert") == alerts + 1)
        #expect(try bench.totals()[.scored] == 302)

        // What a restart makes of it is the same, bit by bit.
        try await put(accuracies(100, seed: 8), package: 3)
        let restarted = try bench.detector(rules, on: stream)
        try await restarted.drain()
        try await restarted.finish()
        let name = try newestSnapshot(bench.state)
        let other = try ShardDetectorTests()
        try await other.put(accuracies(300))
        let otherRules = try FixedRules(refractory: .zero)
        let undisturbed = try other.bench.detector(otherRules, on: other.stream)
        try await undisturbed.drain()
        otherRules.change { $0.detector.forest.trees = 15 }
        try await other.put(accuracies(300))
        try await other.put(["{\"accuracy\":12}", "{\"accuracy\":96}"], package: 2)
        try await undisturbed.drain()
        try await other.put(accuracies(100, seed: 8), package: 3)
        try await undisturbed.drain()
        try await undisturbed.finish()
        #expect(try other.newestSnapshot(other.bench.state) == name)
    }

    @Test func `options that changed while nobody ran are warmed too, and repeats stay known`() async throws {
        try await put(accuracies(300))
        let first = try bench.detector(FixedRules(refractory: .zero), on: stream)
        try await first.drain()
        try await first.finish()
        let alerts = try count("alert")
        let rules = try FixedRules(refractory: .zero)
        rules.change {
            $0.detector.forest.trees = 15
            // Other features have other records to be warmed with, and the same repeats.
            $0.features = .function(count: 2)
            $0.detector.forest.features = 2
        }
        try await put(accuracies(300))
        let second = try bench.detector(rules, on: stream)
        try await second.drain()
        #expect(try count("alert") == alerts)
        #expect(try bench.totals()[.scored] == 300)
    }

    @Test func `however often it is restarted, enough of the log is kept to warm another forest`() async throws {
        try await put(accuracies(400))
        for _ in 0..<8 {
            let detector = try bench.detector(FixedRules(), on: stream)
            _ = try await detector.step()
            try await detector.finish()
        }
        #expect(try bench.state.read { try RedoLog.records(shard: Self.shard, after: 0, in: $0) } >= 200)
    }

    @Test func `the features may be a function's`() async throws {
        let rules = try FixedRules()
        rules.change { $0.features = .function(count: 1) }
        try await put(accuracies(100) + ["{\"name\":\"x\"}"])
        try await bench.detector(rules, on: stream).drain()
        #expect(try count("finding") > 0)
        #expect(try bench.quarantined().map(\.reason) == ["no accuracy"])
    }
}
