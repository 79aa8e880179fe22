public import RandomCutForest

/// The parameters of `RANDOM_CUT_FOREST` and `RANDOM_CUT_FOREST_WITH_EXPLANATION`
/// in Amazon Kinesis Data Analytics, with its names, defaults and ranges.
///
/// Source: Amazon Kinesis Data Analytics SQL Reference, the pages of the two functions.
public struct KinesisForestOptions: Sendable, Equatable {
    /// The numeric columns of a record, in order. 1...30, each of another name.
    public var columns: [String]
    /// 1...1000.
    public var numberOfTrees: Int
    /// Records in the sample of each tree, and how many come first that score 0. 10...1000, below `timeDecay`.
    public var subSampleSize: Int
    /// Records after which the weight of a record has fallen by e. 1...2147483647.
    public var timeDecay: Int
    /// Consecutive records that make one point. 1...30.
    public var shingleSize: Int
    /// Whether an explanation tells direction and strength too.
    public var withDirectionality: Bool
    /// Where all randomness comes from. Amazon's functions have none to choose.
    public var seed: UInt64

    public init(
        columns: [String],
        numberOfTrees: Int = 100,
        subSampleSize: Int = 256,
        timeDecay: Int = 100_000,
        shingleSize: Int = 1,
        withDirectionality: Bool = false,
        seed: UInt64 = 0
    ) {
        self.columns = columns
        self.numberOfTrees = numberOfTrees
        self.subSampleSize = subSampleSize
        self.timeDecay = timeDecay
        self.shingleSize = shingleSize
        self.withDirectionality = withDirectionality
        self.seed = seed
    }

    /// Checks every parameter against its range.
    ///
    /// - Throws: `.optionOutOfRange`, for the first that is outside; `.forest(.tooMuchMemory)`.
    public func validate() throws(DetectorError) {
        try Self.check(columns: columns)
        try Self.check("numberOfTrees", numberOfTrees, 1...1000)
        try Self.check("subSampleSize", subSampleSize, 10...1000)
        try Self.check("timeDecay", timeDecay, 1...Int(Int32.max))
        try Self.check("shingleSize", shingleSize, 1...30)
        guard subSampleSize < timeDecay else {
            throw .optionOutOfRange(
                parameter: "subSampleSize",
                value: "\(subSampleSize)",
                range: "less than timeDecay, which is \(timeDecay)"
            )
        }
        do { try forest.validate() } catch { throw .forest(error) }
    }

    /// The forest that these parameters describe.
    ///
    /// Records score 0 until there were `subSampleSize`; as the first point is
    /// complete only with the last record of a shingle, that many points fewer are waited for.
    public var forest: ForestOptions {
        ForestOptions(
            features: columns.count,
            shingleSize: shingleSize,
            trees: numberOfTrees,
            sampleSize: subSampleSize,
            timeDecay: timeDecay,
            outputAfter: max(1, subSampleSize - shingleSize + 1),
            seed: seed
        )
    }

    static func check(columns: [String]) throws(DetectorError) {
        guard (1...30).contains(columns.count) else {
            throw .optionOutOfRange(parameter: "columns", value: "\(columns.count) names", range: "1...30 names")
        }
        var names: Set<String> = []
        for name in columns where !names.insert(name).inserted {
            throw .optionOutOfRange(parameter: "columns", value: "\"\(name)\" twice", range: "names that differ")
        }
    }

    static func check(_ parameter: String, _ value: Int, _ range: ClosedRange<Int>) throws(DetectorError) {
        guard range.contains(value) else {
            throw .optionOutOfRange(parameter: parameter, value: "\(value)", range: "\(range)")
        }
    }
}
