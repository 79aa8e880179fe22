/// A robust random cut forest: scores how unlike the past an observation is.
///
/// A score of about 1 is typical; the rarer and the farther away, the higher, up
/// to log₂(1 + sampleSize). Scores are unitless and do not depend on the scale
/// of the input, but features of one observation should have comparable scales.
///
/// ```swift
/// var forest = try RandomCutForest(ForestOptions(features: 2, seed: 7))
/// let score = try forest.scoreAndUpdate([13.5, 0.2].span)
/// ```
///
/// The same options and the same observations give bit-equal scores on every
/// machine. A forest is one block of memory, reserved when it is made: nothing
/// is allocated per observation.
///
/// Source: Guha, Mishra, Roy & Schrijvers, “Robust Random Cut Forest Based
/// Anomaly Detection on Streams”, ICML 2016; terms and scoring of AWS's Java library.
public struct RandomCutForest: ~Copyable, Sendable {
    public let options: ForestOptions
    /// Complete shingles learned so far.
    public internal(set) var updates: UInt64 = 0

    let memory: ForestMemory
    let scoring: Scoring
    var shingle: Shingle
    var pointList = PointStore.List()
    /// The number of the update that weights count their age from.
    var rebasedAt: UInt64 = 0
    /// The age of weights until which samplers know what to turn away at once.
    var refreshedUpTo = -1.0

    /// - Throws: `.optionOutOfRange` or `.tooMuchMemory`; see `ForestOptions.validate()`.
    public init(_ options: ForestOptions = ForestOptions()) throws(ForestError) {
        try options.validate()
        self.init(validated: options)
    }

    /// - Precondition: `options.validate()` did not throw.
    init(validated options: ForestOptions) {
        self.options = options
        memory = ForestMemory(ForestLayout(options), seed: options.seed)
        scoring = Scoring(sampleSize: options.sampleSize)
        shingle = Shingle(size: options.shingleSize, features: options.features)
    }

    /// Whether scores are given: `outputAfter` complete shingles were learned.
    public var isWarm: Bool { updates >= UInt64(options.resolvedOutputAfter) }

    /// The most memory in bytes that this forest may come to hold; less is resident until it has filled.
    public var memoryBytes: Int { memory.layout.bytes }

    /// The score of `observation` if it came next. Nothing is learned.
    ///
    /// - Parameter observation: One value per feature, in any unit.
    /// - Returns: 0...log₂(1 + sampleSize), about 1 where typical; exactly 0 until
    ///   `isWarm` and while the shingle is incomplete.
    /// - Throws: `.wrongFeatureCount`, or `.notFinite` for NaN and ±∞.
    /// - Complexity: O(trees × depth × dimensions), no allocation.
    public mutating func score(_ observation: borrowing Span<Float>) throws(ForestError) -> Double {
        try shingle.check(observation)
        guard isWarm && shingle.isReady else { return 0 }
        shingle.write(to: memory.candidate, endingIn: observation)
        return scoreCandidate()
    }

    /// Learns `observation`: it enters the shingle, and the point that it
    /// completes enters the sample of a few trees.
    ///
    /// - Throws: `.wrongFeatureCount`, or `.notFinite` for NaN and ±∞. Nothing is stored then.
    /// - Complexity: O(trees), and O(depth × dimensions) for each tree that takes the point; no allocation.
    public mutating func update(_ observation: borrowing Span<Float>) throws(ForestError) {
        try shingle.check(observation)
        learn(observation)
    }

    /// `score`, then `update`, with one check.
    public mutating func scoreAndUpdate(_ observation: borrowing Span<Float>) throws(ForestError) -> Double {
        let score = try score(observation)
        learn(observation)
        return score
    }

    private mutating func learn(_ observation: borrowing Span<Float>) {
        if shingle.isReady {
            shingle.write(to: memory.candidate, endingIn: observation)
            learnCandidate()
        }
        shingle.append(observation)
    }
}
