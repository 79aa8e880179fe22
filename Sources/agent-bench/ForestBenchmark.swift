import Foundation
import RandomCutForest

/// The forest alone, on the data and with the options with which other implementations are measured: 16,384 standard
/// normal points, every 100th of them 6 away, samples of 256, a time decay of 2,560 points.
struct ForestBenchmark {
    private static let points = 1 << 14
    private static let warmUp = 3.0
    /// How many points are taken between two looks at the clock.
    private static let step = 10

    let dimensions: Int
    let trees: Int
    /// Of each run.
    let seconds: Double

    func run(_ show: (Figure) -> Void) throws {
        let data = Self.data(dimensions)
        var forest = try RandomCutForest(
            ForestOptions(features: dimensions, trees: trees, sampleSize: 256, timeDecay: 2_560, seed: 7)
        )
        var next = 0
        func take(scores: Bool, updates: Bool) throws -> Int {
            for _ in 0..<Self.step {
                let point = data.span.extracting(next * dimensions..<(next + 1) * dimensions)
                if scores { _ = try forest.score(point) }
                if updates { try forest.update(point) }
                next = (next + 1) % Self.points
            }
            return Self.step
        }
        let start = Figure.threadSeconds
        while Figure.threadSeconds - start < Self.warmUp { _ = try take(scores: true, updates: true) }
        for (name, scores, updates) in [("score+update", true, true), ("score", true, false), ("update", false, true)] {
            let figure = try Figure.rate("forest", name, unit: "points", seconds: seconds) {
                try take(scores: scores, updates: updates)
            }
            show(figure)
        }
    }

    private static func data(_ dimensions: Int) -> [Float] {
        var state: UInt64 = 1
        func unit() -> Double {
            // SplitMix64: the same points every time.
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            return (Double((mixed ^ mixed >> 31) >> 11) + 0.5) * 0x1p-53
        }
        return (0..<points * dimensions).map { place in
            let normal = (-2 * log(unit())).squareRoot() * cos(2 * .pi * unit())
            return Float(normal + ((place / dimensions) % 100 == 0 ? 6 : 0))
        }
    }
}
