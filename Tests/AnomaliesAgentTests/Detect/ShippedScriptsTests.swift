import Detection
import Foundation
import RandomCutForest
import Testing

@testable import AnomaliesAgent

/// What the shipped scripts promise of themselves: record.lua and inject.lua make the records, detect.lua judges them.
///
/// One seed after the other, giving way after each package: it computes for a minute, and other suites wait for servers.
@Suite(.serialized) struct ShippedScriptsTests {
    static let seeds: Range<UInt64> = 0..<10
    static let records = 20_000

    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../scripts").standardizedFileURL.path

    @Test(arguments: seeds)
    func `findings have a precision and a recall of 0_99 and more at two per cent`(seed: UInt64) async throws {
        let bench = try Workbench()
        let library = try ScriptLibrary(
            Self.directory,
            files: bench.files,
            environment: bench.environment(seed: seed),
            log: bench.log
        )
        let (workload, functions) = try FeedScripts(library, environment: bench.environment(seed: seed)).current()
        let (rules, _) = try DetectScripts(library, environment: bench.environment(seed: seed)).current()
        guard case .declared(let paths) = rules.features else {
            Issue.record("the shipped features are declared")
            return
        }
        var detector = try Detector(rules.detector)
        let parser = try RecordParser()
        // As the agent does it: a history first, that is learned and not judged.
        let history = 4 * rules.detector.forest.sampleSize
        let size = 100
        var (hits, misses, falseAlarms) = (0, 0, 0)
        for package in 1...((history + Self.records) / size) {
            await Task.yield()
            var generator = try RecordGenerator(
                workload,
                seed: seed,
                package: package,
                size: size,
                functions: functions
            )
            for line in 1...size {
                var bytes: [UInt8] = []
                let isAnomaly = try generator.write(to: &bytes) != nil
                try parser.parse(bytes.span)
                var point: [Double] = []
                try parser.features(paths, into: &point)
                let judgement = try detector.judge(point.span)
                guard (package - 1) * size + line > history else { continue }
                switch (isAnomaly, judgement.isFinding) {
                case (true, true): hits += 1
                case (true, false): misses += 1
                case (false, true): falseAlarms += 1
                case (false, false): break
                }
            }
        }
        #expect(hits > Self.records / 100)
        #expect(Double(hits) / Double(hits + falseAlarms) >= 0.99)
        #expect(Double(hits) / Double(hits + misses) >= 0.99)
    }
}
