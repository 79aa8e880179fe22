import Detection
import Foundation
import GRDB
import RandomCutForest
import Testing

@testable import AnomaliesAgent

/// Rules, features and forests that change while a shard is judged.
@Suite struct RuleChangeTests {
    private static let shard = "shardId-000000000000"
    private let bench: Workbench
    private let stream: LocalStream

    init() throws {
        bench = try Workbench()
        stream = try bench.stream()
    }

    private func put(_ count: Int, package: UInt128 = 1) async throws {
        try await stream.put(entries(accuracies(count, seed: UInt64(package)), package: package))
    }

    private func scores(_ state: StateStore? = nil) throws -> [Double] {
        var scores: [Double] = []
        try (state ?? bench.state).read { database in
            try RedoLog.replay(shard: Self.shard, after: 0, in: database) { _, entry in
                scores += entry.records.map(\.score)
            }
        }
        return scores
    }

    private func findings(_ state: StateStore? = nil) throws -> [String] {
        try (state ?? bench.state).read { database in
            try String.fetchAll(
                database,
                sql: "SELECT sequence || printf(' %!.17g %!.17g ', score, grade) || details FROM findings ORDER BY id"
            )
        }
    }

    private func other() throws -> (state: StateStore, directory: TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        return (try StateStore(directory: directory.path, files: bench.files), directory)
    }

    @Test(arguments: [false, true])
    func `another threshold, score or grade, changes no score and learns nothing anew`(isKeyed: Bool) async throws {
        try await put(900)
        let key = isKeyed ? try FeaturePath("name") : nil
        try await bench.detector(FixedRules(key: key), on: stream, snapshotRecords: 10_000).drain()
        let (state, directory) = try other()
        let rules = try FixedRules(key: key)
        let detector = try bench.detector(rules, on: stream, snapshotRecords: 10_000, state: state)
        for step in 0..<18 {
            if step == 6 { rules.change { $0.detector.rule = .score(3) } }
            if step == 10 { rules.change { $0.detector.rule = .calibrated } }
            if step == 14 { rules.change { $0.detector.border = 2 } }
            #expect(try await detector.step() == .worked)
        }
        #expect(try scores() == scores(state))
        #expect(try scores().count == 900)
        withExtendedLifetime(directory) {}
    }

    @Test(arguments: [false, true])
    func `restarted after every batch, changing rules come to what they do in one go, bit by bit`(isKeyed: Bool)
        async throws
    {
        try await put(900)
        func change(_ rules: FixedRules, at step: Int) {
            if step == 5 { rules.change { $0.detector.rule = .calibrated } }
            if step == 11 { rules.change { $0.detector.rule = .score(2.2) } }
            if step == 15 { rules.change { $0.detector.border = 1.2 } }
        }
        let key = isKeyed ? try FeaturePath("name") : nil
        let whole = try FixedRules(key: key)
        let detector = try bench.detector(whole, on: stream, snapshotRecords: 300)
        for step in 0..<18 {
            change(whole, at: step)
            _ = try await detector.step()
        }
        let (state, directory) = try other()
        let parts = try FixedRules(key: key)
        for step in 0..<18 {
            change(parts, at: step)
            let part = try bench.detector(
                parts,
                on: stream,
                snapshotRecords: 300,
                state: try StateStore(directory: directory.path, files: bench.files)
            )
            _ = try await part.step()
            if step % 4 == 3 { try await part.finish() }
        }
        #expect(try findings() == findings(state))
        #expect(try findings().count > 10)
    }

    @Test
    func `while a detector for another forest is taught, the old one goes on, and no record is lost or judged twice`()
        async throws
    {
        try await put(600)
        let rules = try FixedRules(trees: 20)
        let detector = try bench.detector(rules, on: stream)
        try await detector.drain()
        let old = try bench.state.read { try String.fetchOne($0, sql: "SELECT detector FROM redo ORDER BY batch DESC") }
        rules.change { $0.detector.forest.trees = 30 }
        var package: UInt128 = 2
        var records = 600
        let clock = ContinuousClock()
        let end = clock.now + .seconds(60)
        var detectors: [String] = []
        while clock.now < end {
            try await put(50, package: package)
            package += 1
            records += 50
            try await detector.drain()
            let newest = try bench.state.read {
                try String.fetchOne($0, sql: "SELECT detector FROM redo ORDER BY batch DESC")
            }
            if let newest, detectors.last != newest { detectors.append(newest) }
            if newest != old { break }
            await Task.yield()
        }
        // The first batch after the change is still the old one's.
        #expect(detectors.count == 2 && detectors.first == old)
        #expect(try bench.totals()[.scored] == records)
        #expect(try bench.totals()[.repeated] ?? 0 == 0)
        // It is warm at once: its first scores are those of records that are known.
        try await put(100, package: 1_000_000)
        try await detector.drain()
        #expect(try scores().suffix(100).allSatisfy { $0 > 0 })
        // And a restart goes on with it.
        try await detector.finish()
        let again = try bench.detector(rules, on: stream)
        try await put(50, package: 1_000_001)
        try await again.drain()
        #expect(try bench.totals()[.scored] == records + 150)
    }

    @Test func `features that fail ten times in a row stop the shard, which goes on with the next scripts`()
        async throws
    {
        try await put(200)
        let failing = "features = function(record) return record.x.y end, feature_count = 1"
        let working = "features = function(record) return record.accuracy end, feature_count = 1"
        let library = try bench.library(["detect.lua": "return { \(failing) }"])
        let detector = try bench.detector(DetectScripts(library, environment: bench.environment()), on: stream)
        guard case .waiting = try await detector.step() else {
            Issue.record("it did not stop")
            return
        }
        #expect(try bench.totals()[.quarantined] ?? 0 == 0)
        try bench.directory.write("return { \(working) }", to: "scripts/detect.lua")
        library.reload(isWhole: true)
        try await detector.drain()
        #expect(try bench.totals()[.scored] == 200)
    }

    @Test func `a decide that fails ten times in a row is left out, and the threshold decides`() throws {
        let library = try bench.library([
            "detect.lua": "return { features = { 'a' }, decide = function(record) return record.x.y end }"
        ])
        let (_, functions) = try DetectScripts(library, environment: bench.environment()).current()
        for count in 1...10 {
            let failure = #expect(throws: ScriptFailure.self) { try functions.decide(record: [:], .zero, nil) }
            #expect(failure?.description.contains("until the scripts change") == (count == 10))
        }
        #expect(try functions.decide(record: [:], .zero, nil) == Decision())
    }

    @Test func `an alert names the generation, the script and the line that decided`() async throws {
        try await put(300)
        let library = try bench.library([
            "detect.lua": """
            return {
              features = { "accuracy" },
              forest = { trees = 30, sample_size = 64 },
              threshold = 2,
              decide = function(record, result)
                return record.name == "n0"
              end,
            }
            """
        ])
        try await bench.detector(DetectScripts(library, environment: bench.environment()), on: stream).drain()
        let alert = try #require(try bench.state.read { try String.fetchOne($0, sql: "SELECT alert FROM outbox") })
        let json = try JSONValue(parsing: alert)
        #expect(json["generation"]?.string == library.newest.generation)
        #expect(json["script"]?.string?.hasSuffix("scripts/detect.lua:5") == true)
    }
}
