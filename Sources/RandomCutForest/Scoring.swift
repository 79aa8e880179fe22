/// The terms of the anomaly score.
///
/// A tree isolates an outlier near its root; the score is the expected inverse
/// depth at which a new point would be cut off, scaled so that it is about 1 for
/// a typical point whatever the sample size.
///
/// Source: `CommonUtils` of AWS's Java library (`defaultScoreSeenFunction` and its neighbours).
struct Scoring {
    /// log₂(1 + mass) for each mass that a tree can have.
    private let logarithms: [Double]

    init(sampleSize: Int) {
        logarithms = (0...sampleSize).map { Logarithm.binary(Double($0) + 1) }
    }

    /// What a point equal to a leaf scores: the deeper and the more copies, the
    /// less, and at most half off for copies (`damp`).
    @inline(__always)
    func seen(depth: Int, leafMass: Int, treeMass: Int) -> Double {
        let damp = 1 - Double(leafMass) / (2 * Double(treeMass))
        return damp / (Double(depth) + logarithms[leafMass])
    }

    /// What a point equal to a leaf scores where copies speak for it, not against: without `damp`, and 0
    /// where the tree is nothing but that leaf.
    func likelyUnderCopies(depth: Int, leafMass: Int) -> Double {
        depth == 0 ? 0 : 1 / (Double(depth) + logarithms[leafMass])
    }

    /// What a point scores that is cut off from all others at `depth`.
    static func unseen(depth: Int) -> Double { 1 / Double(depth + 1) }

    /// Makes scores of trees of different mass comparable.
    @inline(__always)
    func normalize(_ score: Double, treeMass: Int) -> Double { score * logarithms[treeMass] }
}
