import Foundation
import Testing

@testable import RandomCutForest

/// Scores beside those of others: known answers from AWS's Java library and from
/// krcf, a binding of its Rust library.
@Suite struct AgreementTests {
    /// Java, 50 trees of 256 samples, time decay 2560, every hundredth point moved by 6 deviations.
    @Test(arguments: [(1, 0.729, 2.658), (8, 0.699, 2.539)])
    func `Gaussian values and a cluster of outliers score as in Java`(
        dimensions: Int,
        normal: Double,
        outlier: Double
    ) throws {
        var (normals, outliers) = (0.0, 0.0)
        let seeds: UInt64 = 3
        for seed in 0..<seeds {
            var forest = try RandomCutForest(
                ForestOptions(features: dimensions, trees: 50, timeDecay: 2560, seed: seed)
            )
            var stream = TestStream(seed: seed)
            for index in 0..<5000 {
                let shift = index % 100 == 0 ? 6.0 : 0
                let point = (0..<dimensions).map { _ in Float(stream.gaussian() + shift) }
                if index < 3000 || (index % 10 != 0 && index % 100 != 0) {
                    try forest.update(point.span)
                } else if index % 100 == 0 {
                    outliers += try forest.scoreAndUpdate(point.span) / 20 / Double(seeds)
                } else {
                    normals += try forest.scoreAndUpdate(point.span) / 180 / Double(seeds)
                }
            }
        }
        #expect(abs(normals / normal - 1) < 0.05)
        #expect(abs(outliers / outlier - 1) < 0.08)
    }

    struct Recorded {
        var shingleSize = 1
        var points: [[Float]] = []
        var scores: [Double] = []
    }

    /// Reads `krcf_scores.csv`, which `krcf_scores.py` beside it wrote.
    static func recorded(_ set: String) throws -> Recorded {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/krcf_scores.csv")
        var recorded = Recorded()
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let fields = line.split(separator: ",")
            guard fields.count == 4, fields[0] == set else { continue }
            recorded.shingleSize = try #require(Int(fields[1]))
            recorded.points.append(try fields[2].split(separator: " ").map { try #require(Float($0)) })
            recorded.scores.append(try #require(Double(fields[3])))
        }
        return recorded
    }

    @Test(arguments: ["uniform", "gaussian-4", "clustered", "periodic", "constant"])
    func `scores averaged over seeds agree with krcf`(set: String) throws {
        let recorded = try Self.recorded(set)
        try #require(recorded.points.count == 300)
        var scores = [Double](repeating: 0, count: recorded.points.count)
        let seeds: UInt64 = 20
        for seed in 0..<seeds {
            var forest = try RandomCutForest(
                ForestOptions(
                    features: recorded.points[0].count,
                    shingleSize: recorded.shingleSize,
                    trees: 50,
                    timeDecay: 2560,
                    outputAfter: 64,
                    seed: seed
                )
            )
            for (index, point) in recorded.points.enumerated() {
                scores[index] += try forest.scoreAndUpdate(point.span) / Double(seeds)
            }
        }
        // The two begin a few points apart; what counts is what both have scored.
        let common = scores.indices.filter { scores[$0] > 0 && recorded.scores[$0] > 0 }
        #expect(common.count >= 210)
        let (ours, theirs) = (common.map { scores[$0] }, common.map { recorded.scores[$0] })
        let ratio = ours.reduce(0, +) / theirs.reduce(0, +)
        #expect(abs(ratio - 1) < 0.02, "mean score is \(ratio) of krcf's")
        if set != "constant" {
            let linear = correlation(ours, theirs)
            #expect(linear >= 0.99, "linear correlation \(linear)")
        }
    }

    private func correlation(_ a: [Double], _ b: [Double]) -> Double {
        let (meanA, meanB) = (a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count))
        var (ab, aa, bb) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            ab += (x - meanA) * (y - meanB)
            aa += (x - meanA) * (x - meanA)
            bb += (y - meanB) * (y - meanB)
        }
        return ab / (aa * bb).squareRoot()
    }
}
