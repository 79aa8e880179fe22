import RandomCutForest

/// How unlike all sequences before it the last rows are: a forest of shingles.
struct ForestView: ~Copyable, Sendable {
    /// Each constant, with where it comes from. Effects are on the mean of the Numenta benchmark's three profiles.
    enum Constants {
        static let trees = 50
        /// A long sequence: four hours of five-minute rows. Taken over from an earlier detector. Without it: −2.
        static let longShingle = 48
        static let longSample = 256
        static let longDecay = 2_500
        /// A short one with a long memory; the sample is as large as forests allow (1024 in the reference).
        /// Without it: −.7.
        static let shortShingle = 8
        static let shortSample = 1_000
        static let shortDecay = 10_000
        /// Shingles that a forest learns before it scores: as many as rows in one, and no fewer than this.
        static let leastOutput = 32
        /// Dimensions that the long forest may have: beyond them its points tell each other hardly apart, and it costs
        /// more than all the rest.
        static let longDimensions = 100
    }

    var forest: RandomCutForest

    init(restoring forest: consuming RandomCutForest) { self.forest = forest }

    init(_ options: ForestOptions) throws(DetectorError) {
        do { forest = try RandomCutForest(options) } catch { throw .forest(error) }
    }

    /// The forest of long sequences; `nil` where there are too many features.
    static func long(features: Int, seed: UInt64) -> ForestOptions? {
        guard Constants.longShingle * features <= Constants.longDimensions else { return nil }
        return options(features, Constants.longShingle, Constants.longSample, Constants.longDecay, seed)
    }

    static func short(features: Int, seed: UInt64) -> ForestOptions {
        options(features, Constants.shortShingle, Constants.shortSample, Constants.shortDecay, seed)
    }

    private static func options(
        _ features: Int,
        _ shingle: Int,
        _ sample: Int,
        _ decay: Int,
        _ seed: UInt64
    ) -> ForestOptions {
        ForestOptions(
            features: features,
            shingleSize: shingle,
            trees: Constants.trees,
            sampleSize: sample,
            timeDecay: decay,
            outputAfter: max(Constants.leastOutput, shingle),
            seed: seed
        )
    }

    /// Judges a row by those before it, then learns it.
    ///
    /// - Returns: the forest's score; `nil` until it gives one.
    mutating func update(_ values: borrowing Span<Float>) throws(DetectorError) -> Double? {
        let score: Double
        do { score = try forest.scoreAndUpdate(values) } catch { throw .forest(error) }
        return score > 0 ? score : nil
    }
}
