/// What a series model makes of one row.
public struct SeriesReading: Sendable, Equatable {
    /// How strange the row is, continuously: about 1 is where to decide. 0 and more, never suppressed.
    public let level: Double
    /// The level that the alarm is decided by: 1 is a finding. 0...16, never suppressed.
    public let alarmLevel: Double
    /// A finding that is told: not one of the event that was told already.
    public let isAlarm: Bool
    /// What contributed most to `alarmLevel`; `nil` where nothing did.
    public let reason: SeriesView?
    /// Whether there were rows enough to judge by: at least one view knows what is usual.
    public let isWarm: Bool

    public var isFinding: Bool { alarmLevel >= SeriesAlarm.threshold }

    /// 0..<1, of which 0.5 and more is an alarm: `alarmLevel / (1 + alarmLevel)`, but below 0.5 where there is none.
    public var grade: Double {
        let share = alarmLevel / (1 + alarmLevel)
        return isAlarm ? max(share, 0.5) : min(share, 0.5.nextDown)
    }
}

/// What a series is looked at for.
public enum SeriesView: UInt8, CaseIterable, Sendable {
    /// The last 48 rows together are unlike those before.
    case sequence
    /// The last 8 rows together are unlike those before.
    case pattern
    /// The last rows are unusual for this hour of the week.
    case week
    /// The last rows are unusual for this time of day.
    case day
    /// Their ranks among all rows are unusual for this time of day, whatever their distances.
    case dayRank
    /// The last 120 rows are distributed unlike the history before.
    case shift
    /// The value lies outside the range that it has had.
    case range
}
