import Detection
import GRDB
import RandomCutForest
import Testing

@testable import AnomaliesAgent

/// A shard that is judged by a model of its series, or of each key's.
@Suite struct SeriesShardTests {
    private static let spike = 700
    private let shard: ShardBench
    private var bench: Workbench { shard.bench }
    private var stream: LocalStream { shard.stream }

    init() throws { shard = try ShardBench() }

    private static func rules(key: FeaturePath? = nil) throws -> FixedRules {
        let rules = try FixedRules(refractory: .zero, time: try FeaturePath("at"), key: key)
        rules.change {
            $0.detector = DetectorOptions(forest: ForestOptions(features: 1, seed: 3), model: .series)
        }
        return rules
    }

    /// Ten-minute records of a daily pattern, with a spike. Four of five are of host 0, the others of eight more.
    private static func records(_ count: Int) -> [String] {
        var random = SeededRandom(seed: 2, package: 0, purpose: "series")
        return (0..<count).map { row in
            let hour = row % 144 / 6
            let noise = Double(random.next(below: 1_000)) / 1_000
            let value = ((9..<17).contains(hour) ? 50.0 : 10) + noise + (row == spike ? 400 : 0)
            let host = random.next(below: 5) > 0 ? 0 : 1 + random.next(below: 8)
            return "{\"at\":\(1_795_305_600 + row * 600),\"accuracy\":\(value),\"name\":\"h\(host)\"}"
        }
    }

    private func findings(_ state: StateStore) throws -> [String] {
        try state.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT line || ' ' || printf('%!.17g %!.17g', score, grade) || ' ' || time || ' ' || details || ' '
                    || coalesce(suppressed, 'told') FROM findings ORDER BY sequence
                    """
            )
        }
    }

    @Test(arguments: [false, true])
    func `restarted after every batch, it comes to what it does in one go, bit by bit, and finds the spike`(
        isStopped: Bool
    ) async throws {
        try await shard.put(Self.records(800))
        let whole = try bench.detector(Self.rules(), on: stream)
        try await shard.runWhole(whole)
        let spike = try #require(try findings(bench.state).first { $0.hasPrefix("\(Self.spike + 1) ") })
        #expect(spike.hasSuffix("told") && spike.contains("\"view\":\"range\"") && spike.contains("rises"))

        let (directory, state, _) = try await shard.runRestarting {
            try bench.detector(Self.rules(), on: stream, state: $0)
        } stops: { _ in
            isStopped
        }
        defer { withExtendedLifetime(directory) {} }
        #expect(try findings(state) == findings(bench.state))
        #expect(try shard.newestSnapshot(state) == shard.newestSnapshot(bench.state))
    }

    @Test func `with a model for each key, fewer in memory than there are keys, restarts change nothing either`()
        async throws
    {
        let key = try FeaturePath("name")
        try await shard.put(Self.records(500))
        let one = try Detector(try Self.rules().current().0.detector).memoryBytes + 2_048 + 160
        let limits = KeyHome.Limits(memory: 5 * one + 100, keys: 100, tail: 160)
        let whole = try bench.detector(Self.rules(key: key), on: stream, keys: limits)
        try await shard.runWhole(whole)

        let (directory, state, batches) = try await shard.runRestarting(every: 8) {
            try bench.detector(Self.rules(key: key), on: stream, keys: limits, state: $0)
        } stops: {
            $0 % 24 == 0
        }
        defer { withExtendedLifetime(directory) {} }
        let options = try Self.rules().current().0.detector
        #expect(batches == 100)
        #expect(try shard.storedKeys(state, options) == shard.storedKeys(bench.state, options))
        #expect(try shard.storedKeys(state, options).count == 9)
        #expect(try findings(state) == findings(bench.state))
    }
}
