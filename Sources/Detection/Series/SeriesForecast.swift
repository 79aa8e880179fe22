/// Forecasts each feature by itself, a fixed number of rows ahead, and tells how wrong it was.
///
/// A linear forecast from the last five values that were known then, and from what is usual at the time of day now and
/// then; it begins as “the last value” and learns with every row.
///
/// Source: recursive least squares with exponential forgetting (Haykin, “Adaptive Filter Theory”, chapter 10), with
/// errors winsorised and leverage bounded, so that wild values neither teach nor make the filter sure of itself.
struct SeriesForecast: Sendable {
    /// Each constant, with where it comes from. Effects are on the labelled KPI series and servers.
    enum Constants {
        /// Values that a forecast is made from. 3 and 10 alike.
        static let lags = 5
        /// …and with the profile now and then, and a constant: as many as `SIMD8` has lanes.
        static let terms = 8
        /// Rows that are needed first, after as many as a forecast looks back: they give the unit of the regression.
        static let learning: UInt64 = 50
        /// What the row before counts beside the newest: 5,000 rows. .999....9998 the same within .01 by itself, but
        /// slower gains .1 for drift.
        static let forgetting = 0.9998
        /// The uncertainty of weights at first, times the unit's square: as good as nothing is known.
        static let start = 100.0
        /// The mean uncertainty of the weights at most: where nothing moves, forgetting would let it grow forever.
        static let most = 1e4
        /// Times the usual error, beyond which an error teaches no more. Usual are 3...5.
        static let teaching = 4.0
        /// …and in units of the regression, so that a usual error of 0 can grow at all.
        static let smallest = 1e-3
        /// Forecasts before errors are limited.
        static let teachingAfter = 100.0
        /// What the newest error counts for the usual one: 1,000 rows.
        static let errorRate = 1e-3
        /// Units that a value counts at most: beyond, the squares of wild values would leave the numbers that there are.
        static let wild = 1e60
    }

    /// Rows ahead.
    let horizon: Int
    /// Rows so far.
    private(set) var rows: UInt64
    /// Of each feature: where its values begin, and their mean distance from there; both are the unit of the regression,
    /// and do not change any more once it has begun.
    var means: [Double]
    var spreads: [Double]
    /// Of each feature: the weights of the terms; eight rows of the covariance of those, which is symmetric; forecasts
    /// made; and the usual error, in units.
    var weights: [SIMD8<Double>]
    var covariances: [SIMD8<Double>]
    var forecasts: [Double]
    var errors: [Double]
    /// The last rows, of which row n is at n % `horizon + lags − 1`, and what was expected of the last, at n % `horizon`.
    var history: [Double]
    var expectations: [Double]
    var isExpected: [Bool]
    /// What the newest row's values were more than forecast, where `update` said that there was a forecast.
    private(set) var residuals: [Double]

    /// - Parameters:
    ///   - horizon: rows ahead, 1 or more.
    ///   - rows: how many there were, where the rest is restored as well.
    init(horizon: Int, features: Int, rows: UInt64 = 0) {
        precondition(horizon > 0)
        self.horizon = horizon
        self.rows = rows
        means = [Double](repeating: 0, count: features)
        spreads = means
        forecasts = means
        errors = means
        residuals = means
        var lastValue = SIMD8<Double>.zero
        lastValue[0] = 1
        weights = [SIMD8<Double>](repeating: lastValue, count: features)
        covariances = []
        covariances.reserveCapacity(features * Constants.terms)
        for _ in 0..<features { covariances += Self.unknown }
        history = [Double](repeating: 0, count: (horizon + Constants.lags - 1) * features)
        expectations = [Double](repeating: 0, count: horizon * features)
        isExpected = [Bool](repeating: false, count: horizon)
    }

    /// The covariance before anything is known.
    private static let unknown: [SIMD8<Double>] = (0..<Constants.terms).map { term in
        var row = SIMD8<Double>.zero
        row[term] = Constants.start
        return row
    }

    /// Rows before the first forecast.
    private var learning: UInt64 { Constants.learning + UInt64(Constants.lags + horizon) }

