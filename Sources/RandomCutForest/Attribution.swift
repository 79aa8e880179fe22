/// Where in a point its score comes from, and in which direction.
///
/// One value per position of the shingle, the oldest observation first and the
/// newest last, each with all its features in order. All values together are the
/// score of the point. Unitless.
///
/// Source: `DiVector` of AWS's Java library, where rises are `high` and drops `low`.
public struct Attribution: Sendable, Equatable {
    /// What the point owes to lying above what the forest knows there. 0 and more.
    public var rises: [Double]
    /// …and to lying below. 0 and more. Equally shared with `rises` where the forest knows the very point.
    public var drops: [Double]

    /// - Precondition: both have the same number of values.
    public init(rises: [Double], drops: [Double]) {
        precondition(rises.count == drops.count, "a position without a rise or a drop")
        self.rises = rises
        self.drops = drops
    }

    /// Nothing, as long as there is no score.
    init(dimensions: Int) {
        self.init(rises: [Double](repeating: 0, count: dimensions), drops: [Double](repeating: 0, count: dimensions))
    }

    /// The sum of all values: the score.
    public var total: Double {
        var total = 0.0
        for position in rises.indices { total += rises[position] + drops[position] }
        return total
    }

    /// The same score for each feature, whenever in the shingle it came about.
    ///
    /// - Precondition: the number of positions is a multiple of `features`.
    public func byFeature(_ features: Int) -> Attribution {
        precondition(features > 0 && rises.count % features == 0, "not a whole number of observations")
        var folded = Attribution(dimensions: features)
        for position in rises.indices {
            folded.rises[position % features] += rises[position]
            folded.drops[position % features] += drops[position]
        }
        return folded
    }

    /// What is owed to the newest observation alone, one value per feature.
    ///
    /// - Precondition: there are at least `features` positions.
    public func ofNewest(_ features: Int) -> Attribution {
        precondition((1...rises.count).contains(features), "more features than positions")
        return Attribution(rises: Array(rises.suffix(features)), drops: Array(drops.suffix(features)))
    }
}
