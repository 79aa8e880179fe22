public import RandomCutForest

/// `RANDOM_CUT_FOREST` and `RANDOM_CUT_FOREST_WITH_EXPLANATION` of Amazon Kinesis
/// Data Analytics, for streams that were set up with them.
///
/// Each record is scored by those before it and then learned. Scores agree with
/// Amazon's statistically, not to the digit, for its random numbers are not known. `timeDecay` makes old records
/// rarer by e each time; Amazon says that it also forgets all older ones, which are e⁻¹ of them or fewer.
///
/// ```swift
/// var forest = try KinesisForest(KinesisForestOptions(columns: ["price", "change"]))
/// let score = try forest.score([72.1, -0.4].span)
/// ```
public struct KinesisForest: ~Copyable, Sendable {
    public let options: KinesisForestOptions
    private var forest: RandomCutForest

    /// - Throws: as `KinesisForestOptions.validate()`.
    public init(_ options: KinesisForestOptions) throws(DetectorError) {
        try options.validate()
        let forest: RandomCutForest
        do { forest = try RandomCutForest(options.forest) } catch { throw .forest(error) }
        self.init(options, forest: forest)
    }

    private init(_ options: KinesisForestOptions, forest: consuming RandomCutForest) {
        self.options = options
        self.forest = forest
    }

    /// Scores a record, then learns it.
    ///
    /// - Parameter record: One value per column, in any unit.
    /// - Returns: `ANOMALY_SCORE`, 0 and more; exactly 0 for the first `subSampleSize` records, and
    ///   for longer where the first shingle takes longer.
    /// - Throws: `.forest` for a wrong number of values, NaN and ±∞, `.valueTooLarge` beyond ±3.4e38. The record is
    ///   then neither scored nor learned.
    /// - Complexity: that of `RandomCutForest.scoreAndUpdate`; no allocation.
    public mutating func score(_ record: borrowing Span<Double>) throws(DetectorError) -> Double {
        let values = try Self.narrowed(record, columns: options.columns.count)
        do {
            return try forest.scoreAndUpdate(values.span.extracting(0..<options.columns.count))
        } catch { throw .forest(error) }
    }

    /// Scores and explains a record, then learns it.
    ///
    /// - Returns: The score, and its parts by column; all are 0 as long as the score is.
    /// - Throws: as `score(_:)`.
    /// - Complexity: a few times that of `score(_:)`, with allocation.
    public mutating func explain(
        _ record: borrowing Span<Double>
    ) throws(DetectorError) -> (score: Double, explanation: AnomalyExplanation) {
        let values = try Self.narrowed(record, columns: options.columns.count)
        let span = values.span.extracting(0..<options.columns.count)
        let score: Double
        let attribution: Attribution
        do {
            attribution = try forest.attribution(span).byFeature(options.columns.count)
            score = try forest.scoreAndUpdate(span)
        } catch { throw .forest(error) }
        return (score, AnomalyExplanation(attribution, options))
    }

    private static func narrowed(
        _ record: borrowing Span<Double>,
        columns: Int
    ) throws(DetectorError) -> InlineArray<30, Float> {
        guard record.count == columns else {
            throw .forest(.wrongFeatureCount(expected: columns, got: record.count))
        }
        var values = InlineArray<30, Float>(repeating: 0)
        for column in record.indices {
            let value = Float(record[column])
            guard value.isFinite else {
                throw record[column].isFinite
                    ? .valueTooLarge(feature: column) : .forest(.notFinite(feature: column))
            }
            values[column] = value
        }
        return values
    }

    /// The forest as bytes: restored from them, it continues bit-equal.
    public func snapshot() -> [UInt8] { forest.snapshot() }

    /// Restores a forest that was made with the same options; names of columns and directionality may differ.
    ///
    /// - Throws: any `SnapshotError`; `.otherOptions` names the first option that differs.
    public init(snapshot: [UInt8], options: KinesisForestOptions) throws(SnapshotError) {
        let forest = try RandomCutForest(snapshot: snapshot)
        try options.forest.requireEqual(toSnapshot: forest.options)
        self.init(options, forest: forest)
    }
}