    /// Puts how wrong the forecast of a row was into `residuals`, then learns it.
    ///
    /// - Parameters:
    ///   - values: one for each feature, finite.
    ///   - expected: what is usual at that time of day; `nil` where it is not known.
    /// - Returns: whether there was a forecast. Of a feature that has not moved so far it is the mean.
    /// - Complexity: 300 multiplications a feature, no allocation.
    mutating func update(_ values: [Double], expected: [Double]?) -> Bool {
        let isBegun = rows >= learning
        let before = Int(rows % UInt64(horizon))
        for feature in values.indices {
            if isBegun, spreads[feature] > 0 {
                let terms = terms(of: feature, expected: expected?[feature], before: before)
                let unit = spreads[feature]
                let value = (values[feature] - means[feature]) / unit
                let error = min(max(value, -Constants.wild), Constants.wild) - Self.sum(weights[feature] * terms)
                residuals[feature] = error * unit
                learn(feature, terms, error)
            } else {
                residuals[feature] = values[feature] - means[feature]
                learnUnit(feature, residuals[feature])
            }
        }
        remember(values, expected: expected, before: before)
        return isBegun
    }

    /// What a forecast of a feature is made from, in units.
    private func terms(of feature: Int, expected: Double?, before: Int) -> SIMD8<Double> {
        let features = means.count
        let capacity = UInt64(horizon + Constants.lags - 1)
        let (mean, unit) = (means[feature], spreads[feature])
        var terms = SIMD8<Double>.zero
        for lag in 0..<Constants.lags {
            let row = Int((rows - UInt64(horizon + lag)) % capacity)
            terms[lag] = (history[row * features + feature] - mean) / unit
        }
        if let expected, isExpected[before] {
            terms[Constants.lags] = (expected - mean) / unit
            terms[Constants.lags + 1] = (expectations[before * features + feature] - mean) / unit
        }
        terms[Constants.lags + 2] = 1
        return terms.clamped(
            lowerBound: SIMD8(repeating: -Constants.wild),
            upperBound: SIMD8(repeating: Constants.wild)
        )
    }

    /// A step of recursive least squares.
    private mutating func learn(_ feature: Int, _ terms: SIMD8<Double>, _ error: Double) {
        forecasts[feature] += 1
        let usual = errors[feature]
        var lesson = error
        if forecasts[feature] > Constants.teachingAfter {
            let limit = Constants.teaching * usual + Constants.smallest
            lesson = min(max(error, -limit), limit)
        }
        errors[feature] = usual + max(Constants.errorRate, 1 / forecasts[feature]) * (abs(lesson) - usual)

        let first = feature * Constants.terms
        var gain = SIMD8<Double>.zero
        // The covariance is symmetric: its rows are its columns.
        for term in 0..<Constants.terms { gain += covariances[first + term] * terms[term] }
        let leverage = Self.sum(gain * terms)
        // A row may halve what is not known in its direction, but no more: else one wild value, which every lag brings
        // again, would leave the weights as good as certain for tens of thousands of rows.
        let scale = leverage + Constants.forgetting * max(1, leverage)
        guard leverage >= 0, leverage < .infinity else {
            // Rounding has made it no covariance any more.
            for term in 0..<Constants.terms { covariances[first + term] = Self.unknown[term] }
            return
        }
        weights[feature] += gain * (lesson / scale)
        var trace = 0.0
        for term in 0..<Constants.terms {
            // Products first, so that what is symmetric stays so to the bit.
            let row = (covariances[first + term] - gain * gain[term] / scale) / Constants.forgetting
            trace += row[term]
            covariances[first + term] = row
        }
        let most = Constants.most * Double(Constants.terms)
        if trace > most {
            for term in 0..<Constants.terms { covariances[first + term] *= most / trace }
        }
    }

    private mutating func learnUnit(_ feature: Int, _ residual: Double) {
        let count = Double(rows + 1)
        means[feature] += residual / count
        spreads[feature] += (abs(residual) - spreads[feature]) / count
    }

    private mutating func remember(_ values: [Double], expected: [Double]?, before: Int) {
        let features = values.count
        let row = Int(rows % UInt64(horizon + Constants.lags - 1))
        for feature in 0..<features {
            history[row * features + feature] = values[feature]
            expectations[before * features + feature] = expected?[feature] ?? 0
        }
        isExpected[before] = expected != nil
        rows += 1
    }

    /// In an order that is the same on every machine.
    private static func sum(_ lanes: SIMD8<Double>) -> Double {
        let four = lanes.lowHalf + lanes.highHalf
        let two = four.lowHalf + four.highHalf
        return two.x + two.y
    }
}
