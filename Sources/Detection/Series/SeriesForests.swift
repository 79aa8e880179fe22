import RandomCutForest

/// How unlike all sequences before it the last rows are: a forest of long shingles and one of short ones.
struct SeriesForests: ~Copyable, Sendable {
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
        /// Dimensions that the long forest may have: beyond them it would cost more than all the rest.
        static let longDimensions = 100
    }

    /// `nil` where there are too many features for it.
    private var long: RandomCutForest?
    private var short: RandomCutForest

    init(features: Int, seed: UInt64) throws(DetectorError) {
        let short = try Self.made(Self.shortOptions(features: features, seed: seed))
        var long: RandomCutForest?
        if let options = Self.longOptions(features: features, seed: seed) { long = try Self.made(options) }
        self.long = long
        self.short = short
    }

    /// Whether the features are few enough for long shingles.
    static func hasLong(features: Int) -> Bool { Constants.longShingle * features <= Constants.longDimensions }

    /// The most memory in bytes that both may come to hold.
    var memoryBytes: Int {
        switch long {
        case .some(let long): short.memoryBytes + long.memoryBytes
        case nil: short.memoryBytes
        }
    }

    /// Judges a row by those before it, then learns it.
    ///
    /// - Returns: the forests' scores; `nil` until each gives one.
    mutating func update(_ row: borrowing Span<Float>) throws(ForestError) -> (long: Double?, short: Double?) {
        let long = try self.long?.scoreAndUpdate(row) ?? 0
        let short = try self.short.scoreAndUpdate(row)
        return (long > 0 ? long : nil, short > 0 ? short : nil)
    }

    private static func made(_ options: ForestOptions) throws(DetectorError) -> RandomCutForest {
        do { return try RandomCutForest(options) } catch { throw .forest(error) }
    }

    private static func longOptions(features: Int, seed: UInt64) -> ForestOptions? {
        guard hasLong(features: features) else { return nil }
        return options(features, Constants.longShingle, Constants.longSample, Constants.longDecay, seed)
    }

    private static func shortOptions(features: Int, seed: UInt64) -> ForestOptions {
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
}

extension SeriesForests {
    func write(to writer: inout SnapshotWriter) {
        switch long {
        case .some(let long): writer.write(long.snapshot())
        case nil: writer.write([])
        }
        writer.write(short.snapshot())
    }

    init(from reader: inout SnapshotReader, features: Int, seed: UInt64) throws(SnapshotError) {
        let longBytes = try reader.readBytes()
        let short = try RandomCutForest(snapshot: try reader.readBytes())
        try Self.shortOptions(features: features, seed: seed).requireEqual(toSnapshot: short.options)
        var long: RandomCutForest?
        if let options = Self.longOptions(features: features, seed: seed) {
            let restored = try RandomCutForest(snapshot: longBytes)
            try options.requireEqual(toSnapshot: restored.options)
            long = consume restored
        } else if !longBytes.isEmpty {
            throw .damaged(reason: "it has a forest too many")
        }
        self.long = long
        self.short = short
    }
}
