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
    /// Used where there is one dimension.
    let order: CutOrder
    let rows: UnsafeMutablePointer<Float>
    let width: Int

    /// Empties the tree: all nodes and leaves are unused, in order.
    func reset(random: RandomSource, sampleSize: Int) {
        state.initialize(
            to: TreeState(
                random: random,
                heaviest: .infinity,
                rejected: 0,
                mass: 0,
                root: .none,
                unusedNode: .node(0),
                unusedLeaf: .leaf(0)
            )
        )
        for index in 0..<(sampleSize - 1) {
            let next = index + 1 < sampleSize - 1 ? NodeID.node(index + 1) : .none
            nodes[index] = Node(cut: 0, range: 0, left: .none, right: next, mass: 0, axis: 0)
        }
        for slot in 0..<sampleSize {
            leafMasses[slot] = slot + 1 < sampleSize ? NodeID.leaf(slot + 1).bits : NodeID.none.bits
            leafPoints[slot] = 0
        }
        if width == 1 { order.reset() }
    }

    /// The row of a leaf's point.
    @inline(__always)
    func row(_ leaf: NodeID) -> UnsafePointer<Float> { UnsafePointer(rows + Int(leafPoints[leaf.index]) &* width) }

    /// Where the box of an inner node is kept.
    @inline(__always)
    func corners(_ node: NodeID) -> UnsafeMutablePointer<Float> { boxes + node.index &* 2 &* width }

    @inline(__always)
    func box(_ id: NodeID) -> Box {
        if id.isLeaf { return Box(lower: row(id), upper: row(id)) }
        let corners = corners(id)
        return Box(lower: corners, upper: corners + width)
    }

    @inline(__always)
    func mass(_ id: NodeID) -> UInt16 { id.isLeaf ? leafMasses[id.index] : nodes[id.index].mass }

    /// Has what inserting and removing will read, and descending did not, brought near.
    ///
    /// - Parameters:
    ///   - coming: The way of the point that is to be inserted.
    ///   - going: The way of the one that is to be removed.
    func prefetch<Arithmetic: RowArithmetic>(coming: Visit, going: Visit, with: Arithmetic.Type) {
        if coming.position == .none { return }
        Arithmetic.prefetch(row(coming.position), count: width)
        var below = going.position
        // Boxes further up are used so often that they are near.
        for level in stride(from: going.depth &- 1, through: max(0, going.depth &- 6), by: -1) {
            let node = nodes + going.path[level].index
            let sibling = node.pointee.left == below ? node.pointee.right : node.pointee.left
            Arithmetic.prefetch(box(sibling).lower, count: sibling.isLeaf ? width : 2 &* width)
            below = going.path[level]
        }
    }
}
