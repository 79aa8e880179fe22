/// The values that are usual at a time of day, finely: what a forecast cannot know from the last rows.
///
/// The day has as many slots as it has rows, at most one a minute: how many is learned from the first times. A slot
/// remembers about five days; what is usual is the mean of the slots around it, so that one day's noise cancels out.
///
/// Beside `SeasonalProfile`, which looks for hours that are unusual as a whole, this one predicts single rows.
struct DayProfile: Sendable {
    /// Each constant, with where it comes from. Effects are on the labelled KPI series and servers.
    enum Constants {
        /// Seconds.
        static let day = 86_400.0
        /// Intervals between times, of which the median is the width of a slot. Odd, so that there is one in the middle.
        static let intervals = 15
        /// Seconds that a slot is wide at least: 1440 slots at most.
        static let narrowest = 60.0
        /// Slots on each side that count as well. None is worse, 2...5 alike.
        static let neighbors = 5
        /// …but no more than half an hour: one in so many slots of the day.
        static let neighborhood = 48
        /// What the newest day counts; the first few count alike. .15...3 alike.
        static let rate = 0.2
        /// Times the usual distance from the profile, beyond which a value teaches no more, after the first day. Usual are
        /// 3...5.
        static let teaching = 4.0
    }

    /// The last time, and the intervals so far, while the width of a slot is not known.
    var lastTime: Double?
    var intervals: [Double]
    /// Seconds of a slot; 0 until it is known.
    var width = 0.0
    /// How often each slot was seen. None until the width is known.
    var visits: [UInt64] = []
    /// One value a feature for each slot: 11 KB a feature at one-minute rows. Reserved once, when the width is known.
    var means: [Double] = []
    /// Rows that came to a slot that was seen before; and for each feature their mean distance from it.
    var returns: UInt64 = 0
    var distances: [Double]
    /// What was expected of the newest row, where `update` said that it was.
    private(set) var expected: [Double]

    init(features: Int) {
        intervals = []
        intervals.reserveCapacity(Constants.intervals)
        distances = [Double](repeating: 0, count: features)
        expected = distances
    }

    /// Slots of a day: 2...1440; 0 until their width is known.
    var slots: Int { visits.count }

    /// Puts what is usual at that time into `expected`, by the rows before it, then learns the row.
    ///
    /// - Parameters:
    ///   - values: one for each feature.
    ///   - time: seconds since 1970 of the time of day that people there saw; `nil` and what is not finite say nothing.
    /// - Returns: whether anything is expected: the slot and those around it were all seen before.
    /// - Complexity: O(features × `neighbors`).
    mutating func update(_ values: [Double], at time: Double?) -> Bool {
        guard let time, time.isFinite else { return false }
        guard slots > 0 else {
            learnWidth(time)
            return false
        }
        let slot = slot(of: time)
        let isExpected = predict(slot)
        learn(values, slot)
        return isExpected
    }

    private mutating func learnWidth(_ time: Double) {
        if let lastTime, time > lastTime { intervals.append(time - lastTime) }
        lastTime = time
        guard intervals.count == Constants.intervals else { return }
        intervals.sort()
        let width = max(Constants.narrowest, intervals[Constants.intervals / 2])
        intervals.removeAll(keepingCapacity: true)
        // Rows of half a day or more apart have no time of day.
        let slots = Self.slots(width: width)
        guard slots >= 2 else { return }
        self.width = width
        lastTime = nil
        visits = [UInt64](repeating: 0, count: slots)
        means = [Double](repeating: 0, count: slots * distances.count)
    }

    static func slots(width: Double) -> Int { Int(max(0, (Constants.day / width).rounded(.down))) }

    private func slot(of time: Double) -> Int {
        var phase = time.truncatingRemainder(dividingBy: Constants.day)
        if phase < 0 { phase += Constants.day }
        // What is left of a day that the slots do not divide evenly belongs to its first.
        return Int(phase / width) % slots
    }

    /// - Returns: whether all slots around it were seen.
    private mutating func predict(_ slot: Int) -> Bool {
        let features = distances.count
        let reach = min(Constants.neighbors, slots / Constants.neighborhood)
        for distance in -reach...reach where visits[(slot + distance + slots) % slots] == 0 { return false }
        for feature in 0..<features { expected[feature] = 0 }
        for distance in -reach...reach {
            let first = (slot + distance + slots) % slots * features
            for feature in 0..<features { expected[feature] += means[first + feature] }
        }
        let count = Double(2 * reach + 1)
        for feature in 0..<features { expected[feature] /= count }
        return true
    }

    private mutating func learn(_ values: [Double], _ slot: Int) {
        let features = distances.count
        let first = slot * features
        visits[slot] += 1
        guard visits[slot] > 1 else {
            for feature in 0..<features { means[first + feature] = values[feature] }
            return
        }
        let isLimited = returns > UInt64(slots)
        returns += 1
        let distanceStep = max(1 / Double(2 * slots), 1 / Double(returns))
        let step = max(Constants.rate, 1 / Double(visits[slot]))
        for feature in 0..<features {
            var difference = values[feature] - means[first + feature]
            if isLimited {
                let limit = Constants.teaching * distances[feature]
                difference = min(max(difference, -limit), limit)
            }
            distances[feature] += distanceStep * (abs(difference) - distances[feature])
            means[first + feature] += step * difference
        }
    }
}
