/// From residuals in their units to the views that are made of them, each one number.
///
/// Squares, averaged over the features and then over rows: what happens to a system shows in many features a little, and
/// what lasts shows in many rows a little.
struct LevelEnergies: Sendable {
    /// Each constant, with where it comes from: the labelled KPI series and servers.
    enum Constants {
        /// Rows that squares are averaged over. 5...10 alike, 20 is worse.
        static let memory = 10.0
        /// Rows that errors are averaged over with their sign. 15...30 alike.
        static let driftMemory = 30.0
    }

    /// Mean squares of the errors of the forecasts of the next row and of twelve rows on, and of the distance from what is
    /// usual at that time of day.
    var next = 0.0
    var later = 0.0
    var day = 0.0
    /// Mean errors of each feature's next row.
    var drifts: [Double]

    init(features: Int) { drifts = [Double](repeating: 0, count: features) }

    /// Takes a row's residuals in, each in its unit, one for each feature.
    ///
    /// - Returns: the views `.spike`, `.burst`, `.shape`, `.timeOfDay` and `.drift`, 0 or more.
    mutating func update(next: [Double], later: [Double], day: [Double]) -> InlineArray<5, Double> {
        let square = Self.meanSquare(next)
        self.next += (square - self.next) / Constants.memory
        self.later += (Self.meanSquare(later) - self.later) / Constants.memory
        self.day += (Self.meanSquare(day) - self.day) / Constants.memory
        for feature in next.indices { drifts[feature] += (next[feature] - drifts[feature]) / Constants.driftMemory }
        return [
            square.squareRoot(),
            self.next.squareRoot(),
            self.later.squareRoot(),
            self.day.squareRoot(),
            Self.meanSquare(drifts).squareRoot(),
        ]
    }

    private static func meanSquare(_ values: [Double]) -> Double {
        var sum = 0.0
        for value in values { sum += value * value }
        return sum / Double(values.count)
    }
}
