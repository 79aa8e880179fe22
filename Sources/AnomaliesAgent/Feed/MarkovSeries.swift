import Foundation

/// A random walk or a first-order autoregression whose value at any record can be had without the records before it.
///
/// Both are Gaussian and Markov: between two known values, the one in the middle has a normal distribution that depends
/// on these two only. So the series is laid out from its two ends inwards, halving what is left, as Lévy made Brownian
/// motion. Record `index` is the middle of exactly one stretch and takes its one draw for it; the result is the same
/// whether the records before it were made or not, and exactly of the distribution that was asked for.
///
/// Source: Glasserman, “Monte Carlo Methods in Financial Engineering”, 2004, section 3.1 (the Brownian bridge).
struct MarkovSeries: Sendable {
    enum Shape: Sendable, Equatable {
        /// Starts at 0; independent normal steps of this deviation.
        case walk(deviation: Double)
        /// x′ = `memory`·x + a normal draw of this deviation, in its stationary state; −1 < `memory` < 1.
        case autoregression(memory: Double, deviation: Double)
    }

    /// The series has 2⁵⁰ records, more than a year of 10 million a second, and then begins again.
    private static let levels = 50

    private let random: IndexedRandom
    /// By level: what the ends of a stretch of 2ˡᵉᵛᵉˡ records count for its middle, and how far the middle strays.
    private var weights = InlineArray<51, Double>(repeating: 0)
    private var deviations = InlineArray<51, Double>(repeating: 0)
    /// By level: the stretch around the current record, at its start, middle and end.
    private var starts = InlineArray<51, Double>(repeating: 0)
    private var middles = InlineArray<51, Double>(repeating: 0)
    private var ends = InlineArray<51, Double>(repeating: 0)
    private var current: Int

    init(_ shape: Shape, random: IndexedRandom) {
        self.random = random
        current = 0
        switch shape {
        case .walk(let deviation):
            for level in 1...Self.levels {
                weights[level] = 0.5
                deviations[level] = deviation * exp2(Double(level) / 2 - 1)
            }
            ends[Self.levels] = deviation * exp2(Double(Self.levels) / 2) * random.normal(at: 1 << Self.levels)
        case .autoregression(let memory, let deviation):
            let stationary = deviation / (1 - memory * memory).squareRoot()
            for level in 1...Self.levels {
                let half = exp2(Double(level - 1))
                let strength = exp(half * log(abs(memory)))
                weights[level] = (level == 1 ? memory : strength) / (1 + strength * strength)
                // 1 − strength², without losing it where strength is all but 1.
                let freedom = -expm1(2 * half * log(abs(memory)))
                deviations[level] = stationary * (freedom / (1 + strength * strength)).squareRoot()
            }
            starts[Self.levels] = stationary * random.normal(at: 0)
            // So far away that nothing is left of the start.
            ends[Self.levels] = stationary * random.normal(at: 1 << Self.levels)
        }
        fix(Self.levels)
        descend(from: Self.levels)
    }

    /// - Complexity: one normal draw from record to record, 50 for a jump.
    mutating func value(at index: Int) -> Double {
        let index = index & (1 << Self.levels - 1)
        let changed = index ^ current
        if changed != 0 {
            current = index
            descend(from: Int.bitWidth - changed.leadingZeroBitCount)
        }
        return starts[0]
    }

    /// Takes the stretches below `level` anew; the one at `level` holds the current record.
    private mutating func descend(from level: Int) {
        var level = level
        while level > 0 {
            let isSecondHalf = current >> (level - 1) & 1 == 1
            starts[level - 1] = isSecondHalf ? middles[level] : starts[level]
            ends[level - 1] = isSecondHalf ? ends[level] : middles[level]
            level -= 1
            if level > 0 { fix(level) }
        }
    }

    private mutating func fix(_ level: Int) {
        let middle = (current >> level) << level + 1 << (level - 1)
        middles[level] = weights[level] * (starts[level] + ends[level]) + deviations[level] * random.normal(at: middle)
    }
}
