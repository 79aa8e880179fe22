public import RandomCutForest

/// Everything that determines a detector: the same options and the same records
/// give the same judgements on every machine.
public struct DetectorOptions: Sendable, Equatable {
    /// What judges records.
    public enum Model: String, Sendable, Equatable, CaseIterable {
        /// One forest, that knows no time: each record by itself, or with those before it in the shingle.
        case records
        /// A `SeriesModel`: what is usual depends on the time and the records before. Its forests are fixed, its levels
        /// calibrated, and it expects no values; of `forest` it takes only features and seed.
        case series
    }

    /// What turns a score into a grade.
    public enum Rule: Sendable, Equatable {
        /// The threshold follows from the scores seen so far; see `Calibration`.
        case calibrated
        /// A finding is a score greater than this. Finite, greater than 0.
        case score(Double)
    }

    /// The forest, with its number of features and its seed.
    public var forest: ForestOptions
    public var rule: Rule
    /// Records after an alert during which no further finding is an alert; 0 is none. 0...2147483647.
    public var refractory: Int
    /// The level above which a record is a finding: 1 is the threshold itself. Finite, greater than 0.
    public var border: Double
    /// What stands for a missing value.
    public var missing: MissingValues
    public var model: Model

    public init(
        forest: ForestOptions = ForestOptions(),
        rule: Rule = .calibrated,
        refractory: Int = 0,
        border: Double = 1,
        missing: MissingValues = .refuse,
        model: Model = .records
    ) {
        self.forest = forest
        self.rule = rule
        self.refractory = refractory
        self.border = border
        self.missing = missing
        self.model = model
    }

    /// The level at which a record has that grade.
    ///
    /// - Precondition: 0 < `grade` < 1.
    public static func border(grade: Double) -> Double {
        precondition(grade > 0 && grade < 1, "a grade outside 0…1")
        return grade == 0.5 ? 1 : grade / (1 - grade)
    }

    /// Checks every option against its range.
    ///
    /// - Throws: `.forest` or `.optionOutOfRange`, for the first that is outside.
    public func validate() throws(DetectorError) {
        do { try forest.validate() } catch { throw .forest(error) }
        if case .score(let threshold) = rule, !(threshold > 0 && threshold.isFinite) {
            throw .optionOutOfRange(parameter: "score", value: "\(threshold)", range: "finite and greater than 0")
        }
        if model == .series {
            if case .score(let threshold) = rule {
                throw .optionOutOfRange(
                    parameter: "score",
                    value: "\(threshold)",
                    range: "left out for a series, whose levels are calibrated"
                )
            }
            guard missing != .forest else {
                throw .optionOutOfRange(
                    parameter: "missing",
                    value: "forest",
                    range: "another for a series, which expects no values"
                )
            }
        }
        guard border > 0, border.isFinite else {
            throw .optionOutOfRange(parameter: "border", value: "\(border)", range: "finite and greater than 0")
        }
        guard (0...Int(Int32.max)).contains(refractory) else {
            throw .optionOutOfRange(
                parameter: "refractory",
                value: "\(refractory)",
                range: "0...\(Int32.max) records"
            )
        }
    }
}
