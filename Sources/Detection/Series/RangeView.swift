/// How far a feature's value lies outside the range that it has had.
///
/// What lies outside is the surest sign there is, and needs no calibration: a share of the range is the same in every
/// unit. One row widens the range by at most half of it, so that one spike does not hide the next.
struct RangeView: Sendable, Equatable {
    /// Each constant, with what it did to the Numenta benchmark.
    enum Constants {
        /// Rows whose range is taken as it is. Taken over from an earlier detector.
        static let learning: UInt64 = 300
        /// Of the range, by which one row may widen it. Without a limit: −.4.
        static let growth = 0.5
        /// Of the range, that is not yet worth telling: one twentieth.
        static let ignored = 0.05
        /// What exceeding says at least, and more for each range's width beyond, up to `most` of them. By itself an alarm.
        static let least = 2.0
        static let perWidth = 2.0
        static let most = 3.0
    }

    private(set) var rows: UInt64 = 0
    private(set) var low = 0.0
    private(set) var high = 0.0

    init() {}

    /// Restores what a snapshot holds.
    init(rows: UInt64, low: Double, high: Double) {
        self.rows = rows
        self.low = low
        self.high = high
    }

    /// Judges a value by the range before it, which it then widens.
    ///
    /// - Returns: widths of the range between it and the value, 0 or more; 0 for the first 300 rows.
    mutating func update(_ value: Double) -> Double {
        if rows == 0 { (low, high) = (value, value) }
        let width = high - low
        defer { rows += 1 }
        guard rows >= Constants.learning, width > 0 else {
            (low, high) = (min(low, value), max(high, value))
            return 0
        }
        let excess = max((value - high) / width, (low - value) / width, 0)
        if value > high { high = min(value, high + Constants.growth * width) }
        if value < low { low = max(value, low - Constants.growth * width) }
        return excess
    }

    /// What an excess adds to the level as a term of its own; `nil` where it is too little to tell.
    static func term(of excess: Double) -> Double? {
        guard excess > Constants.ignored else { return nil }
        return Constants.least + Constants.perWidth * min(excess, Constants.most)
    }
}
