/// How large a feature's residuals usually are, so that those of several features can be added up.
///
/// Only needed where there are several: one series is compared with nothing but itself.
struct FeatureSpread: Sendable, Equatable {
    /// Each constant, with where it comes from: as in the level of several series, chosen there on the labelled servers.
    enum Constants {
        /// Rows that are remembered, about a week of minutes.
        static let memory = 10_000.0
        /// Residuals that are needed first.
        static let least: UInt64 = 50
        /// The deviation of Gaussian values, from their mean distance: √(π/2).
        static let deviation = 1.25
        /// Of the values' own spread: what a residual is at least compared with, for a feature that is predicted
        /// perfectly has no spread of residuals.
        static let floor = 0.05
        /// Times the mean distance, beyond which a residual teaches no more.
        static let teaching = 4.0
        /// …and of the values' spread, so that a spread of zero can grow at all.
        static let smallest = 1e-3
        /// Deviations beyond which a feature counts no more: one alone must not outweigh all others.
        static let most = 10.0
    }

    /// Values so far, with their mean and mean distance from it.
    private(set) var values: UInt64 = 0
    private(set) var mean = 0.0
    private(set) var distance = 0.0
    /// Residuals so far, and their mean size.
    private(set) var residuals: UInt64 = 0
    private(set) var size = 0.0

    init() {}

    /// Restores what a snapshot holds.
    init(values: UInt64, mean: Double, distance: Double, residuals: UInt64, size: Double) {
        self.values = values
        self.mean = mean
        self.distance = distance
        self.residuals = residuals
        self.size = size
    }

    /// Takes a value in, and its residual where there is one.
    ///
    /// - Returns: the residual in deviations of those before it, −10...10; 0 until there were 50, and for a feature that
    ///   never moved.
    mutating func update(_ residual: Double?, of value: Double) -> Double {
        let unit = max(Constants.deviation * size, Constants.floor * distance)
        var scaled = 0.0
        let isReady = residuals >= Constants.least
        if let residual, isReady, unit > 0 {
            scaled = min(max(residual / unit, -Constants.most), Constants.most)
        }
        values += 1
        let step = max(1 / Constants.memory, 1 / Double(values))
        let difference = value - mean
        mean += step * difference
        distance += step * (abs(difference) - distance)
        if let residual {
            let limit = Constants.teaching * size + Constants.smallest * distance
            let lesson = isReady ? min(abs(residual), limit) : abs(residual)
            residuals += 1
            size += max(1 / Constants.memory, 1 / Double(residuals)) * (lesson - size)
        }
        return scaled
    }
}
