/// The time-decayed sample of one tree: which points it remembers.
///
/// A reservoir without replacement. The point with sequence number i gets the
/// weight `log(−log u) − i / timeDecay`, u uniform in (0, 1), and the
/// `capacity` points of least weight are kept. So newer points are likelier to
/// be in the sample than older ones by e per `timeDecay` records.
///
/// Weights are a heap with the greatest on top. Each belongs to a leaf of the
/// tree; copies of a point share a leaf.
///
/// Source: `CompactSampler` of AWS's Java library; Efraimidis & Spirakis,
/// “Weighted random sampling with a reservoir”, 2006.
struct Sampler {
    let state: UnsafeMutablePointer<TreeState>
    let weights: UnsafeMutablePointer<Float>
    let leaves: UnsafeMutablePointer<UInt16>
    let capacity: Int

    @inline(__always)
    var isFull: Bool { Int(state.pointee.mass) == capacity }

    /// Draws the weight of a new point.
    ///
    /// - Parameter age: What to subtract, `i / timeDecay` since weights were last rebased.
    /// - Returns: `nil` where the point is not to be remembered.
    @inline(__always)
    func draw(age: Double) -> Float? {
        let u = state.pointee.random.nextUnit()
        // Turns away nearly all that the comparison below would, without a logarithm.
        if u < Double(state.pointee.rejected) { return nil }
        let weight = weight(u, age)
        return !isFull || weight < state.pointee.heaviest ? weight : nil
    }

    /// Computes anew which draws are turned away at once.
    ///
    /// To be called when the greatest weight has changed, and before `age` grows beyond the one that was given.
    ///
    /// - Parameter age: The greatest until the next call. What is drawn does not depend on it.
    func refresh(upTo age: Double) {
        guard isFull else { return }
        // As −log u ≥ 1 − u, a draw with 1 − u > e^(heaviest + age) is too heavy; a little more allows for rounding.
        let heaviest = Double(state.pointee.heaviest) + age + 1e-4
        let bound = Logarithm.exponentialUpperBound(min(max(heaviest, -700), 0))
        state.pointee.rejected = Float(1 - bound).nextDown
    }

    private func weight(_ u: Double, _ age: Double) -> Float {
        Float(Logarithm.natural(-Logarithm.natural(u)) - age)
    }

    /// The leaf of the point that has to make room.
    @inline(__always)
    var heaviestLeaf: Int { Int(leaves[0]) }

    /// Adds a point to a sample that is not full.
    func append(_ weight: Float, leaf: Int) {
        var hole = Int(state.pointee.mass)
        while hole > 0 {
            let parent = (hole - 1) / 2
            if weights[parent] >= weight { break }
            weights[hole] = weights[parent]
            leaves[hole] = leaves[parent]
            hole = parent
        }
        weights[hole] = weight
        leaves[hole] = UInt16(truncatingIfNeeded: leaf)
        state.pointee.mass += 1
        state.pointee.heaviest = weights[0]
    }

    /// Puts a point where the heaviest was.
    func replaceHeaviest(_ weight: Float, leaf: Int) {
        let count = Int(state.pointee.mass)
        var hole = 0
        while true {
            var child = 2 * hole + 1
            if child >= count { break }
            if child + 1 < count && weights[child + 1] > weights[child] { child += 1 }
            if weights[child] <= weight { break }
            weights[hole] = weights[child]
            leaves[hole] = leaves[child]
            hole = child
        }
        weights[hole] = weight
        leaves[hole] = UInt16(truncatingIfNeeded: leaf)
        state.pointee.heaviest = weights[0]
    }

    /// Adds `shift` to every weight.
    ///
    /// Rounding is monotone, so the heap stays a heap.
    func rebase(by shift: Double) {
        for index in 0..<Int(state.pointee.mass) {
            weights[index] = Float(Double(weights[index]) + shift)
        }
        if state.pointee.mass > 0 { state.pointee.heaviest = weights[0] }
    }
}
