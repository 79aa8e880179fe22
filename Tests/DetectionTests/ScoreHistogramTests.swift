import Testing

@testable import Detection

@Suite struct ScoreHistogramTests {
    @Test(arguments: [
        (0, 0), (0.1, 0), (0.25, 0), (0.26, 1), (0.5, 32), (1, 64), (1.99, 95), (2, 96), (15.9, 191), (99, 191),
    ])
    func `each power of two has 32 bins`(score: Double, bin: Int) {
        #expect(ScoreHistogram.bin(of: score) == bin)
    }

    @Test(arguments: 0..<ScoreHistogram.count)
    func `a bin begins where it says`(bin: Int) {
        let edge = ScoreHistogram.lowerEdge(bin)
        #expect(ScoreHistogram.bin(of: edge) == bin)
        #expect(ScoreHistogram.bin(of: edge.nextDown) == max(0, bin - 1))
    }

    @Test func `quantiles of uniform values are where they should be`() {
        var histogram = ScoreHistogram()
        var stream = TestStream(seed: 1)
        for _ in 0..<20_000 { histogram.add(1 + stream.unit(), horizon: 1e9) }
        for part in [0.1, 0.5, 0.9] { #expect(abs(histogram.quantile(part) - (1 + part)) < 0.015) }
    }

    @Test func `old scores are forgotten, and the sum stays the horizon`() {
        var histogram = ScoreHistogram()
        for index in 0..<40_000 { histogram.add(index < 35_000 ? 1 : 2, horizon: 1000) }
        // Of the older, e⁻⁵ is left.
        #expect(abs(histogram.mass(ScoreHistogram.bin(of: 1)) - 1000 * 0.006738) < 0.1)
        #expect(abs(histogram.mass(ScoreHistogram.bin(of: 2)) - 1000 * 0.993262) < 1)
    }
}
