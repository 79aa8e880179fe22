/// Which of the last records were findings of their own: what echoes and lasting changes are told by.
struct RecentFindings: Sendable, Equatable {
    /// Records among which findings are counted…
    static let window = 16
    /// …and how many of them make a change that lasts. Anomalies at 5 %, the most that is meant to be found, come
    /// together like this once in 3 × 10⁶ records by chance.
    static let lasting = 8

    /// Bit n is the record n + 1 before the next.
    private(set) var bits: UInt128
    /// The level of the latest one.
    private(set) var level: Double

    init(bits: UInt128 = 0, level: Double = 0) {
        self.bits = bits
        self.level = level
    }

    var isLasting: Bool { (bits & ((1 << UInt128(Self.window)) - 1)).nonzeroBitCount >= Self.lasting }

    /// Whether findings are inside the shingle that the next record completes.
    func isInside(shingle size: Int) -> Bool { bits & Self.mask(size) != 0 }

    /// Whether a finding is nothing but what earlier ones left in the shingle.
    ///
    /// The score is shared out over the positions of the shingle. Where that of an earlier finding has more
    /// than the share of a typical record, the surplus is taken off, and the rest must exceed the border. Scores do not
    /// quite add up: two anomalies in one shingle score hardly more than one. So a record whose own surplus
    /// is half of theirs is none either, as AWS's library takes half of the greatest part for a cause of its own.
    ///
    /// - Parameters:
    ///   - parts: The attribution by position, oldest first; `nil` where the model has none: then
    ///     an echo is what is no higher than the latest finding.
    ///   - border: The level that makes a finding.
    func isEcho(_ reading: Reading, parts: [Double]?, shingle size: Int, border: Double) -> Bool {
        guard isInside(shingle: size) else { return false }
        guard let parts, parts.count % size == 0 else { return reading.level <= level }
        let features = parts.count / size
        let share = reading.typical / Double(size)
        var theirs = 0.0
        for age in 1..<size where bits & (1 << UInt128(age - 1)) != 0 {
            let start = (size - 1 - age) * features
            theirs += max(0, parts[start..<start + features].reduce(0, +) - share)
        }
        let own = parts.suffix(features).reduce(0, +) - share
        guard own < theirs / 2, let level = reading.level(ofScore: reading.score - theirs) else { return false }
        return level <= border
    }

    /// - Parameter level: of a finding of its own; `nil` for ordinary records and for echoes.
    mutating func learn(_ level: Double?) {
        bits = bits << 1 | (level == nil ? 0 : 1)
        if let level { self.level = level }
    }

    private static func mask(_ size: Int) -> UInt128 { (1 << UInt128(size - 1)) - 1 }
}
