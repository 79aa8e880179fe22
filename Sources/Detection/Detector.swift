import RandomCutForest

/// Judges records one after another: forest, then calibration, then decision; or a model of the series, then decision.
///
/// Strictly causal: a record is judged by those before it. It is learned
/// whatever the judgement, for what recurs is no anomaly for ever.
///
/// ```swift
/// var detector = try Detector(DetectorOptions(forest: ForestOptions(features: 1), refractory: 60))
/// let judgement = try detector.judge([accuracy].span)
/// if judgement.isAlert { … }
/// ```
public struct Detector: ~Copyable, Sendable {
    public let options: DetectorOptions
    /// Records judged so far; refused ones do not count.
    public internal(set) var records: UInt64 = 0

    /// `nil` where a series model judges.
    var forest: RandomCutForest?
    var series: SeriesModel?
    var calibration: Calibration
    var levels = LevelHistory()
    var recent = RecentFindings()
    var memory: FeatureMemory
    var ordinary: OrdinaryRecord
    /// The number of the record that was the last alert, counted from 0.
    var lastAlert: UInt64?
    /// The last event that a series model found and that was told.
    var event = SeriesAlarm()
    /// The last record by the learned threshold, whatever rule judged it.
    public internal(set) var usual = Reading(score: 0, level: 0, typical: 0, threshold: nil)

    /// - Throws: `.forest` or `.optionOutOfRange`; see `DetectorOptions.validate()`.
    public init(_ options: DetectorOptions = DetectorOptions()) throws(DetectorError) {
        try options.validate()
        var forest: RandomCutForest?
        var series: SeriesModel?
        switch options.model {
        case .records: do { forest = try RandomCutForest(options.forest) } catch { throw .forest(error) }
        case .series: series = try SeriesModel(features: options.forest.features, seed: options.forest.seed)
        }
        self.options = options
        self.forest = forest
        self.series = series
        calibration = Calibration(maximumScore: options.forest.maximumScore)
        memory = FeatureMemory(features: options.forest.features)
        ordinary = OrdinaryRecord(features: options.forest.features)
    }

    /// The most memory in bytes that the forest, or the model of the series, may come to hold.
    public var memoryBytes: Int {
        switch forest {
        case .some(let forest): forest.memoryBytes
        case nil: seriesBytes
        }
    }

    /// Judges a record by those before it, then learns it.
    ///
    /// - Parameters:
    ///   - features: One value per feature, in any unit. NaN is a missing value where `options.missing` says what
    ///     stands for it.
    ///   - time: Seconds since 1970 of the time that the clock there shows, as if it were UTC, which only a series model
    ///     asks for; `nil` where it is not known.
    ///   - rule: What turns the score into a grade; `nil` takes that of the options. Another rule from record to record
    ///     loses nothing that was learned.
    ///   - border: The level above which it is a finding, such as an alert budget's; `nil` takes that of the options.
    /// - Throws: `.forest` for a wrong number of values, ±∞ and NaN that nothing stands for, `.valueTooLarge`
    ///   beyond ±3.4e38, `.nothingBefore`. The record is then neither judged nor learned.
    /// - Complexity: that of `RandomCutForest.scoreAndUpdate`, or of `SeriesModel.assess`, no allocation; a finding costs more, for what was
    ///   expected is asked of every tree.
    public mutating func judge(
        _ features: borrowing Span<Double>,
        time: Double? = nil,
        by rule: DetectorOptions.Rule? = nil,
        above border: Double? = nil
    ) throws(DetectorError) -> Judgement {
        let expected = options.forest.features
        guard features.count == expected else {
            throw .forest(.wrongFeatureCount(expected: expected, got: features.count))
        }
        var values = InlineArray<100, Float>(repeating: 0)
        var missing: UInt128 = 0
        for feature in features.indices {
            let value = Float(features[feature])
            if value.isNaN, options.missing != .refuse {
                missing |= 1 << UInt128(feature)
                continue
            }
            guard value.isFinite else {
                throw features[feature].isFinite
                    ? .valueTooLarge(feature: feature) : .forest(.notFinite(feature: feature))
            }
            values[feature] = value
        }
        if missing != 0 { try fill(missing, of: &values) }
        let border = border ?? options.border
        guard options.model == .records else {
            return try judgeRow(features, values, missing: missing, time: time, above: border)
        }
        do {
            let score = try forest?.score(values.span.extracting(0..<expected)) ?? 0
            let reading = read(score, by: rule ?? options.rule)
            let why = reading.exceeds(border) ? try explain(reading, values, border: border) : nil
            try forest?.update(values.span.extracting(0..<expected))
            observe(values, missing)
            return conclude(reading, above: border, why)
        } catch { throw .forest(error) }
    }

    /// What forest and calibration make of a record; the score is learned.
    private mutating func read(_ score: Double, by rule: DetectorOptions.Rule) -> Reading {
        usual = Reading(
            score: score,
            level: calibration.level(of: score),
            typical: calibration.median,
            threshold: calibration.isWarm ? calibration.threshold : nil
        )
        // The zeros before the forest is warm say nothing about scores. Learned whatever the rule, so that it can change.
        if score > 0 { calibration.learn(score) }
        return usual.judged(by: rule, isWarm: isForestWarm)
    }

    mutating func observe(_ values: InlineArray<100, Float>, _ missing: UInt128) {
        for feature in 0..<options.forest.features where missing & (1 << UInt128(feature)) == 0 {
            memory.observe(feature, values[feature])
        }
    }

    mutating func conclude(_ reading: Reading, above border: Double, _ why: Explanation?) -> Judgement {
        if reading.threshold != nil { levels.add(reading.level) }
        let isFinding = reading.exceeds(border)
        recent.learn(isFinding && why?.isEcho != true ? reading.level : nil)
        let isAlert = isFinding && !isRefractory
        if isAlert { lastAlert = records }
        records += 1
        return Judgement(reading, above: border, isAlert: isAlert, explanation: why)
    }

    private var isForestWarm: Bool {
        switch forest {
        case .some(let forest): forest.isWarm
        case nil: false
        }
    }

    /// Whether the record about to be counted is within the refractory period of the last alert.
    private var isRefractory: Bool {
        guard let lastAlert else { return false }
        return records - lastAlert <= UInt64(options.refractory)
    }
}
