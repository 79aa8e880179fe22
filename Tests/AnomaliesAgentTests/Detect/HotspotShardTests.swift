import Detection
import GRDB
import Testing

@testable import AnomaliesAgent

/// `hotspots = { … }` on its way from detect.lua to findings and alerts.
@Suite struct HotspotShardTests {
    private let bench: Workbench
    private let stream: LocalStream

    init() throws {
        bench = try Workbench()
        stream = try bench.stream()
    }

    private static let script = """
        return { features = { "x" }, threshold = 1.5, refractory = 0,
          forest = { trees = 20, sample_size = 32, time_decay = 1000 },
          hotspots = { windowSize = 100, scanRadius = 0.5, minimumNumberOfPointsInAHotspot = 4 },
          decide = function(record, result)
            local first = result.hotspots[1]
            return { message = first and string.format("%.1f to %.1f", first.minValues[1], first.maxValues[1])
              or "nowhere" }
          end,
        }
        """

    private func rules() throws -> DetectScripts {
        try DetectScripts(try bench.library(["detect.lua": Self.script]), environment: bench.environment())
    }

    /// Around 10 mostly; at 300 one that stands alone, and from 400 on four times the same, which is a crowd.
    private static let records = (0..<460).map { row in
        let x = row == 300 ? 90.0 : (400..<404).contains(row) ? 50 : 10 + Double(row * 7 % 20) / 10
        return "{\"x\":\(x)}"
    }

    private func newState() throws -> (TemporaryDirectory, StateStore) {
        let directory = try TemporaryDirectory()
        return (directory, try StateStore(directory: directory.path, files: bench.files))
    }

    private func findings(_ state: StateStore) throws -> [String] {
        try state.read { database in
            try String.fetchAll(
                database,
                sql: "SELECT line || ' ' || details FROM findings ORDER BY id"
            ) + String.fetchAll(database, sql: "SELECT json_extract(alert, '$.message') FROM outbox ORDER BY rowid")
        }
    }

    private func newestSnapshot(_ state: StateStore) throws -> String? {
        try state.read { try String.fetchOne($0, sql: "SELECT file FROM snapshots ORDER BY batch DESC") }
    }

    @Test(arguments: [false, true])
    func `a finding is told the hotspots that it lies in, and a restart after every batch changes nothing`(
        isStopped: Bool
    ) async throws {
        try await stream.put(entries(Self.records))
        let whole = try bench.detector(rules(), on: stream)
        try await whole.drain()
        try await whole.finish()
        let found = try findings(bench.state)
        let lonely = try #require(found.first { $0.hasPrefix("301 ") })
        #expect(lonely.contains("\"hotspots\":[]"))
        // The fourth of its kind completes the hotspot; a side without length counts as one radius.
        #expect(!found.contains { $0.hasPrefix("403 ") && $0.contains("density") })
        if let crowded = found.first(where: { $0.hasPrefix("404 ") }) {
            #expect(crowded.contains("\"hotspots\":[{\"density\":8.0,\"maxValues\":[50.0],\"minValues\":[50.0]}]"))
            #expect(found.contains("50.0 to 50.0"))
        } else {
            Issue.record("row 404 is no finding: \(found.map { $0.prefix(12) })")
        }
        #expect(found.contains("nowhere"))

        let (directory, first) = try newState()
        var state = first
        while true {
            let part = try bench.detector(rules(), on: stream, state: state)
            guard try await part.step() == .worked else {
                try await part.finish()
                break
            }
            if isStopped { try await part.finish() }
            state = try StateStore(directory: directory.path, files: bench.files)
        }
        #expect(try findings(state) == found)
        #expect(try newestSnapshot(state) == newestSnapshot(bench.state))
    }

    @Test func `a snapshot without hotspots is not taken for one with them, nor the other way round`() async throws {
        try await stream.put(entries(Self.records))
        let part = try bench.detector(rules(), on: stream)
        try await part.drain()
        try await part.finish()
        let (with, _) = try rules().current()
        var without = with
        without.hotspots = nil
        #expect(with.detectorID != without.detectorID)
        let file = try #require(try newestSnapshot(bench.state))
        let snapshots = try Snapshots(directory: bench.state.directory, files: bench.files)
        let bytes = try snapshots.load(file)
        let limits = KeyHome.Limits(memory: 1 << 30, keys: 10)
        let keys = KeyHome(
            shard: "s",
            limits: limits,
            directory: bench.directory.path,
            files: bench.files,
            log: bench.log
        )
        #expect(throws: SnapshotRefused.self) { _ = try ShardMemory(snapshot: bytes, rules: without, keys: keys) }
        let memory = try ShardMemory(snapshot: bytes, rules: with, keys: keys)
        #expect(try memory.snapshot(batch: 1) == bytes)
        // The last hundred are 50 four times, and 10 and more.
        #expect(memory.hotspots(around: [50].span)?.map(\.records) == [4])
        #expect(memory.hotspots(around: [30].span)?.isEmpty == true)
        #expect(memory.hotspots(around: [10.5].span)?.map(\.records) == [96])
        #expect(try ShardMemory.repeats(ofSnapshot: bytes) == memory.repeats)
    }
}
