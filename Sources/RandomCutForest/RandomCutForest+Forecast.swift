/// What is likely to come next.
public struct Forecast: Sendable, Equatable {
    /// `steps` rows of one value per feature, the next observation first, in the units of the input.
    public internal(set) var median: [[Float]] = []
    /// What the lower quantile of the trees expects, shaped alike.
    public internal(set) var lower: [[Float]] = []
    /// What the upper quantile of the trees expects, shaped alike.
    public internal(set) var upper: [[Float]] = []
}

extension RandomCutForest {
    /// The steps that a forecast may have: beyond, it only repeats its own guesses.
    public static let forecastSteps = 1...1000

    /// Continues the stream from the shingle. Nothing is learned.
    ///
    /// Each step puts in the median of what the trees would put in for a missing
    /// observation, and goes on from there. The band is the spread of the trees at
    /// that step; it does not add up the uncertainty of the steps before.
    ///
    /// - Parameters:
    ///   - steps: Observations ahead, 1...1000.
    ///   - band: The quantiles of the trees that make the band, within 0...1.
    /// - Returns: `nil` until `isWarm` and while the shingle is incomplete. With
    ///   `shingleSize` 1 there is no sequence to go by, and every step is what is most ordinary.
    /// - Throws: `.argumentOutOfRange`.
    /// - Complexity: `steps` times that of `impute` with all features missing.
    ///
    /// Source: `extrapolateFromShingle` of AWS's Java library, with its band of 10 % and 90 %.
    public mutating func forecast(
        steps: Int,
        band: ClosedRange<Double> = 0.1...0.9
    ) throws(ForestError) -> Forecast? {
        try ForestError.check("steps", steps, Self.forecastSteps)
        try ForestError.check("band", band.lowerBound, 0...1)
        try ForestError.check("band", band.upperBound, 0...1)
        guard isWarm && shingle.isReady else { return nil }
        var forecast = Forecast()
        var ahead = shingle
        for _ in 0..<steps {
            let sample = nextSample(after: ahead)
            let median = sample.quantile(0.5)
            forecast.median.append(median)
            forecast.lower.append(sample.quantile(band.lowerBound))
            forecast.upper.append(sample.quantile(band.upperBound))
            ahead.append(median.span)
        }
        return forecast
    }

    /// What the trees expect after a complete shingle.
    mutating func nextSample(after shingle: Shingle) -> ConditionalSample {
        let unknown = [Float](repeating: 0, count: options.features)
        shingle.write(to: memory.candidate, endingIn: unknown.span)
        return ConditionalSample(self, missing: Array((options.dimensions - options.features)..<options.dimensions))
    }
}
