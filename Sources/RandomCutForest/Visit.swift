/// The way of a point through one tree, down to a leaf and some of the way back up.
struct Visit {
    let nodes: UnsafePointer<Node>
    let boxes: UnsafePointer<Float>
    let point: UnsafePointer<Float>
    /// The inner nodes above `position`, the root first.
    let path: UnsafeMutablePointer<NodeID>
    /// How many of them there are.
    var depth = 0
    /// On the way up, how many of them are still above.
    var level = 0
    /// What the point scores below the nodes that are still above.
    var score = 0.0
    /// Number of the tree.
    let tree: UInt16
    /// Where the visit is.
    var position: NodeID
    /// The place in the `CutOrder` of what the visit is about to take out or put in.
    var place: UInt16 = 0

    /// Enters a tree at its root.
    @inline(__always)
    init(_ tree: Tree, number: Int, point: UnsafePointer<Float>, path: UnsafeMutablePointer<NodeID>) {
        nodes = UnsafePointer(tree.nodes)
        boxes = UnsafePointer(tree.boxes)
        self.point = point
        self.path = path
        self.tree = UInt16(truncatingIfNeeded: number)
        position = tree.state.pointee.root
    }

    /// Goes one node down.
    ///
    /// - Precondition: `position` is no leaf.
    @inline(__always)
    mutating func descend<Arithmetic: RowArithmetic>(width: Int, with: Arithmetic.Type) {
        let node = nodes + Int(position.bits)
        path[depth] = position
        // The way back up will want the box. Those near the root are used so often that they are near anyway.
        if depth > 3 { Arithmetic.prefetch(boxes + Int(position.bits) &* 2 &* width, count: 2 &* width) }
        depth &+= 1
        let isRight = Arithmetic.value(of: point, on: Int(node.pointee.axisOrDepth)) > node.pointee.cut
        position = isRight ? node.pointee.right : node.pointee.left
    }

    /// Goes one node up, and takes into account that the point may have been cut off there.
    ///
    /// - Returns: Whether `score` may still change. Where the point is inside a
    ///   node's box, it is inside all boxes above.
    /// - Precondition: `level > 0`.
    mutating func ascend<Arithmetic: RowArithmetic>(
        width: Int,
        unseen: UnsafePointer<Double>,
        with: Arithmetic.Type
    ) -> Bool {
        level &-= 1
        let index = Int(path[level].bits)
        let corners = boxes + index &* 2 &* width
        let outside = Arithmetic.outside(point, of: Box(lower: corners, upper: corners + width), width: width)
        let probability = Double(outside / (outside + nodes[index].range))
        score += probability * (unseen[level] - score)
        return outside > 0 && level > 0
    }

    /// Brings the way of a point that is to be inserted up to date after a leaf was taken out of the tree.
    ///
    /// - Parameters:
    ///   - removal: The way to that leaf.
    ///   - sibling: What took the place of the leaf and the node above it.
    mutating func follow<Arithmetic: RowArithmetic>(
        _ removal: Visit,
        sibling: NodeID,
        width: Int,
        with: Arithmetic.Type
    ) {
        guard removal.depth > 0 else {
            position = .none
            return
        }
        if removal.place < place { place -= 1 }
        let level = removal.depth - 1
        guard level < depth, path[level] == removal.path[level] else { return }
        depth -= 1
        for next in level..<depth { path[next] = path[next + 1] }
        guard position == removal.position else { return }
        position = sibling
        while !position.isLeaf { descend(width: width, with: Arithmetic.self) }
    }
}
