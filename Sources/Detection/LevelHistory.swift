/// How often past levels were how high; older ones count less. What likelihoods are read from.
///
/// Bins divide each power of two into 8 parts, from 1/8 to 32, beyond which no level is told apart. Half a
/// kilobyte, because there is one for each forest and there may be thousands.
struct LevelHistory: Sendable, Equatable {
    static let count = 64
    /// Records by which a level counts e times less: the least likelihood that can be told is its inverse.
    static let horizon = 10_000.0
    private static let lowest: UInt64 = 0x3FC0_0000_0000_0000

    /// Newer levels weigh more, instead of all older ones less each time.
    private(set) var weights: [Float]
    private(set) var newest: Double

    init() {
        weights = [Float](repeating: 0, count: Self.count)
        newest = 1
    }

    init(weights: [Float], newest: Double) {
        precondition(weights.count == Self.count)
        self.weights = weights
        self.newest = newest
    }

    mutating func add(_ level: Double) {
        newest *= 1 + 1 / Self.horizon
        if newest > 0x1p20 {
            for bin in weights.indices { weights[bin] /= Float(newest) }
            newest = 1
        }
        weights[Self.bin(of: level)] += Float(newest)
    }

    /// The part of all levels that were as high, this one among them: more than 0, up to 1.
    func likelihood(of level: Double) -> Double {
        var (above, all) = (newest, newest)
        let bin = Self.bin(of: level)
        for index in weights.indices {
            all += Double(weights[index])
            if index >= bin { above += Double(weights[index]) }
        }
        return above / all
    }

    private static func bin(of level: Double) -> Int {
        // Three bits of the significand follow the exponent.
        let position = Int(level.bitPattern >> 49) - Int(lowest >> 49)
        return min(max(position, 0), count - 1)
    }
}
