extension Tree {
    /// Puts together what was taken apart, in memory that is still empty.
    ///
    /// Whatever the parts are, what comes of them is a tree: what pre-order cannot
    /// express, such as a cycle, cannot be read from it, and everything else is checked.
    ///
    /// - Throws: `.damaged` where the parts do not fit.
    /// - Complexity: O(leaves × `width`): one pass down, which links, and one up, which derives boxes.
    func restore(
        _ parts: borrowing TreeParts,
        sampler: Sampler,
        points: borrowing PointStore
    ) throws(SnapshotError) {
        let count = parts.points.count
        state.pointee.random.state = parts.random
        guard (count == 0) == parts.weights.isEmpty else {
            throw .damaged(reason: "sample and tree are not both empty")
        }
        guard count > 0 else { return }
        try link(parts, points: points)
        try restoreSample(parts, sampler)
        if width == 1 {
            order.changed(from: 0)
            try deriveBoxes(nodes: count - 1, with: ScalarArithmetic.self)
        } else {
            try deriveBoxes(nodes: count - 1, with: LaneArithmetic.self)
        }
        state.pointee.unusedLeaf = count < sampler.capacity ? .leaf(count) : .none
        state.pointee.unusedNode = count < sampler.capacity ? .node(count - 1) : .none
    }

    /// Links nodes and leaves. Both are taken in order from the lists of unused ones, so a parent comes before its
    /// children, and leaves are in the order of the cuts between them.
    private func link(_ parts: borrowing TreeParts, points: borrowing PointStore) throws(SnapshotError) {
        let leaves = parts.points.count
        // Those that still lack their right child.
        var open: [Int] = []
        open.reserveCapacity(leaves)
        var (node, leaf) = (0, 0)
        var followsNode = false
        for place in 0..<parts.places {
            let isNode = parts.isNode(place)
            guard isNode ? node < leaves - 1 : leaf < leaves else {
                throw .damaged(reason: "a tree that cannot be")
            }
            let id = isNode ? NodeID.node(node) : .leaf(leaf)
            var depth = 0
            if followsNode {
                nodes[node - 1].left = id
                depth = nodes[node - 1].depth + 1
            } else if let parent = open.popLast() {
                nodes[parent].right = id
                depth = nodes[parent].depth + 1
                if width == 1 {
                    order.cuts[leaf - 1] = nodes[parent].cut
                    order.nodes[leaf - 1] = .node(parent)
                }
            } else {
                guard place == 0 else { throw .damaged(reason: "a tree with two roots") }
                state.pointee.root = id
            }
            followsNode = isNode
            guard isNode else {
                let point = parts.points[leaf]
                leafPoints[leaf] = point
                leafMasses[leaf] = 0
                points.retain(point)
                leaf += 1
                continue
            }
            let axis = UInt16(truncatingIfNeeded: parts.axes[node])
            // Never −0; see `place`.
            nodes[node] = Node(cut: parts.cuts[node] + 0, range: 0, left: .none, right: .none, mass: 0, axis: axis)
            if width == 1 { nodes[node].depth = depth }
            open.append(node)
            node += 1
        }
        guard open.isEmpty, !followsNode else { throw .damaged(reason: "a node without children") }
    }

    /// Restores the sample, and with it the copies of each leaf's point.
    private func restoreSample(_ parts: borrowing TreeParts, _ sampler: Sampler) throws(SnapshotError) {
        let count = parts.weights.count
        for place in 0..<count {
            sampler.weights[place] = parts.weights[place]
            sampler.leaves[place] = UInt16(truncatingIfNeeded: parts.leaves[place])
            leafMasses[Int(parts.leaves[place])] += 1
        }
        for place in 1..<max(1, count) where sampler.weights[(place - 1) / 2] < sampler.weights[place] {
            throw .damaged(reason: "the sample is not a heap")
        }
        for leaf in parts.points.indices where leafMasses[leaf] == 0 {
            throw .damaged(reason: "a leaf that nothing sampled belongs to")
        }
        state.pointee.mass = UInt16(truncatingIfNeeded: count)
        state.pointee.heaviest = sampler.weights[0]
    }

    /// Computes mass and box of the first nodes, whose children come after them.
    private func deriveBoxes<Arithmetic: RowArithmetic>(
        nodes count: Int,
        with: Arithmetic.Type
    ) throws(SnapshotError) {
        // Of the box that is written only a change is of interest, and none here; but it is read.
        boxes.update(repeating: 0, count: 2 * width * count)
        for index in stride(from: count - 1, through: 0, by: -1) {
            let node = nodes[index]
            let (left, right) = (box(node.left), box(node.right))
            let (upper, lower) = (
                Arithmetic.value(of: left.upper, on: Int(node.axis)),
                Arithmetic.value(of: right.lower, on: Int(node.axis))
            )
            guard upper <= node.cut, node.cut < lower else {
                throw .damaged(reason: "a cut does not part what is on its two sides")
            }
            nodes[index].mass = mass(node.left) &+ mass(node.right)
            nodes[index].range = Arithmetic.writeUnion(of: left, right, to: corners(.node(index)), width: width).range
        }
    }
}
