/// How crowded the surroundings of a point are.
///
/// Remembered points per volume, as a share of all and in the units of the input
/// to the power of minus the dimensions. Good for comparing points of one forest.
///
/// Source: `DensityOutput` of AWS's Java library.
public struct Density: Sendable, Equatable {
    /// 0...1000; 0 where all are far away (also where the volume is beyond any number), 1000 where all are here.
    public let value: Double
    /// The part of `value` by points that this one rises above, one per position of the shingle, the newest last.
    public let rises: [Double]
    /// …and by points that this one is below. All parts together are `value`.
    public let drops: [Double]

    /// Keeps the density of copies finite: `DEFAULT_SUM_OF_POINTS_SCALING_FACTOR` in AWS's library.
    private static let floor = 0.001

    /// No density, as long as samples are not full.
    init(dimensions: Int) {
        value = 0
        rises = [Double](repeating: 0, count: dimensions)
        drops = rises
    }

    /// - Parameters:
    ///   - points: What the point would be among, in points.
    ///   - reach: Times probability, how far it is to the far side of a box, in units of the input.
    ///   - probability: Of being cut off.
    init(points: DirectedSum, reach: DirectedSum, probability: DirectedSum, sampleSize: Int, manifold: Int) {
        var volume = 0.0
        for axis in points.above.indices {
            let chance = probability.above[axis] + probability.below[axis]
            guard chance > 0 else { continue }
            let side = (reach.above[axis] + reach.below[axis]) / chance
            var power = 1.0
            for _ in 0..<manifold { power *= side }
            volume += power * chance
        }
        let total = points.total
        let share = total / Double(sampleSize)
        let density = share > 0 ? share / (Self.floor * share + volume) : 0
        let scale = total > 0 ? density / total : 0
        value = density
        rises = points.above.map { $0 * scale }
        drops = points.below.map { $0 * scale }
    }
}
