/// How a view's value compares with what it usually reaches: a ratio to the mean of its own past block maxima.
///
/// A view is in no unit that could be compared with another's, and neither is one series with the next. What every view
/// has is a height that it reaches now and then while nothing happens; 1 is that height.
///
/// Source: block maxima of extreme value theory (Gumbel, “Statistics of Extremes”, 1958), of which only the mean is used,
/// so that a ratio stays continuous and has no bound.
struct PeakRatio: Sendable, Equatable {
    /// Each constant, with where it comes from. Effects are on the labelled KPI series and servers.
    enum Constants {
        /// Rows of a block.
        static let block = 100
        /// What a block before counts beside the newest: 10,000 rows, a week of minutes. An event must not outlast it;
        /// 1,000 rows: −.1 VUS-PR on KPI.
        static let memory = 0.99
        /// Blocks that are needed first.
        static let least: UInt64 = 5
        /// Times the mean maximum, beyond which a block teaches no more. Usual for the least that is an outlier.
        static let teaching = 3.0
        /// Added to the mean, so that it can be divided by.
        static let smallest = 1e-12
    }

    /// Complete blocks so far; what they count together, and their maxima, each as much.
    private(set) var blocks: UInt64 = 0
    private(set) var weight = 0.0
    private(set) var sum = 0.0
    /// Rows of the block that is not complete, and the greatest of them.
    private(set) var rows = 0
    private(set) var greatest = 0.0

    init() {}

    /// Restores what a snapshot holds.
    init(blocks: UInt64, weight: Double, sum: Double, rows: Int, greatest: Double) {
        self.blocks = blocks
        self.weight = weight
        self.sum = sum
        self.rows = rows
        self.greatest = greatest
    }

    /// Whether there were blocks enough: 500 rows since the view first had something to say.
    var isReady: Bool { blocks >= Constants.least }

    /// Compares a value with those before, then takes it into its block.
    ///
    /// - Parameter value: finite, 0 or more. A view that was never above 0 has not begun: nothing is learned.
    /// - Returns: 0 or more, 1 is usual for a block's greatest; 0 until `isReady`.
    mutating func update(_ value: Double) -> Double {
        guard value > 0 || greatest > 0 || blocks > 0 else { return 0 }
        let isKnown = isReady && sum > 0
        let usual = isKnown ? sum / weight : 0
        greatest = max(greatest, value)
        rows += 1
        if rows == Constants.block { endBlock(isKnown ? min(greatest, Constants.teaching * usual) : greatest) }
        return isKnown ? value / (usual + Constants.smallest) : 0
    }

    private mutating func endBlock(_ maximum: Double) {
        sum = Constants.memory * sum + maximum
        weight = Constants.memory * weight + 1
        blocks += 1
        rows = 0
        greatest = 0
    }
}
