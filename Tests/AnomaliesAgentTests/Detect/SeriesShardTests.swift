import Detection
import GRDB
import RandomCutForest
import Testing

@testable import AnomaliesAgent

/// A shard that is judged by a model of its series, or of each key's.
@Suite struct SeriesShardTests {
    private static let spike = 700
    private let bench: Workbench
    private let stream: LocalStream

    init() throws {
        bench = try Workbench()
        stream = try bench.stream()
    }

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

    private func newState() throws -> (TemporaryDirectory, StateStore) {
        let directory = try TemporaryDirectory()
        return (directory, try StateStore(directory: directory.path, files: bench.files))
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

    private func newestSnapshot(_ state: StateStore) throws -> String? {
        try state.read { try String.fetchOne($0, sql: "SELECT file FROM snapshots ORDER BY batch DESC") }
    }

    @Test(arguments: [false, true])
    func `restarted after every batch, it comes to what it does in one go, bit by bit, and finds the spike`(
        isStopped: Bool
    ) async throws {
        try await stream.put(entries(Self.records(800)))
        let whole = try bench.detector(Self.rules(), on: stream)
        try await whole.drain()
        try await whole.finish()
        let spike = try #require(try findings(bench.state).first { $0.hasPrefix("\(Self.spike + 1) ") })
        #expect(spike.hasSuffix("told") && spike.contains("\"view\":\"range\"") && spike.contains("rises"))

        let (directory, first) = try newState()
        var state = first
        while true {
            let part = try bench.detector(Self.rules(), on: stream, state: state)
            guard try await part.step() == .worked else {
                try await part.finish()
                break
            }
            if isStopped { try await part.finish() }
            state = try StateStore(directory: directory.path, files: bench.files)
        }
        #expect(try findings(state) == findings(bench.state))
        #expect(try newestSnapshot(state) == newestSnapshot(bench.state))
    }

    /// Each key's detector, whatever part of it was stored as records, each with its time.
    private func stored(_ state: StateStore) throws -> [String] {
        let directory = "\(state.directory)/keys"
        let store = try KeyStore(directory: directory, shard: "shardId-000000000000", files: bench.files)
        let options = try Self.rules().current().0.detector
        return try store.entries().sorted { $0.key.value < $1.key.value }.map { entry in
            let stored = try #require(try store.stored(entry.key))
            let bytes = try Self.snapshot(stored, options)
            return "key \(entry.key.value) \(entry.used) \(Digests.sha256(bytes))"
        }
    }

    private static func snapshot(_ stored: KeyStore.Stored, _ options: DetectorOptions) throws -> [UInt8] {
        var detector = try Detector(snapshot: try stored.snapshot ?? Detector(options).snapshot(), options: options)
        for start in stride(from: 0, to: stored.tail.count, by: 2) {
            _ = try detector.judge([stored.tail[start]].span, time: stored.tail[start + 1])
        }
        return detector.snapshot()
    }

    @Test func `with a model for each key, fewer in memory than there are keys, restarts change nothing either`()
        async throws
    {
        let key = try FeaturePath("name")
        try await stream.put(entries(Self.records(500)))
        let one = try Detector(try Self.rules().current().0.detector).memoryBytes + 2_048 + 160
        let limits = KeyHome.Limits(memory: 5 * one + 100, keys: 100, tail: 160)
        let whole = try bench.detector(Self.rules(key: key), on: stream, keys: limits)
        try await whole.drain()
        try await whole.finish()

        let (directory, first) = try newState()
        var state = first
        var part = try bench.detector(Self.rules(key: key), on: stream, keys: limits, state: state)
        var steps = 0
        while try await part.step() == .worked {
            steps += 1
            guard steps % 8 == 0 else { continue }
            if steps % 24 == 0 { try await part.finish() }
            state = try StateStore(directory: directory.path, files: bench.files)
            part = try bench.detector(Self.rules(key: key), on: stream, keys: limits, state: state)
        }
        try await part.finish()
        #expect(steps == 100)
        #expect(try stored(state) == stored(bench.state))
        #expect(try stored(state).count == 9)
        #expect(try findings(state) == findings(bench.state))
    }
}
