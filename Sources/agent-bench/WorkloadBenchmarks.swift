import AnomaliesAgent
import Detection
import Logging
import RandomCutForest

/// What is done with simulated records, each part of it alone.
struct WorkloadBenchmarks {
    private static let packageRecords = 10_000
    private static let level = 6

    private let sample: WorkloadSample

    init(scripts: String) throws {
        let configuration = try ConfigurationLoader.load(file: nil, environment: [:], overrides: [])
        sample = try WorkloadSample(
            scripts: scripts,
            configuration: configuration,
            seed: 1,
            log: Logger(label: "agent-bench") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    func feed(_ show: (Figure) -> Void) throws {
        var sample = sample
        var number = 0
        show(
            try Figure.rate("feed", "gzip declared", unit: "records") {
                number += 1
                _ = try sample.package(number: number, records: Self.packageRecords, level: Self.level)
                return Self.packageRecords
            }
        )
        show(
            try Figure.rate("feed", "declared", unit: "records") {
                number += 1
                _ = try sample.lines(number: number, records: Self.packageRecords)
                return Self.packageRecords
            }
        )
    }

    /// Features at hand, so that nothing but the detector is measured.
    func detect(_ show: (Figure) -> Void) throws {
        let width = sample.detector.forest.features
        let points = try (1...20).flatMap { number in
            try sample.features(of: try sample.lines(number: number, records: Self.packageRecords))
        }
        var detector = try Detector(sample.detector)
        var next = 0
        func judge(_ count: Int) throws {
            for _ in 0..<count {
                _ = try detector.judge(points.span.extracting(next..<next + width))
                next = next + width < points.count ? next + width : 0
            }
        }
        try judge(2 * Self.packageRecords)
        show(
            try Figure.rate("detect", "score+update", unit: "records") {
                try judge(1_000)
                return 1_000
            }
        )
    }

    func relay(_ show: (Figure) -> Void) throws {
        let lines = try sample.lines(number: 1, records: Self.packageRecords)
        show(try Figure.rate("relay", "split", unit: "records") { try WorkloadSample.split(lines) })
    }
}
