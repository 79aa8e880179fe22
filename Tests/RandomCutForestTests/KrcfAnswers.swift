import Foundation
import TestSupport
import Testing

@testable import RandomCutForest

/// What forests say about one of the data sets of `krcf_peer.py`, as means over seeds.
struct Answers {
    var shingleSize = 1
    /// Each was scored and then learned.
    var points: [[Float]] = []
    var scores: [Double] = []
    /// Other points, that were asked about in the end.
    var queries: [[Float]] = []
    /// For each query: what lies above on each position of the shingle, then below.
    var attributions: [[Double]] = []
    var densities: [Double] = []
    /// For each query: the mean over the trees of the L1 distance to the leaf.
    var neighbors: [Double] = []

    /// 200 seeds of krcf 0.4.0: `Tests/TestSupport/Peers/krcf.sh 200 > krcf.csv`.
    static let recorded = Result {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/krcf.csv")
        return try parse(try String(contentsOf: file, encoding: .utf8))
    }

    /// Twenty other seeds of the krcf that PyPI has.
    static let live = Result {
        try parse(String(decoding: try run([PeerFiles.path("krcf.sh"), "20", "1000"]), as: UTF8.self))
    }

    private static func parse(_ text: String) throws -> [String: Answers] {
        var sets: [String: Answers] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ",")
            try #require(fields.count == 5)
            var set = sets[String(fields[0]), default: Answers()]
            set.shingleSize = try #require(Int(fields[1]))
            let point = try fields[3].split(separator: " ").map { try #require(Float($0)) }
            let values = try fields[4].split(separator: " ").map { try #require(Double($0)) }
            switch fields[2] {
            case "score":
                set.points.append(point)
                set.scores.append(values[0])
            case "attribution":
                set.queries.append(point)
                set.attributions.append(values)
            case "density": set.densities.append(values[0])
            case "neighbor": set.neighbors.append(values[0])
            default: Issue.record("krcf_peer.py knows more than this test: \(fields[2])")
            }
            sets[String(fields[0])] = set
        }
        return sets
    }

    /// What our forests say about the same data; ten of them about the queries.
    static func ours(on data: Answers, seeds: UInt64) throws -> Answers {
        var mean = data
        let share = 1 / Double(seeds)
        mean.scores = data.scores.map { _ in 0 }
        mean.attributions = data.attributions.map { $0.map { _ in 0 } }
        mean.densities = data.densities.map { _ in 0 }
        mean.neighbors = data.neighbors.map { _ in 0 }
        for seed in 0..<seeds {
            var forest = try RandomCutForest(
                ForestOptions(
                    features: data.points[0].count,
                    shingleSize: data.shingleSize,
                    trees: 50,
                    timeDecay: 2560,
                    outputAfter: 64,
                    seed: seed
                )
            )
            for (index, point) in data.points.enumerated() {
                mean.scores[index] += try forest.scoreAndUpdate(point.span) * share
            }
            guard seed < 10 else { continue }
            let part = 1 / Double(min(seeds, 10))
            for (index, query) in data.queries.enumerated() {
                let attribution = try forest.attribution(query.span)
                for (place, value) in (attribution.rises + attribution.drops).enumerated() {
                    mean.attributions[index][place] += value * part
                }
                mean.densities[index] += try forest.density(query.span).value * part
                let row = forest.memory.candidate
                for neighbor in try forest.neighbors(of: query.span) {
                    var distance = 0.0
                    for axis in neighbor.point.indices {
                        distance += Double(abs(neighbor.point[axis] - row[axis] / Shingle.scale))
                    }
                    mean.neighbors[index] += distance * Double(neighbor.trees) / 50 * part
                }
            }
        }
        return mean
    }
}

/// Pearson's correlation.
func linearCorrelation(_ a: [Double], _ b: [Double]) -> Double {
    let (meanA, meanB) = (a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count))
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
        ab += (x - meanA) * (y - meanB)
        aa += (x - meanA) * (x - meanA)
        bb += (y - meanB) * (y - meanB)
    }
    return ab / (aa * bb).squareRoot()
}

/// Spearman's: the correlation of the ranks.
func rankCorrelation(_ a: [Double], _ b: [Double]) -> Double {
    func ranks(_ values: [Double]) -> [Double] {
        var ranks = values
        for (rank, index) in values.indices.sorted(by: { values[$0] < values[$1] }).enumerated() {
            ranks[index] = Double(rank)
        }
        return ranks
    }
    return linearCorrelation(ranks(a), ranks(b))
}
