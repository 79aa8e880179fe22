extension RandomCutForest {
    /// Values that go with the rest of an observation. Nothing is learned.
    ///
    /// - Parameters:
    ///   - observation: One value per feature. Those at missing places are ignored, and may be NaN.
    ///   - missing: Features to be filled in, counted from 0, each at most once. All may be
    ///     missing; then only the older observations of the shingle are left to go by.
    /// - Returns: One value per missing feature, in their order and in the units of the
    ///   input: the median over the trees, each a value that was once observed. `nil` until `isWarm` and
    ///   while the shingle is incomplete.
    /// - Throws: `.wrongFeatureCount`, `.noSuchFeature`, `.featureNamedTwice`, or `.notFinite` for a
    ///   NaN or ±∞ that is not missing.
    /// - Complexity: O(trees × sampleSize × dimensions) at most, where all cuts are on missing axes; about
    ///   depth instead of sampleSize where few are. With allocation.
    public mutating func impute(
        _ observation: borrowing Span<Float>,
        missing: [Int]
    ) throws(ForestError) -> [Float]? {
        try conditionalSample(observation, missing: missing)?.quantile(0.5)
    }

    /// What `observation` should have looked like to be ordinary. Nothing is learned.
    ///
    /// - Parameters:
    ///   - observation: One value per feature.
    ///   - features: Those that are in question, counted from 0, each at most once. `nil` finds those that
    ///     the newest observation's part of the score comes from: the greatest, and others with
    ///     a tenth of that part and at least half as much as the greatest.
    /// - Returns: One value per feature: where in question what the others and the shingle
    ///   suggest, elsewhere what was observed. `nil` until `isWarm` and while the shingle is incomplete.
    /// - Throws: as `impute`; here no value may be NaN or ±∞.
    /// - Complexity: that of `impute`, and of `attribution` where `features` is `nil`.
    ///
    /// Source: the expected values of `ThresholdedRandomCutForest` of AWS's Java library.
    public mutating func expected(
        for observation: borrowing Span<Float>,
        in features: [Int]? = nil
    ) throws(ForestError) -> [Float]? {
        try shingle.check(observation)
        let questioned: [Int]
        if let features { questioned = features } else { questioned = try suspects(observation) }
        guard let values = try impute(observation, missing: questioned) else { return nil }
        var expected: [Float] = []
        for feature in observation.indices { expected.append(observation[feature]) }
        for (place, feature) in questioned.enumerated() { expected[feature] = values[place] }
        return expected
    }

    private mutating func suspects(_ observation: borrowing Span<Float>) throws(ForestError) -> [Int] {
        if options.features == 1 { return [0] }
        let newest = try attribution(observation).ofNewest(options.features)
        let parts = newest.rises.indices.map { newest.rises[$0] + newest.drops[$0] }
        let greatest = parts.max() ?? 0
        let least = max(greatest / 2, newest.total / 10)
        return parts.indices.filter { parts[$0] >= least || parts[$0] == greatest }
    }

    mutating func conditionalSample(
        _ observation: borrowing Span<Float>,
        missing: [Int]
    ) throws(ForestError) -> ConditionalSample? {
        guard observation.count == options.features else {
            throw .wrongFeatureCount(expected: options.features, got: observation.count)
        }
        var isMissing = [Bool](repeating: false, count: options.features)
        for feature in missing {
            guard isMissing.indices.contains(feature) else {
                throw .noSuchFeature(feature, features: options.features)
            }
            guard !isMissing[feature] else { throw .featureNamedTwice(feature) }
            isMissing[feature] = true
        }
        var known: [Float] = []
        for feature in observation.indices { known.append(isMissing[feature] ? 0 : observation[feature]) }
        try shingle.check(known.span)
        guard isWarm && shingle.isReady else { return nil }
        shingle.write(to: memory.candidate, endingIn: known.span)
        let newest = options.dimensions - options.features
        return ConditionalSample(self, missing: missing.map { newest + $0 })
    }
}
