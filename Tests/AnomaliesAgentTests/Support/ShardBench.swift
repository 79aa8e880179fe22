import Detection
import GRDB
import RandomCutForest
import Testing

@testable import AnomaliesAgent

/// One shard, and detectors that take turns on it as processes do.
struct ShardBench {
    static let shard = "shardId-000000000000"

    let bench: Workbench
    let stream: LocalStream

    init() throws {
        bench = try Workbench()
        stream = try bench.stream()
    }

    func put(_ records: [String], package: UInt128 = 1, isHistory: Bool = false) async throws {
        try await stream.put(entries(records, package: package, isHistory: isHistory))
    }

    /// A state beside the bench's own; it is gone when the directory is.
    func newState() throws -> (directory: TemporaryDirectory, state: StateStore) {
        let directory = try TemporaryDirectory()
        return (directory, try StateStore(directory: directory.path, files: bench.files))
    }

    /// Takes all that there is, and stops in order.
    func runWhole(_ detector: ShardDetector) async throws {
        try await detector.drain()
        try await detector.finish()
    }

    /// Takes all that there is as `runWhole` does, with another process after every few batches.
    ///
    /// - Parameters:
    ///   - every: batches that a process lives for.
    ///   - start: makes the next process.
    ///   - stops: whether the process stops in order after so many batches of all; otherwise it is killed.
    /// - Returns: what the last one left, and how many batches there were.
    func runRestarting(
        every batches: Int = 1,
        start: (StateStore) async throws -> ShardDetector,
        stops: (_ batches: Int) -> Bool
    ) async throws -> (directory: TemporaryDirectory, state: StateStore, batches: Int) {
        let (directory, first) = try newState()
        var state = first
        var part = try await start(state)
        var taken = 0
        while try await part.step() == .worked {
            taken += 1
            guard taken % batches == 0 else { continue }
            if stops(taken) { try await part.finish() }
            state = try StateStore(directory: directory.path, files: bench.files)
            part = try await start(state)
        }
        try await part.finish()
        return (directory, state, taken)
    }

    /// Everything that was decided and counted, as text, in a fixed order.
    func decided(_ other: StateStore? = nil) throws -> [String] {
        try (other ?? bench.state).read { database in
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

    func count(_ what: String, _ state: StateStore? = nil) throws -> Int {
        try decided(state).count { $0.hasPrefix("\(what) ") }
    }

    /// The names of the snapshots, which are digests of their content, the newest first.
    func snapshots(_ state: StateStore) throws -> [String] {
        try state.read { try String.fetchAll($0, sql: "SELECT file FROM snapshots ORDER BY batch DESC") }
    }

    func newestSnapshot(_ state: StateStore) throws -> String? { try snapshots(state).first }

    /// Each key's detector, whatever part of it was stored as records.
    func storedKeys(_ state: StateStore, _ options: DetectorOptions) throws -> [String] {
        let directory = KeyHome.directory(in: state.directory)
        let store = try KeyStore(directory: directory, shard: Self.shard, files: bench.files)
        return try store.entries().sorted { $0.key.value < $1.key.value }.map { entry in
            let stored = try #require(try store.stored(entry.key))
            let digest = Digests.sha256(try Self.snapshot(of: stored, options))
            return "key \(entry.key.value) \(entry.used) \(digest)"
        }
    }

    /// A tail begins with its border; a series' has a time after each record's features.
    private static func snapshot(of stored: KeyStore.Stored, _ given: DetectorOptions) throws -> [UInt8] {
        let options = given.learning
        var detector = try Detector(snapshot: try stored.snapshot ?? Detector(options).snapshot(), options: options)
        let border = FindingBorder(numbers: stored.tail.prefix(FindingBorder.count)) ?? FindingBorder()
        let isSeries = options.model == .series
        for start in stride(from: FindingBorder.count, to: stored.tail.count, by: isSeries ? 2 : 1) {
            let time = isSeries ? stored.tail[start + 1] : nil
            _ = try detector.judge([stored.tail[start]].span, time: time, by: border.rule, above: border.level)
        }
        return detector.snapshot()
    }
}
