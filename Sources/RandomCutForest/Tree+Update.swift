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
    /// - Parameters:
    ///   - point: Its number in the store; a leaf made for it is one more reference.
    ///   - visit: The point's way to a leaf.
    /// - Returns: The slot of its leaf, new or that of its copies.
    /// - Complexity: O(depth × `width`), no allocation.
    ///
    /// Source: Guha et al., ICML 2016, algorithm 2 (InsertPoint), from the leaf
    /// upwards: the parting nearest to the root is the one that holds.
    func insert<Arithmetic: RowArithmetic>(
        _ point: UInt32,
        in points: borrowing PointStore,
        by visit: Visit,
        with: Arithmetic.Type
    ) -> Int {
        let row = UnsafePointer(rows + Int(point) * width)
        guard state.pointee.root != .none else {
            let leaf = addLeaf(point, in: points)
            state.pointee.root = leaf
            return leaf.index
        }
        let (leaf, path, depth) = (visit.position, visit.path, visit.depth)
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
            range: 0,
            left: isLeft ? new : sibling,
            right: isLeft ? sibling : new,
            mass: mass(sibling) + 1,
            axis: UInt16(truncatingIfNeeded: axis)
        )
        if width == 1 {
            node.pointee.depth = parting.level
            order.insert(id, at: Int(visit.place), of: nodes, besideRight: isLeft)
        }
        let own = Box(lower: row, upper: row)
        node.pointee.range = Arithmetic.writeUnion(of: box(sibling), own, to: corners(id), width: width).range

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
            let union = Arithmetic.writeUnion(of: box(id), own, to: corners(id), width: width)
            nodes[id.index].range = union.range
            isGrowing = union.isChanged
        }
        return new.index
    }

    /// Takes away one copy of the point of the leaf that a visit led to.
    ///
    /// - Returns: What takes the place of the leaf and the node above it, which
    ///   is `.none` for the last leaf of all; `nil` where copies are left.
    /// - Complexity: O(depth × `width`), no allocation.
    ///
    /// Source: Guha et al., ICML 2016, algorithm 1 (ForgetPoint).
    func remove<Arithmetic: RowArithmetic>(
        by visit: Visit,
        from points: inout PointStore,
        with: Arithmetic.Type
    ) -> NodeID? {
        let (leaf, path, depth) = (visit.position, visit.path, visit.depth)
        for level in 0..<depth { nodes[path[level].index].mass -= 1 }
        leafMasses[leaf.index] -= 1
        if leafMasses[leaf.index] > 0 { return nil }

        points.release(leafPoints[leaf.index])
        leafMasses[leaf.index] = state.pointee.unusedLeaf.bits
        state.pointee.unusedLeaf = leaf
        if depth == 0 {
            state.pointee.root = .none
            return NodeID.none
        }
        let parent = path[depth - 1]
        let node = nodes + parent.index
        let isLeft = node.pointee.left == leaf
        let sibling = isLeft ? node.pointee.right : node.pointee.left
        if width == 1 { order.remove(parent, at: Int(visit.place), of: nodes, besideRight: isLeft) }
        node.pointee.right = state.pointee.unusedNode
        state.pointee.unusedNode = parent
        if depth == 1 {
            state.pointee.root = sibling
            return sibling
        }
        replaceChild(of: path[depth - 2], parent, by: sibling)
        for level in stride(from: depth - 2, through: 0, by: -1) {
            let node = nodes + path[level].index
            let (left, right) = (box(node.pointee.left), box(node.pointee.right))
            let union = Arithmetic.writeUnion(of: left, right, to: corners(path[level]), width: width)
            node.pointee.range = union.range
            if !union.isChanged { break }
        }
        return sibling
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
        let first = Arithmetic.outside(row, of: box(leaf), width: width)
        var parting = Parting(
            level: depth,
            sibling: leaf,
            offset: state.pointee.random.nextUnit() * Double(first)
        )
        var level = depth - 1
        while level >= 0 {
            let outside = Double(Arithmetic.outside(row, of: box(path[level]), width: width))
            if outside <= 0 { break }
            let place = state.pointee.random.nextUnit() * (outside + Double(nodes[path[level].index].range))
            if place < outside { parting = Parting(level: level, sibling: path[level], offset: place) }
            level -= 1
        }
        return parting
    }

    /// Turns an offset into the outside part into a cut.
    ///
    /// - Returns: A cut with the point on one side and the whole box on the other. Not −0, for `CutOrder` looks at
    ///   signs.
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
            return (axis, min(max(cut, value), box.lower[axis].nextDown) + 0, true)
        }
        let cut = Float(Double(box.upper[axis]) + rest)
        return (axis, min(max(cut, box.upper[axis]), value.nextDown) + 0, false)
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
