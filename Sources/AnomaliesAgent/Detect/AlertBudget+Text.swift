import Detection

extension AlertBudget {
    /// Milliseconds of a calendar's units; a month is 30 days.
    private static let periods: [(name: String, milliseconds: Int64)] = [
        ("hour", 3_600_000), ("day", 86_400_000), ("week", 7 * 86_400_000), ("month", 30 * 86_400_000),
    ]

    static let textForm =
        "a text such as \"2 per week\": a whole number from 1 to \(counts.upperBound) "
        + "per hour, day, week or month"

    /// Reads `2 per week`; `nil` when the text says something else.
    ///
    /// - Parameter quiet: how long after an alert others belong to it.
    init?(_ text: String, quiet: Duration) {
        let words = text.split(separator: " ")
        guard words.count == 3, words[1] == "per", let count = Int(words[0]), Self.counts.contains(count),
            let period = Self.periods.first(where: { $0.name == words[2] })
        else { return nil }
        self.init(count: count, period: period.milliseconds, quiet: quiet.milliseconds)
    }
}
