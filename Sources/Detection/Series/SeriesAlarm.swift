/// From what each view has to say to one level, and from levels to alarms.
///
/// The level is the 4-norm of the views' terms: one view that is sure is enough, and several that are nearly sure are,
/// too. After an alarm the rows of the same event are findings but no alarms, unless it becomes much worse.
struct SeriesAlarm: Sendable, Equatable {
    /// Each constant, with where it comes from.
    ///
    /// The three thresholds are the only ones that were fitted: to the Numenta benchmark, each of its groups by those that
    /// do best on the others. That gives 76.1 / 71.1 / 79.9 (all groups: 76.8 / 72.1 / 80.4; the median of the whole
    /// grid 74.8 / 69.9 / 78.8).
    enum Constants {
        /// Deviations above past block maxima that are an alarm, of {1.75, 2, 2.25, 2.5, 3}; groups choose 2...2.5.
        static let longForest = 2.25
        /// Of {4, 5, 6}; groups choose 4...5.
        static let shortForest = 4.0
        /// …and where there is no long forest, because there are three features or more: the short one then sees enough
        /// at once to decide by itself. Event F1 at the fixed decision on the labelled servers (20 events, 19
        /// features): .75: .62, 1: .60, 1.25: .55, 1.5: .47, 2: .48, 4: .44; and alarms on 3,250 rows of noise, of 19
        /// features and of 4: .75: 3 and 3, 1: 1 and 3, 1.25: 0 and 2, 2: 0 and 1.
        static let onlyForest = 1.0
        /// Of {3, 3.5, 4, 4.5, 5, 6}, for all other views together; groups choose 4...4.5.
        static let views = 4.0
        /// In thresholds, what one view says at most. 1.5...4 change nothing.
        static let cap = 1.8
        /// Rows after an alarm in which only what is much worse is another. 80...120 change nothing; 150 costs 2 points,
        /// because some events of the benchmark lie 140 rows apart. Without it: −16, and every event is told many times.
        static let refractory: UInt64 = 120
        /// Times the last alarm's level that is much worse. Never: −.7; 1.75 or 2.25: −.2, −.3.
        static let escalation = 2.0
    }

    /// The level of an alarm.
    static let threshold = 1.0

    /// The row that was the last alarm, counted from 0, and its level.
    private(set) var lastAlarm: UInt64?
    private(set) var lastLevel = 0.0

    init() {}

    /// Restores what a snapshot holds.
    init(lastAlarm: UInt64?, lastLevel: Double) {
        self.lastAlarm = lastAlarm
        self.lastLevel = lastLevel
    }

    /// Whether a row is an alarm.
    mutating func decide(_ level: Double, row: UInt64) -> Bool {
        level >= Self.threshold && isNew(level, row: row)
    }

    /// Whether a row that is a finding, wherever the border is, is not one of an event that was told already.
    mutating func isNew(_ level: Double, row: UInt64) -> Bool {
        if let lastAlarm, row - lastAlarm <= Constants.refractory, level <= Constants.escalation * lastLevel {
            return false
        }
        lastAlarm = row
        lastLevel = level
        return true
    }
}

/// The terms of one row.
struct SeriesTerms {
    private let shortForest: Double
    private var sum = 0.0
    private var greatest = 0.0
    /// The view with the greatest term; `nil` while all are 0.
    private(set) var reason: SeriesView?

    /// - Parameter hasLongForest: whether there is one, however much it has learned.
    init(hasLongForest: Bool) {
        shortForest = hasLongForest ? SeriesAlarm.Constants.shortForest : SeriesAlarm.Constants.onlyForest
    }

    /// Adds a view's deviations above its past.
    mutating func add(_ excess: Double, of view: SeriesView) {
        let threshold =
            switch view {
            case .sequence: SeriesAlarm.Constants.longForest
            case .pattern: shortForest
            default: SeriesAlarm.Constants.views
            }
        add(term: min(excess / threshold, SeriesAlarm.Constants.cap), of: view)
    }

    /// - Parameter term: 1 where it would just be an alarm. 0 and more.
    mutating func add(term: Double, of view: SeriesView) {
        sum += term * term * term * term
        guard term > greatest else { return }
        greatest = term
        reason = view
    }

    /// 0 and more, 1 where one view alone would just be an alarm.
    var level: Double { sum.squareRoot().squareRoot() }
}
