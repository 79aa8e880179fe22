import Detection
import Foundation
import GRDB
import RandomCutForest
import Testing

@testable import AnomaliesAgent

/// A shard whose keys have a detector each, fewer of them in memory than there are keys.
@Suite struct KeyedShardTests {
    private let shard: ShardBench
    private var bench: Workbench { shard.bench }
    private var stream: LocalStream { shard.stream }

    init() throws { shard = try ShardBench() }

    private static func rules() throws -> FixedRules { try FixedRules(refractory: .zero, key: try FeaturePath("name")) }

    /// Hosts whose values lie far apart; 5 % of the records are 70 above their host's.
    private func put(_ count: Int, hosts: Int = 12, seed: UInt64 = 4, package: UInt128 = 1) async throws {
        var random = SeededRandom(seed: seed, package: 0, purpose: "hosts")
        let records = (0..<count).map { _ in
            // A few hosts are busy, the others rare.
            let host = min(Int(random.next(below: UInt64(hosts))), Int(random.next(below: UInt64(hosts))))
            let value = 1_000 * host + Int(random.next(below: 11)) + (random.next(below: 20) == 0 ? 70 : 0)
            return "{\"name\":\"h\(host)\",\"accuracy\":\(value)}"
        }
        try await shard.put(records, package: package)
    }

    /// Five detectors fit; ten records in, a detector is stored as a snapshot.
    private static func limits(keys: Int) throws -> KeyHome.Limits {
        let one = try Detector(try rules().current().0.detector).memoryBytes + 2_048 + 80
        return KeyHome.Limits(memory: 5 * one + 100, keys: keys, tail: 80)
    }

    private func detector(_ state: StateStore, keys: Int, rules: FixedRules? = nil) throws -> ShardDetector {
        try bench.detector(
            rules ?? Self.rules(),
            on: stream,
            snapshotRecords: 70,
            keys: Self.limits(keys: keys),
            state: state
        )
    }

    /// What was decided and counted, and the detectors of all keys as they were stored.
    ///
    /// Checkpoints differ in number, and with them what of the redo log is still kept.
    private func outcome(_ state: StateStore) throws -> [String] {
        try shard.decided(state).filter { !$0.hasPrefix("redo") } + stored(state)
    }

    private func stored(_ state: StateStore) throws -> [String] {
        try shard.storedKeys(state, Self.rules().current().0.detector)
    }

    // MARK: - Restart

    enum Restart: String, CaseIterable, Sendable { case killed, stopped, byTurns, killedBeforeCommit }

    /// Room for all keys, or so few that keys are forgotten and come again.
    @Test(arguments: Restart.allCases, [100, 7])
    func `restarted after every batch, every key comes to what it does in one go, bit by bit`(
        restart: Restart,
        keys: Int
    ) async throws {
        try await put(400)
        let whole = try detector(bench.state, keys: keys)
        try await shard.runWhole(whole)
        let figures = try #require(try RoleReport.all(in: bench.state).first?["keys"])
        #expect(figures["evictions"]?.integer ?? 0 > 50 && figures["loads"]?.integer ?? 0 > 20)
        #expect((figures["forgotten"]?.integer ?? 0 > 5) == (keys == 7))

        let (directory, state, batches) = try await shard.runRestarting { state in
            let detector = try detector(state, keys: keys)
            guard restart == .killedBeforeCommit else { return detector }
            // The ledger is what a commit writes last: evictions of this batch have happened, the commit has not.
            try state.write {
                try $0.execute(
                    sql: "CREATE TRIGGER fault BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'no'); END"
                )
            }
            do { _ = try await detector.step() } catch is StateError {}
            try state.write { try $0.execute(sql: "DROP TRIGGER fault") }
            return try self.detector(state, keys: keys)
        } stops: {
            restart == .stopped || restart == .byTurns && $0 % 3 == 0
        }
        defer { withExtendedLifetime(directory) {} }
        #expect(batches == 80)
        #expect(try outcome(state) == outcome(bench.state))
        #expect(try stored(state).count == min(keys, 12))
        #expect(try outcome(state).contains { $0.hasPrefix("finding") })
    }

    @Test func `with a damaged newest snapshot the one before it and the log give the same`() async throws {
        try await put(400)
        let whole = try detector(bench.state, keys: 7)
        try await shard.runWhole(whole)
        let (directory, state) = try shard.newState()
        let first = try detector(state, keys: 7)
        for _ in 0..<60 { _ = try await first.step() }
        let files = try shard.snapshots(state)
        #expect(files.count == 2)
        try directory.write("damaged", to: "snapshots/\(files[0])")
        let second = try detector(state, keys: 7)
        try await shard.runWhole(second)
        #expect(try outcome(state) == outcome(bench.state))
    }

    @Test func `where the stored detectors are lost, the recent records bring back what they can`() async throws {
        try await put(300)
        let first = try detector(bench.state, keys: 100)
        try await shard.runWhole(first)
        try FileManager.default.removeItem(atPath: "\(bench.directory.path)/keys")
        try await put(200, seed: 8, package: 2)
        let second = try detector(bench.state, keys: 100)
        try await shard.runWhole(second)
        #expect(try bench.totals()[.scored] == 500)
        #expect(try stored(bench.state).contains { $0.hasPrefix("key \(RecordKey("h0").value) ") })
    }

    // MARK: - What a key is

    @Test func `with a detector each, a value that is usual elsewhere is found; with one for all it is not`()
        async throws
    {
        func found(perKey: Bool) async throws -> [Int] {
            let (directory, state) = try shard.newState()
            let rules = try Self.rules()
            rules.change { $0.perKey = perKey }
            let detector = try detector(state, keys: 100, rules: rules)
            try await detector.drain()
            return try withExtendedLifetime(directory) {
                try state.read { try Int.fetchAll($0, sql: "SELECT line FROM findings WHERE line > 600 ORDER BY line") }
            }
        }
        var records: [String] = []
        for line in 1...600 {
            records.append("{\"name\":\"h\(line % 2)\",\"accuracy\":\(1_000 * (line % 2) + line / 2 % 11)}")
        }
        records.append("{\"name\":\"h0\",\"accuracy\":1005}")
        records.append("{\"name\":\"h0\",\"accuracy\":5}")
        try await stream.put(entries(records))
        #expect(try await found(perKey: true) == [601])
        #expect(try await found(perKey: false) == [])
    }

    @Test func `records without the key have one detector between them`() async throws {
        try await stream.put(entries((1...90).map { "{\"accuracy\":\(10 + $0 % 7)}" } + ["{\"accuracy\":500}"]))
        try await detector(bench.state, keys: 100).drain()
        #expect(try bench.state.read { try Int.fetchAll($0, sql: "SELECT line FROM findings") } == [91])
    }

    @Test func `another forest is used at once for every key, warmed by the recent records`() async throws {
        try await put(400, hosts: 3)
        let rules = try Self.rules()
        let detector = try detector(bench.state, keys: 100, rules: rules)
        try await detector.drain()
        rules.change { $0.detector.forest.trees = 15 }
        try await stream.put(entries(["{\"name\":\"h1\",\"accuracy\":2005}"], package: 9))
        try await detector.drain()
        let nine = PackageID(value: 9).description
        #expect(
            try bench.state.read {
                try Int.fetchAll($0, sql: "SELECT line FROM findings WHERE package = ?", arguments: [nine])
            } == [1]
        )
    }
}

extension RoleReport {
    /// What detection reported.
    fileprivate static func all(in state: StateStore) throws -> [JSONValue] {
        try state.read { try all(in: $0) }.map(\.status)
    }
}
