/// How far a view's evidence stands out from the greatest values it has had so far.
///
/// Evidence is not comparable between series: what is a record high in one is every day's noise in another. The
/// greatest value of each block of rows is: it says what the view reaches when nothing happens. A value is told in
/// standard deviations above the mean of those maxima, of which older ones count less.
///
/// Source: block maxima of extreme value theory (Gumbel, “Statistics of Extremes”, 1958), with two moments instead of
/// a fitted distribution.
struct BlockMaxima: Sendable, Equatable {
    /// Each constant, with where it comes from and what another would do to the mean of the three profiles of the
    /// Numenta benchmark (76.5 as it is; thresholds unchanged).
    enum Constants {
        /// Rows of a block. Taken over from an earlier detector, which had chosen it on the same data;
        /// 36: −1, 60: −2, 72: −1.2, 96: −4. The one constant here that is not on a plateau.
        static let block = 48
        /// What a block before counts beside the newest; a hundred blocks are remembered. .98: −.8, .995: −.1, 1: −1.5.
        static let memory = 0.99
        /// Of the mean, added to the deviation, so that maxima that hardly differ do not make everything stand out.
        /// .03: −.1, .08: −.9, .1: −1.1.
        static let floor = 0.05
        /// Blocks that are needed before anything is told, with `memory`: the end of the fourth. A fifth: −.9.
        static let least = 3.0
        /// Evidence that is exactly constant has no deviation at all.
        static let smallest = 1e-9
    }

    /// What blocks so far count together; with their maxima and the squares of those.
    private(set) var blocks = 0.0
    private(set) var sum = 0.0
    private(set) var squares = 0.0
    /// Rows of the block that is not complete, and the greatest of them.
    private(set) var rows = 0
    private(set) var greatest = -Double.infinity

    init() {}

    /// Restores what a snapshot holds.
    init(blocks: Double, sum: Double, squares: Double, rows: Int, greatest: Double) {
        self.blocks = blocks
        self.sum = sum
        self.squares = squares
        self.rows = rows
        self.greatest = greatest
    }

    /// Whether there were blocks enough to tell anything.
    var isReady: Bool { blocks >= Constants.least }

    /// Judges a value by the blocks before, then takes it into its own.
    ///
    /// - Parameter evidence: finite, in any unit, the more the stranger; `nil` where the view had nothing to say, which
    ///   changes nothing.
    /// - Returns: standard deviations above the mean maximum, 0 or more; 0 until `isReady`.
    mutating func update(_ evidence: Double?) -> Double {
        guard let evidence else { return 0 }
        var excess = 0.0
        if isReady {
            let mean = sum / blocks
            let deviation = max(squares / blocks - mean * mean, 0).squareRoot()
            excess = max(0, (evidence - mean) / (deviation + Constants.floor * abs(mean) + Constants.smallest))
        }
        greatest = max(greatest, evidence)
        rows += 1
        if rows == Constants.block { endBlock() }
        return excess
    }

    private mutating func endBlock() {
        blocks = blocks * Constants.memory + 1
        sum = sum * Constants.memory + greatest
        squares = squares * Constants.memory + greatest * greatest
        rows = 0
        greatest = -.infinity
    }
}
