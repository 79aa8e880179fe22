extension Tree {
    /// Where a new point is cut off from what was there, undecided until the root.
    private struct Parting {
        /// How many of the path's nodes stay above the cut.
        var level: Int
        /// The node or leaf that becomes the new point's sibling.
        var sibling: NodeID
        /// How far into the part of the grown box that is outside the old one the cut lies.
        var offset: Double
    }

    /// Adds a point, as if the tree had been cut with it from the start.
    ///
    /// - Parameter point: Its number in the store; a leaf made for it is one more reference.
    /// - Returns: The slot of its leaf, new or that of its copies.
    /// - Complexity: O(depth × `width`), no allocation.
    ///
    /// Source: Guha et al., ICML 2016, algorithm 2 (InsertPoint), from the leaf
    /// upwards: the parting nearest to the root is the one that holds.
    func insert<Arithmetic: RowArithmetic>(
        _ point: UInt32,
        in points: borrowing PointStore,
        path: UnsafeMutablePointer<NodeID>,
        with: Arithmetic.Type
    ) -> Int {
        let row = UnsafePointer(rows + Int(point) * width)
        guard state.pointee.root != .none else {
            let leaf = addLeaf(point, in: points)
            state.pointee.root = leaf
            return leaf.index
        }
        let (leaf, depth) = descend(row, path: path)
        if Arithmetic.areEqual(row, self.row(leaf), width: width) {
            leafMasses[leaf.index] += 1
            for level in 0..<depth { nodes[path[level].index].mass += 1 }
            return leaf.index
        }

        let parting = part(row, leaf: leaf, path: path, depth: depth, with: Arithmetic.self)
        let sibling = parting.sibling
        let new = addLeaf(point, in: points)
        let id = state.pointee.unusedNode
        let (axis, cut, isLeft) = place(parting.offset, from: row, beside: box(sibling))
        let node = nodes + id.index
        state.pointee.unusedNode = node.pointee.right
        node.pointee = Node(
            cut: cut,
            left: isLeft ? new : sibling,
            right: isLeft ? sibling : new,
            mass: mass(sibling) + 1,
            axis: UInt16(truncatingIfNeeded: axis)
        )
        let own = Box(lower: row, upper: row)
        Arithmetic.writeUnion(of: box(sibling), own, to: corners(id), width: width)

        if parting.level == 0 {
            state.pointee.root = id
        } else {
            replaceChild(of: path[parting.level - 1], sibling, by: id)
        }
        var isGrowing = true
        for level in stride(from: parting.level - 1, through: 0, by: -1) {
            let id = path[level]
            nodes[id.index].mass += 1
            // What already holds the point is held by all boxes above.
            guard isGrowing else { continue }
            isGrowing = Arithmetic.writeUnion(of: box(id), own, to: corners(id), width: width)
        }
        return new.index
    }

    /// Takes away one copy of the point of leaf `slot`.
    ///
    /// - Complexity: O(depth × `width`), no allocation.
    ///
    /// Source: Guha et al., ICML 2016, algorithm 1 (ForgetPoint).
    func remove<Arithmetic: RowArithmetic>(
        leaf slot: Int,
        from points: inout PointStore,
        path: UnsafeMutablePointer<NodeID>,
        with: Arithmetic.Type
    ) {
        let (leaf, depth) = descend(row(.leaf(slot)), path: path)
        precondition(leaf == .leaf(slot), "a point that the sample has is not in the tree")
        for level in 0..<depth { nodes[path[level].index].mass -= 1 }
        leafMasses[slot] -= 1
        if leafMasses[slot] > 0 { return }

        points.release(leafPoints[slot])
        leafMasses[slot] = state.pointee.unusedLeaf.bits
        state.pointee.unusedLeaf = leaf
        if depth == 0 {
            state.pointee.root = .none
            return
        }
        let parent = path[depth - 1]
        let node = nodes + parent.index
        let sibling = node.pointee.left == leaf ? node.pointee.right : node.pointee.left
        node.pointee.right = state.pointee.unusedNode
        state.pointee.unusedNode = parent
        if depth == 1 {
            state.pointee.root = sibling
            return
        }
        replaceChild(of: path[depth - 2], parent, by: sibling)
        for level in stride(from: depth - 2, through: 0, by: -1) {
            let id = path[level]
            let (left, right) = (nodes[id.index].left, nodes[id.index].right)
            let isChanged = Arithmetic.writeUnion(of: box(left), box(right), to: corners(id), width: width)
            if !isChanged { break }
        }
    }

    /// Draws one cut for each box that does not hold the point yet.
    ///
    /// A cut at `u × (outside + range)` parts the point from the box when it
    /// falls into the outside part. Only the highest parting counts, so its axis
    /// is looked for afterwards, once.
    private func part<Arithmetic: RowArithmetic>(
        _ row: UnsafePointer<Float>,
        leaf: NodeID,
        path: UnsafePointer<NodeID>,
        depth: Int,
        with: Arithmetic.Type
    ) -> Parting {
        let first = Arithmetic.separation(of: row, from: box(leaf), width: width)
        var parting = Parting(
            level: depth,
            sibling: leaf,
            offset: state.pointee.random.nextUnit() * Double(first.outside)
        )
        var level = depth - 1
        while level >= 0 {
            let separation = Arithmetic.separation(of: row, from: box(path[level]), width: width)
            let outside = Double(separation.outside)
            if outside <= 0 { break }
            let place = state.pointee.random.nextUnit() * (outside + Double(separation.range))
            if place < outside { parting = Parting(level: level, sibling: path[level], offset: place) }
            level -= 1
        }
        return parting
    }

    /// Turns an offset into the outside part into a cut.
    ///
    /// - Returns: A cut with the point on one side and the whole box on the other.
    private func place(
        _ offset: Double,
        from row: UnsafePointer<Float>,
        beside box: Box
    ) -> (axis: Int, cut: Float, isLeft: Bool) {
        var rest = offset
        var axis = 0
        // Sums of floats taken in another order may differ a little, so the walk
        // may run past the end; the last side that is outside is then meant.
        for candidate in 0..<width {
            let outside = max(box.lower[candidate] - row[candidate], row[candidate] - box.upper[candidate])
            if outside <= 0 { continue }
            axis = candidate
            if rest < Double(outside) { break }
            rest -= Double(outside)
        }
        let value = row[axis]
        if value < box.lower[axis] {
            let cut = Float(Double(value) + rest)
            return (axis, min(max(cut, value), box.lower[axis].nextDown), true)
        }
        let cut = Float(Double(box.upper[axis]) + rest)
        return (axis, min(max(cut, box.upper[axis]), value.nextDown), false)
    }

    @inline(__always)
    private func addLeaf(_ point: UInt32, in points: borrowing PointStore) -> NodeID {
        let leaf = state.pointee.unusedLeaf
        state.pointee.unusedLeaf = NodeID(bits: leafMasses[leaf.index])
        leafPoints[leaf.index] = point
        leafMasses[leaf.index] = 1
        points.retain(point)
        return leaf
    }

    @inline(__always)
    private func replaceChild(of parent: NodeID, _ old: NodeID, by new: NodeID) {
        let node = nodes + parent.index
        if node.pointee.left == old { node.pointee.left = new } else { node.pointee.right = new }
    }
}
