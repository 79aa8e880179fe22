import RandomCutForest

/// Judges records one after another: forest, then calibration, then decision.
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

    var forest: RandomCutForest
    var calibration: Calibration
    /// The number of the record that was the last alert, counted from 0.
    var lastAlert: UInt64?

    /// - Throws: `.forest` or `.optionOutOfRange`; see `DetectorOptions.validate()`.
    public init(_ options: DetectorOptions = DetectorOptions()) throws(DetectorError) {
        try options.validate()
        let forest: RandomCutForest
        do { forest = try RandomCutForest(options.forest) } catch { throw .forest(error) }
        self.options = options
        self.forest = forest
        calibration = Calibration(maximumScore: options.forest.maximumScore)
    }

    /// The most memory in bytes that the forest may come to hold.
    public var memoryBytes: Int { forest.memoryBytes }

    /// Judges a record by those before it, then learns it.
    ///
    /// - Parameter features: One value per feature, in any unit.
    /// - Throws: `.forest` for a wrong number of values, NaN and ±∞, `.valueTooLarge`
    ///   beyond ±3.4e38. The record is then neither judged nor learned.
    /// - Complexity: that of `RandomCutForest.scoreAndUpdate`; no allocation.
    public mutating func judge(_ features: borrowing Span<Double>) throws(DetectorError) -> Judgement {
        let expected = options.forest.features
        guard features.count == expected else {
            throw .forest(.wrongFeatureCount(expected: expected, got: features.count))
        }
        var values = InlineArray<30, Float>(repeating: 0)
        for feature in features.indices {
            let value = Float(features[feature])
            guard value.isFinite else {
                throw features[feature].isFinite
                    ? .valueTooLarge(feature: feature) : .forest(.notFinite(feature: feature))
            }
            values[feature] = value
        }
        let score: Double
        let isForestWarm = forest.isWarm
        do { score = try forest.scoreAndUpdate(values.span.extracting(0..<expected)) } catch { throw .forest(error) }
        return decide(score, isForestWarm: isForestWarm)
    }

    private mutating func decide(_ score: Double, isForestWarm: Bool) -> Judgement {
        var level = 0.0
        var threshold: Double?
        switch options.rule {
        case .score(let fixed):
            level = score / fixed
            if isForestWarm { threshold = fixed }
        case .calibrated:
            level = calibration.level(of: score)
            if calibration.isWarm { threshold = calibration.threshold }
            // The zeros before the forest is warm say nothing about scores.
            if score > 0 { calibration.learn(score) }
        }
        // A threshold next to nothing must not make it infinite, and the grade NaN.
        level = min(level, .greatestFiniteMagnitude)
        var grade = 0.0
        if let threshold {
            // A half exactly at the threshold, near 1 far above it. Rounding must not move the border.
            let share = min(level / (1 + level), 1.0.nextDown)
            grade = score > threshold ? max(share, 0.5) : min(share, 0.5.nextDown)
        }
        let isAlert = grade >= 0.5 && !isRefractory
        if isAlert { lastAlert = records }
        records += 1
        return Judgement(
            score: score,
            level: level,
            grade: grade,
            threshold: threshold,
            isAlert: isAlert,
            isWarm: threshold != nil
        )
    }

    /// Whether the record about to be counted is within the refractory period of the last alert.
    private var isRefractory: Bool {
        guard let lastAlert else { return false }
        return records - lastAlert <= UInt64(options.refractory)
    }
}
