/// The views that look at each feature by itself, without a clock: rank, shift and range.
///
/// Their evidence needs no units; of several features it is the mean, for what happens to a system shows in many of them,
/// while one that moves for the first time does so every day among many.
struct FeatureViews: Sendable {
    /// Values that are needed before a rank says anything.
    static let leastRanked = 16

    private(set) var rankMemories: [RankMemory]
    private(set) var shifts: [ShiftView]
    private(set) var ranges: [RangeView]
    /// Rows so far.
    private(set) var rows: UInt64 = 0
    /// The rank of each feature's newest value among those before it, 0...1.
    private(set) var ranks: [Double]

    init(features: Int) {
        rankMemories = [RankMemory](repeating: RankMemory(), count: features)
        shifts = [ShiftView](repeating: ShiftView(), count: features)
        ranges = [RangeView](repeating: RangeView(), count: features)
        ranks = [Double](repeating: 0, count: features)
    }

    /// Restores what a snapshot holds.
    init(rankMemories: [RankMemory], shifts: [ShiftView], ranges: [RangeView], rows: UInt64) {
        self.rankMemories = rankMemories
        self.shifts = shifts
        self.ranges = ranges
        self.rows = rows
        ranks = [Double](repeating: 0, count: ranges.count)
    }

    /// Judges a row by those before it, then learns it.
    ///
    /// - Returns: the mean shift, `nil` until it is known; and the mean of what the ranges' excesses add to the level.
    mutating func update(_ values: [Double]) -> (shift: Double?, range: Double?) {
        let isRemembered = rows % RankMemory.interval == 0
        var (shift, excess) = (0.0, 0.0)
        var isShiftKnown = true
        for feature in values.indices {
            let value = values[feature]
            ranks[feature] = rankMemories[feature].rank(of: value, least: Self.leastRanked)
            if isRemembered { rankMemories[feature].add(value) }
            if let distance = shifts[feature].update(value) { shift += distance } else { isShiftKnown = false }
            excess += min(ranges[feature].update(value), RangeView.Constants.most)
        }
        rows += 1
        let count = Double(values.count)
        return (isShiftKnown ? shift / count : nil, RangeView.term(of: excess / count))
    }
}
