/// So many alerts in so much time, and the level that keeps to it.
///
/// The level follows from the past alone: it is the one that the declustered peaks of the
/// recent periods would have exceeded just as often as was asked for.
///
/// 1. Records of a level of `Constants.floor` and more are exceedances. One that comes later than `quiet` after the
///    start of a cluster begins another; the highest of a cluster is its peak.
/// 2. With n alerts per period and m periods of history (8 at most, and the time since the first record where that is
///    less), the border is peak number n × m + 1, counted from the highest: n × m peaks, rounded up, lie above it.
/// 3. A budget is no quota: the border is never below the floor, however quiet it was.
/// 4. In the first period it is the model's own threshold (level 1), raised where the peaks so far exceed their share.
///
/// It is an expectation and no cap: a day that is worse than the past has more alerts than the past.
public struct AlertBudget: Sendable, Equatable {
    enum Constants {
        /// Half of the way from typical to the model's own threshold.
        static let floor = 0.5
        /// With less the border jumps with each peak, with more it is slow to follow.
        static let periods = 8.0
        /// Peaks kept for each that the border counts, for those that take the place of what grows too old.
        static let spare = 2
    }

    /// Alerts per period. 1...250.
    public let count: Int
    /// In the unit of the times that are given, such as milliseconds. 1...2^53.
    public let period: Int64
    /// How long after the first record of a cluster others belong to it. 0 and more, in the same unit.
    public let quiet: Int64

    /// - Precondition: all in their ranges.
    public init(count: Int, period: Int64, quiet: Int64) {
        precondition(Self.counts.contains(count) && (1...1 << 53).contains(period) && (0...1 << 53).contains(quiet))
        self.count = count
        self.period = period
        self.quiet = quiet
    }

    public static let counts = 1...250

    var peakLimit: Int { Constants.spare * count * Int(Constants.periods) + 1 }
}

/// The recent peaks, and the border that follows from them. A function of the records alone.
///
/// - Complexity: memory for 16 peaks per alert of a period; nothing is done for records below the floor.
public struct AlertBudgetHistory: Sendable, Equatable {
    struct Peak: Sendable, Equatable {
        var level: Double
        var time: Int64
    }

    public let budget: AlertBudget
    /// From the highest to the lowest.
    private(set) var peaks: [Peak] = []
    private(set) var started: Int64?
    /// The latest time so far. One record from far ahead moves it by a period at most, so that it cannot make
    /// all of the past too old.
    private(set) var now: Int64 = 0
    /// The cluster that is not over yet: its start, and its peak.
    private(set) var open: (start: Int64, peak: Peak)?

    public init(_ budget: AlertBudget) { self.budget = budget }

    init(_ budget: AlertBudget, peaks: [Peak], started: Int64?, now: Int64, open: (start: Int64, peak: Peak)?) {
        self.budget = budget
        self.peaks = peaks
        self.started = started
        self.now = now
        self.open = open
    }

    /// The level that a record must exceed to be a finding.
    public var border: Double {
        guard let started else { return 1 }
        let periods = Double(now - started) / Double(budget.period)
        let allowed = Int((Double(budget.count) * min(periods, AlertBudget.Constants.periods)).rounded(.up))
        let kept = allowed < peaks.count ? peaks[allowed].level : AlertBudget.Constants.floor
        return periods < 1 ? max(1, kept) : kept
    }

    /// Takes note of a record, after it was judged.
    ///
    /// - Parameter level: 0 before the model is warm.
    /// - Complexity: O(1) below the floor, else O(peaks).
    public mutating func learn(_ level: Double, at time: Int64) {
        advance(to: time)
        guard level >= AlertBudget.Constants.floor else { return }
        // Its level counts when it was alone in its cluster or is its highest.
        let peak = Peak(level: level, time: now)
        if let cluster = open, now - cluster.start < budget.quiet {
            guard level > cluster.peak.level else { return }
            peaks.removeAll { $0 == cluster.peak }
            open?.peak = peak
        } else {
            open = (now, peak)
        }
        let oldest = now - Int64(AlertBudget.Constants.periods) * budget.period
        peaks.removeAll { $0.time < oldest }
        let place = peaks.firstIndex { $0.level < level } ?? peaks.count
        peaks.insert(peak, at: place)
        if peaks.count > budget.peakLimit { peaks.removeLast() }
    }

    private mutating func advance(to time: Int64) {
        guard started != nil else {
            // Far from the ends of the range, so that no difference overflows.
            now = min(max(time, -1 << 60), 1 << 60)
            started = now
            return
        }
        now = max(now, min(time, now + budget.period))
    }

    public static func == (one: AlertBudgetHistory, other: AlertBudgetHistory) -> Bool {
        one.budget == other.budget && one.peaks == other.peaks && one.started == other.started
            && one.now == other.now && one.open?.start == other.open?.start && one.open?.peak == other.open?.peak
    }
}
