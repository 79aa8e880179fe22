/// An instant as calendar and clock show it in UTC, in the proleptic Gregorian calendar without leap seconds.
struct CivilTime: Sendable, Equatable {
    let year: Int
    /// 1…12
    let month: Int
    /// 1…31
    let day: Int
    /// 1…366
    let dayOfYear: Int
    let hour: Int
    let minute: Int
    let second: Int
    let microsecond: Int
    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    let epochSecond: Int

    /// - Parameter epochMicroseconds: since 1970-01-01T00:00:00Z; negative before.
    init(epochMicroseconds: Int64) {
        let (seconds, microsecond) = Self.divide(Int(epochMicroseconds), by: 1_000_000)
        let (days, secondOfDay) = Self.divide(seconds, by: 86_400)
        // Days from 1 March of the year 0, because the leap day is then the last of its year.
        let (era, dayOfEra) = Self.divide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfMarchYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfMarchYear + 2) / 153

        self.month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        self.day = dayOfMarchYear - (153 * marchMonth + 2) / 5 + 1
        self.year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.dayOfYear = days - Self.days(year: year, month: 1, day: 1) + 1
        self.hour = secondOfDay / 3600
        self.minute = secondOfDay / 60 % 60
        self.second = secondOfDay % 60
        self.microsecond = microsecond
        self.epochSecond = seconds
    }

    /// Days from 1970-01-01 to a date. A day beyond its month counts into the next; `month` is 1…12, and others give
    /// some day, never a trap.
    ///
    /// Source: H. Hinnant, “chrono-Compatible Low-Level Date Algorithms”, `days_from_civil`; `init` is its inverse.
    static func days(year: Int, month: Int, day: Int) -> Int {
        let marchYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = divide(marchYear, by: 400)
        let dayOfMarchYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfMarchYear - 719_468
    }

    /// Division rounded down, with a remainder that is never negative.
    private static func divide(_ number: Int, by divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
