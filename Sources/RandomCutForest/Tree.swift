/// One random cut tree, seen through the forest's memory.
///
/// Every inner node cuts its box on one axis, chosen with probability
/// proportional to the side's length, at a place uniform on that side. Leaves
/// are distinct points with their number of copies. The box of every inner node
/// is kept, and is exactly the box around the points below it.
struct Tree {
    let state: UnsafeMutablePointer<TreeState>
    let nodes: UnsafeMutablePointer<Node>
    /// Lower and upper corner for each node.
    let boxes: UnsafeMutablePointer<Float>
    let leafPoints: UnsafeMutablePointer<UInt32>
    let leafMasses: UnsafeMutablePointer<UInt16>
    let rows: UnsafeMutablePointer<Float>
    let width: Int

    /// Empties the tree: all nodes and leaves are unused, in order.
    func reset(random: RandomSource, sampleSize: Int) {
        state.initialize(
            to: TreeState(
                random: random,
                heaviest: .infinity,
                mass: 0,
                root: .none,
                unusedNode: .node(0),
                unusedLeaf: .leaf(0)
            )
        )
        for index in 0..<(sampleSize - 1) {
            let next = index + 1 < sampleSize - 1 ? NodeID.node(index + 1) : .none
            nodes[index] = Node(cut: 0, left: .none, right: next, mass: 0, axis: 0)
        }
        for slot in 0..<sampleSize {
            leafMasses[slot] = slot + 1 < sampleSize ? NodeID.leaf(slot + 1).bits : NodeID.none.bits
            leafPoints[slot] = 0
        }
    }

    /// The row of a leaf's point.
    @inline(__always)
    func row(_ leaf: NodeID) -> UnsafePointer<Float> { UnsafePointer(rows + Int(leafPoints[leaf.index]) * width) }

    /// Where the box of an inner node is kept.
    @inline(__always)
    func corners(_ node: NodeID) -> UnsafeMutablePointer<Float> { boxes + node.index * 2 * width }

    @inline(__always)
    func box(_ id: NodeID) -> Box {
        if id.isLeaf { return Box(lower: row(id), upper: row(id)) }
        let corners = corners(id)
        return Box(lower: corners, upper: corners + width)
    }

    @inline(__always)
    func mass(_ id: NodeID) -> UInt16 { id.isLeaf ? leafMasses[id.index] : nodes[id.index].mass }

    @inline(__always)
    func child(of id: NodeID, towards point: UnsafePointer<Float>) -> NodeID {
        let node = nodes + id.index
        return point[Int(node.pointee.axis)] > node.pointee.cut ? node.pointee.right : node.pointee.left
    }

    /// Follows the cuts to a leaf and notes the nodes on the way.
    ///
    /// - Returns: The leaf, and how many nodes were written to `path`.
    @inline(__always)
    func descend(_ point: UnsafePointer<Float>, path: UnsafeMutablePointer<NodeID>) -> (leaf: NodeID, depth: Int) {
        var id = state.pointee.root
        var depth = 0
        while !id.isLeaf {
            path[depth] = id
            depth += 1
            id = child(of: id, towards: point)
        }
        return (id, depth)
    }

    /// The score of a point in this tree, from its way down.
    ///
    /// Going up from the leaf: with the probability that a cut of the node's box
    /// grown by the point would part the point from all that is below, it would
    /// have been a leaf at that depth, else what was found further down holds.
    /// Inside a box that probability is 0, and stays 0 further up.
    ///
    /// - Complexity: O(`width`) for each box that the point is outside of.
    ///
    /// Source: Guha et al., “Robust Random Cut Forest Based Anomaly Detection on
    /// Streams”, ICML 2016; `AbstractScalarScoreVisitor` of AWS's Java library.
    @inline(__always)
    func score<Arithmetic: RowArithmetic>(
        _ point: UnsafePointer<Float>,
        leaf: NodeID,
        path: UnsafePointer<NodeID>,
        depth: Int,
        scoring: borrowing Scoring,
        with: Arithmetic.Type
    ) -> Double {
        let treeMass = Int(state.pointee.mass)
        if Arithmetic.areEqual(point, row(leaf), width: width) {
            let seen = scoring.seen(depth: depth, leafMass: Int(leafMasses[leaf.index]), treeMass: treeMass)
            return scoring.normalize(seen, treeMass: treeMass)
        }
        var score = Scoring.unseen(depth: depth)
        var level = depth - 1
        while level >= 0 {
            let separation = Arithmetic.separation(of: point, from: box(path[level]), width: width)
            if separation.outside <= 0 { break }
            let probability = Double(separation.outside / (separation.outside + separation.range))
            score = probability * Scoring.unseen(depth: level) + (1 - probability) * score
            level -= 1
        }
        return scoring.normalize(score, treeMass: treeMass)
    }
}
