/// Residuals of all features in a unit that they share: how large each one's usually are.
///
/// The unit is slower than any event: a deviation of the last 10,000 residuals, of which none teaches more than four
/// times the usual. A feature that is predicted all but perfectly is told in a share of its own spread instead, for else
/// its rounding errors would drown all other features.
///
/// Source: a mean absolute deviation, winsorised (Huber, “Robust Statistics”, 1981), with exponential forgetting.
struct ResidualScale: Sendable {
    /// Each constant, with where it comes from. Effects are on the labelled KPI series and servers.
    enum Constants {
        /// Rows that are remembered, about a week of minutes. 1,000 and 3,000: up to −.05 VUS-PR on KPI, servers alike.
        static let memory = 10_000.0
        /// Residuals that are needed first.
        static let least: UInt64 = 50
        /// The deviation of Gaussian values, from their mean distance: √(π/2).
        static let deviation = 1.25
        /// Of the values' own spread, which is the least unit. .2 loses on servers.
        static let floor = 0.05
        /// Times the usual, beyond which a residual teaches no more. Usual are 3...5; 5 makes no difference.
        static let teaching = 4.0
        /// …and of the values' spread, so that a usual residual of 0 can grow at all.
        static let smallestShare = 1e-3
        static let smallest = 1e-12
        /// Times the spread, beyond which a value teaches no more about it: so wild a value moves it by 1 %, not by any
        /// amount. No value of the labelled series is. What has no spread yet, learns all.
        static let wild = 100.0
        /// Of the value, below which a residual is what sums were rounded by, and not told apart from 0: a constant that has
        /// no exact binary form would stand out from itself.
        static let rounding = 1e-12
        /// Units beyond which a residual counts no more. 5 loses on KPI, 20 and 40 on servers.
        static let most = 10.0
    }

    /// Values and residuals so far of each feature.
    private(set) var values: UInt64 = 0
    private(set) var residuals: UInt64 = 0
    /// Of each feature: the mean of its values, which begins at 0, so that where they lie counts as spread at first: without
    /// it, metrics that move for the first time count too much (servers: F1 −.1, VUS-PR −.01; KPI alike); their mean distance from it, and the mean size of its residuals.
    private(set) var means: [Double]
    private(set) var distances: [Double]
    private(set) var sizes: [Double]
    /// The newest residuals in their units, −10...10; 0 where there was none, until there were 50, and for a feature that
    /// never moved.
    private(set) var scaled: [Double]

    init(features: Int) {
        means = [Double](repeating: 0, count: features)
        distances = means
        sizes = means
        scaled = means
    }

    /// Restores what a snapshot holds.
    init(values: UInt64, residuals: UInt64, means: [Double], distances: [Double], sizes: [Double]) {
        precondition(means.count == distances.count && means.count == sizes.count)
        self.init(features: means.count)
        self.values = values
        self.residuals = residuals
        self.means = means
        self.distances = distances
        self.sizes = sizes
    }

    /// Puts a row's residuals into `scaled`, by those before it, then learns them.
    ///
    /// - Parameters:
    ///   - newest: one for each feature; `nil` where nothing was predicted.
    ///   - row: the values that they are of.
    /// - Complexity: O(features), no allocation.
    mutating func update(_ newest: [Double]?, of row: [Double]) {
        let isReady = residuals >= Constants.least
        let isSpreadKnown = values >= Constants.least
        values += 1
        if newest != nil { residuals += 1 }
        let valueStep = max(1 / Constants.memory, 1 / Double(values))
        let residualStep = max(1 / Constants.memory, 1 / Double(max(residuals, 1)))
        for feature in row.indices {
            let (size, spread) = (sizes[feature], distances[feature])
            let unit = max(Constants.deviation * size, Constants.floor * spread)
            var difference = row[feature] - means[feature]
            if isSpreadKnown, spread > 0 {
                difference = min(max(difference, -Constants.wild * spread), Constants.wild * spread)
            }
            means[feature] += valueStep * difference
            let newSpread = spread + valueStep * (abs(difference) - spread)
            distances[feature] = newSpread
            scaled[feature] = 0
            guard var residual = newest?[feature] else { continue }
            if abs(residual) <= Constants.rounding * abs(row[feature]) { residual = 0 }
            var lesson = abs(residual)
            if isReady {
                if unit > 0 { scaled[feature] = min(max(residual / unit, -Constants.most), Constants.most) }
                let share = Constants.smallestShare * newSpread + Constants.smallest
                lesson = min(lesson, Constants.teaching * size + share)
            }
            sizes[feature] = size + residualStep * (lesson - size)
        }
    }
}
