/// Everything that determines a forest: with the same options and the same
/// observations, two forests give the same scores on every machine.
///
/// The defaults are those of `RANDOM_CUT_FOREST` in Amazon Kinesis Data
/// Analytics, except `outputAfter`, which is that of AWS's library.
public struct ForestOptions: Sendable, Equatable {
    /// Values per observation. 1...100.
    public var features: Int
    /// Consecutive observations that make one point of `features × shingleSize`
    /// dimensions. 1 scores values, more scores their sequence. 1...100.
    public var shingleSize: Int
    /// Trees whose scores are averaged. More is less noise, at proportional cost. 1...1000.
    public var trees: Int
    /// Points that each tree remembers. An anomaly rarer than one in
    /// `sampleSize` is unlikely to be remembered at all. 10...1000.
    public var sampleSize: Int
    /// Records after which the chance to be remembered has fallen by e, unitless.
    /// `sampleSize + 1`...2147483647.
    public var timeDecay: Int
    /// Complete shingles that must be learned before scores leave 0. 1...2147483647;
    /// `nil` is a quarter of `sampleSize`, as in AWS's library.
    public var outputAfter: Int?
    /// Where all randomness comes from.
    public var seed: UInt64

    public init(
        features: Int = 1,
        shingleSize: Int = 1,
        trees: Int = 100,
        sampleSize: Int = 256,
        timeDecay: Int = 100_000,
        outputAfter: Int? = nil,
        seed: UInt64 = 0
    ) {
        self.features = features
        self.shingleSize = shingleSize
        self.trees = trees
        self.sampleSize = sampleSize
        self.timeDecay = timeDecay
        self.outputAfter = outputAfter
        self.seed = seed
    }

    /// The values of one point: `features × shingleSize`.
    public var dimensions: Int { features * shingleSize }

    /// `outputAfter` with its default filled in.
    public var resolvedOutputAfter: Int { outputAfter ?? sampleSize / 4 }

    /// The greatest score that a forest with these options can give: log₂(1 + sampleSize).
    public var maximumScore: Double { Logarithm.binary(Double(sampleSize) + 1) }

    /// The most memory in bytes that one forest may come to hold.
    ///
    /// A bound on mistakes, not on use: 100 trees × 256 points × 30 dimensions need 10 MiB.
    public static let memoryLimit = 2 << 30

    /// Checks every option against its range.
    ///
    /// - Throws: `.optionOutOfRange` for the first that is outside, `.tooMuchMemory`
    ///   where all are inside but the forest could outgrow `memoryLimit`.
    public func validate() throws(ForestError) {
        try Self.check("features", features, 1...100)
        try Self.check("shingleSize", shingleSize, 1...100)
        try Self.check("trees", trees, 1...1000)
        try Self.check("sampleSize", sampleSize, 10...1000)
        try Self.check("timeDecay", timeDecay, (sampleSize + 1)...Int(Int32.max))
        try Self.check("outputAfter", resolvedOutputAfter, 1...Int(Int32.max))
        let bytes = ForestLayout(self).bytes
        guard bytes <= Self.memoryLimit else { throw .tooMuchMemory(bytes: bytes, limit: Self.memoryLimit) }
    }

    private static func check(_ parameter: String, _ value: Int, _ range: ClosedRange<Int>) throws(ForestError) {
        guard range.contains(value) else {
            throw .optionOutOfRange(parameter: parameter, value: value, range: range)
        }
    }
}
