/// The cuts of a tree of one dimension, in order: where a point belongs is then
/// found by bisection, without going down the tree.
///
/// A node's cut lies between its left and its right leaves, so the nodes below
/// any one follow each other here, and depths can be kept up to date.
struct CutOrder {
    /// Ascending, and infinite beyond the last.
    let cuts: UnsafeMutablePointer<Float>
    /// The node of each cut.
    let nodes: UnsafeMutablePointer<NodeID>
    /// Room for cuts: a power of two, and more than a tree can have.
    let capacity: Int

    static func capacity(sampleSize: Int) -> Int { 1 << (Int.bitWidth - (sampleSize - 1).leadingZeroBitCount) }

    func reset() { cuts.update(repeating: .infinity, count: capacity) }

    /// How many cuts are below `value` (neither is ever −0), which is how many leaves are to the left of its own.
    ///
    /// - Complexity: O(log `capacity`), without a branch that depends on values.
    @inline(__always)
    func count(below value: Float) -> Int {
        var first = 0
        var level = capacity.trailingZeroBitCount
        while level > 0 {
            level &-= 1
            // The sign of the difference as a number, for a comparison would become a branch.
            let difference = cuts[first &+ 1 &<< level &- 1] - value
            first &+= Int(difference.bitPattern &>> 31) &<< level
        }
        return first
    }

    /// Enters a node that is new in its tree.
    ///
    /// - Parameters:
    ///   - place: How many cuts are below the new leaf. That is the place of the new cut on either side of it: all
    ///     other cuts are on the same side of both.
    ///   - tree: The tree's nodes.
    ///   - besideRight: Whether the node's old child, which sinks with all below it, is the right one.
    func insert(_ node: NodeID, at place: Int, of tree: UnsafeMutablePointer<Node>, besideRight: Bool) {
        let cut = tree[node.index].cut
        let depth = tree[node.index].depth
        (cuts + place + 1).update(from: cuts + place, count: capacity - place - 1)
        (nodes + place + 1).update(from: nodes + place, count: capacity - place - 1)
        cuts[place] = cut
        nodes[place] = node
        let step = besideRight ? 1 : -1
        var next = place + step
        while next >= 0, cuts[next] < .infinity, tree[nodes[next].index].depth >= depth {
            tree[nodes[next].index].depth += 1
            next += step
        }
    }

    /// Takes out a node, one of whose children takes its place.
    ///
    /// - Parameters:
    ///   - place: How many cuts are below the node's.
    ///   - tree: The tree's nodes.
    ///   - besideRight: Whether that child is the right one.
    func remove(_ node: NodeID, at place: Int, of tree: UnsafeMutablePointer<Node>, besideRight: Bool) {
        let depth = tree[node.index].depth
        let step = besideRight ? 1 : -1
        var next = place + step
        while next >= 0, cuts[next] < .infinity, tree[nodes[next].index].depth > depth {
            tree[nodes[next].index].depth -= 1
            next += step
        }
        (cuts + place).update(from: cuts + place + 1, count: capacity - place - 1)
        (nodes + place).update(from: nodes + place + 1, count: capacity - place - 1)
        cuts[capacity - 1] = .infinity
    }
}
