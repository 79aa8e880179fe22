/// How often past scores were how high; older ones count less.
///
/// Bins divide each power of two into 32 parts, from 1/4 to 16, beyond which no
/// score is told apart. So a bin is 2–3 % wide, and finding it takes a shift of
/// the number's bits and no logarithm.
struct ScoreHistogram: Sendable, Equatable {
    static let binsPerOctave = 32
    static let count = 6 * binsPerOctave

    /// Newer scores weigh more, instead of all older ones less each time.
    private(set) var weights: [Double]
    private(set) var newest: Double

    init() {
        weights = [Double](repeating: 0, count: Self.count)
        newest = 1
    }

    /// Restores what a snapshot holds.
    init(weights: [Double], newest: Double) {
        precondition(weights.count == Self.count)
        self.weights = weights
        self.newest = newest
    }

    /// - Parameter horizon: Records after which a score counts e times less.
    mutating func add(_ score: Double, horizon: Double) {
        newest *= 1 + 1 / horizon
        if newest > 0x1p20 {
            for bin in weights.indices { weights[bin] /= newest }
            newest = 1
        }
        weights[Self.bin(of: score)] += newest
    }

    /// The weight of a bin, in newest scores.
    func mass(_ bin: Int) -> Double { weights[bin] / newest }

    /// The score below which the given part of all scores lies, 0...1; 1/4 where there are none.
    func quantile(_ part: Double) -> Double {
        var rest = weights.reduce(0, +) * part
        for bin in weights.indices {
            if weights[bin] > 0 && rest <= weights[bin] {
                let lower = Self.lowerEdge(bin)
                return lower + (Self.lowerEdge(bin + 1) - lower) * (rest / weights[bin])
            }
            rest -= weights[bin]
        }
        return Self.lowerEdge(0)
    }

    static func bin(of score: Double) -> Int {
        // 0x3FD0… is 1/4; five bits of the significand follow the exponent.
        let position = Int(score.bitPattern >> 47) - Int(UInt64(0x3FD0_0000_0000_0000) >> 47)
        return min(max(position, 0), count - 1)
    }

    static func lowerEdge(_ bin: Int) -> Double {
        Double(bitPattern: UInt64(0x3FD0_0000_0000_0000) + UInt64(bin) << 47)
    }
}
