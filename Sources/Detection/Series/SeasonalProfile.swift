/// How far the last rows lie from what is usual at their time of the day or week.
///
/// A profile has a mean for each piece of the period; what is usual is that of the piece and the two beside it. The
/// residuals of the last rows are averaged with their sign, so that noise cancels out and what lasts remains.
struct SeasonalProfile: Sendable {
    /// What a profile is of.
    struct Shape: Sendable, Equatable {
        /// Seconds, after which it repeats.
        let period: Double
        /// Pieces of it.
        let bins: Int
        /// What the newest row of a piece counts; the first few count alike.
        let rate: Double
        /// Rows whose residuals are averaged.
        let rows: Int

        /// An hour a piece, the last three weeks or so, half an hour of five-minute rows. 84 or 336 pieces: −1.1, −.8;
        /// rate .1 or .5: −.6, 0; rows 3 or 12: +.2, −.3, on the mean of the Numenta benchmark's three profiles.
        /// Without it: −1.3.
        static let week = Shape(period: 604_800, bins: 168, rate: 0.3, rows: 6)
        /// A quarter of an hour a piece, the last ten days, two hours of five-minute rows. 48 or 144 pieces: 0, −.1; rate
        /// .05 or .2: −.1, 0; rows 12 or 36: +.1, −.1. Without it: −.6; without that of ranks: −1.
        static let day = Shape(period: 86_400, bins: 96, rate: 0.1, rows: 24)
    }

    let shape: Shape
    let features: Int
    /// `features` for each piece; and rows in each.
    var means: [Double]
    var counts: [UInt64]
    /// `features` for each of the last rows, 0 where there was none; row n is at n % `rows`.
    var residuals: [Double]
    var hasResidual: [Bool]
    var rows: UInt64 = 0
    /// One for each feature where there are several, else none.
    var spreads: [FeatureSpread]

    init(_ shape: Shape, features: Int) {
        self.shape = shape
        self.features = features
        means = [Double](repeating: 0, count: shape.bins * features)
        counts = [UInt64](repeating: 0, count: shape.bins)
        residuals = [Double](repeating: 0, count: shape.rows * features)
        hasResidual = [Bool](repeating: false, count: shape.rows)
        spreads = features > 1 ? [FeatureSpread](repeating: FeatureSpread(), count: features) : []
    }

    /// Judges a row by the profile before it, then learns it.
    ///
    /// - Parameters:
    ///   - values: one for each feature.
    ///   - time: seconds since 1970 of the time of day that people there saw; finite.
    /// - Returns: how far the last rows lie off, 0 or more: of one feature in its unit, of several in deviations, their
    ///   mean; `nil` where nothing is known of this time.
    mutating func update(_ values: [Double], at time: Double) -> Double? {
        let bins = shape.bins
        let phase = time - (time / shape.period).rounded(.down) * shape.period
        let bin = min(max(Int(phase / shape.period * Double(bins)), 0), bins - 1)
        let (before, after) = ((bin + bins - 1) % bins, (bin + 1) % bins)
        let seen = (counts[before] > 0 ? 1 : 0) + (counts[bin] > 0 ? 1 : 0) + (counts[after] > 0 ? 1 : 0)
        let row = Int(rows % UInt64(shape.rows))
        rows += 1
        hasResidual[row] = seen > 0
        counts[bin] += 1
        let rate = max(shape.rate, 1 / Double(counts[bin]))
        for feature in 0..<features {
            let value = values[feature]
            var residual: Double?
            if seen > 0 {
                // Pieces that were never seen hold 0.
                let sum =
                    means[before * features + feature] + means[bin * features + feature]
                    + means[after * features + feature]
                residual = value - sum / Double(seen)
            }
            means[bin * features + feature] += rate * (value - means[bin * features + feature])
            if features > 1 { residual = spreads[feature].update(residual, of: value) }
            residuals[row * features + feature] = residual ?? 0
        }
        return seen > 0 ? evidence : nil
    }

    private var evidence: Double {
        var there = 0
        for row in 0..<shape.rows where hasResidual[row] { there += 1 }
        var total = 0.0
        for feature in 0..<features {
            var sum = 0.0
            for row in 0..<shape.rows { sum += residuals[row * features + feature] }
            total += abs(sum / Double(there))
        }
        return total / Double(features)
    }
}
