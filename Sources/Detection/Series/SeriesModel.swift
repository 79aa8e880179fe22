import RandomCutForest

/// Judges the rows of one series, of one feature or several, one after another.
///
/// Six views look for what can be strange about a row: sequences unlike those before (two forests), a time of day or week
/// that is usually otherwise (three profiles), and another distribution than ever (shift). Each is measured against its
/// own past, so that one threshold serves every series; leaving the range that was ever seen is a term of its own. They
/// decide about alarms; how strange a row is, continuously, is a `SeriesLevel`.
///
/// Strictly causal: a row is judged by those before it, in fixed memory. The same rows and seed give the same readings on
/// every machine.
///
/// ```swift
/// var model = try SeriesModel(features: 1)
/// let reading = try model.assess([cpu].span, time: secondsSince1970)
/// if reading.isAlarm { … }
/// ```
public struct SeriesModel: ~Copyable, Sendable {
    public let features: Int
    public let seed: UInt64
    /// Rows judged so far; refused ones do not count.
    public internal(set) var rows: UInt64 = 0

    var forests: SeriesForests
    var level: SeriesLevel
    var week: SeasonalProfile
    var day: SeasonalProfile
    var dayRank: SeasonalProfile
    var byFeature: FeatureViews
    /// One for each calibrated view, at its raw value.
    var maxima: [BlockMaxima]
    var alarm = SeriesAlarm()
    /// The current row.
    var values: [Double]

    /// Views whose evidence is measured against its past: all but the range.
    static let calibrated = Int(SeriesView.range.rawValue)

    /// - Parameter features: values in a row. 1...100.
    /// - Throws: `.forest` where they are not.
    public init(features: Int = 1, seed: UInt64 = 0) throws(DetectorError) {
        let forests = try SeriesForests(features: features, seed: seed)
        let level = try SeriesLevel(features: features, seed: seed)
        self.init(features: features, seed: seed, forests: forests, level: level)
    }

    /// A model that has seen nothing but what its forests have.
    init(features: Int, seed: UInt64, forests: consuming SeriesForests, level: consuming SeriesLevel) {
        self.features = features
        self.seed = seed
        self.forests = forests
        self.level = level
        week = SeasonalProfile(.week, features: features)
        day = SeasonalProfile(.day, features: features)
        dayRank = SeasonalProfile(.day, features: features)
        byFeature = FeatureViews(features: features)
        maxima = [BlockMaxima](repeating: BlockMaxima(), count: Self.calibrated)
        values = [Double](repeating: 0, count: features)
    }

    /// The most memory in bytes that the forests may come to hold; all else is less than 64 KB for each feature.
    public var memoryBytes: Int { forests.memoryBytes + level.forest.memoryBytes }

    /// Judges a row by those before it, then learns it.
    ///
    /// - Parameters:
    ///   - features: one value for each, in any unit.
    ///   - time: seconds since 1970 of the time that the clock there shows, as if it were UTC; what counts is the time of
    ///     day and week. `nil` where it is not known: the profiles say nothing then.
    /// - Throws: `.forest` for a wrong number of values, NaN and ±∞, `.valueTooLarge` beyond ±3.4e38. The row is then
    ///   neither judged nor learned.
    /// - Complexity: that of three forests, and about 1.5 µs for each feature; no allocation.
    public mutating func assess(
        _ features: borrowing Span<Double>,
        time: Double?
    ) throws(DetectorError) -> SeriesReading {
        guard features.count == self.features else {
            throw .forest(.wrongFeatureCount(expected: self.features, got: features.count))
        }
        var row = InlineArray<100, Float>(repeating: 0)
        for feature in features.indices {
            let value = Float(features[feature])
            guard value.isFinite else {
                throw features[feature].isFinite
                    ? .valueTooLarge(feature: feature) : .forest(.notFinite(feature: feature))
            }
            row[feature] = value
        }
        for feature in features.indices { values[feature] = features[feature] }

        let scores: (long: Double?, short: Double?)
        do { scores = try forests.update(row.span.extracting(0..<features.count)) } catch { throw .forest(error) }
        let level = try level.update(features, time: time, forestScore: scores.short ?? 0)
        return decide(sequence: scores.long, pattern: scores.short, time: time, level: level)
    }

    /// Everything after the forests, for the row in `values`, whose `level` the reading only takes along.
    mutating func decide(sequence: Double?, pattern: Double?, time: Double?, level: Double = 0) -> SeriesReading {
        var terms = SeriesTerms(hasLongForest: SeriesForests.hasLong(features: features))
        add(sequence, of: .sequence, to: &terms)
        add(pattern, of: .pattern, to: &terms)
        let (shift, range) = byFeature.update(values)
        if let time, time.isFinite {
            add(week.update(values, at: time), of: .week, to: &terms)
            add(day.update(values, at: time), of: .day, to: &terms)
            add(dayRank.update(byFeature.ranks, at: time), of: .dayRank, to: &terms)
        }
        add(shift, of: .shift, to: &terms)
        if let range { terms.add(term: range, of: .range) }
        let alarmLevel = terms.level
        let isAlarm = alarm.decide(alarmLevel, row: rows)
        rows += 1
        return SeriesReading(
            level: level,
            alarmLevel: alarmLevel,
            isAlarm: isAlarm,
            reason: terms.reason,
            isWarm: maxima.contains { $0.isReady }
        )
    }

    private mutating func add(_ evidence: Double?, of view: SeriesView, to terms: inout SeriesTerms) {
        terms.add(maxima[Int(view.rawValue)].update(evidence), of: view)
    }
}
