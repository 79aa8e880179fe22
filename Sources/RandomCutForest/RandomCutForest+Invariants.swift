/// What must hold of every forest between two calls. Tests check it as they go;
/// so does restoring a snapshot in a debug build, for all that it let pass.
extension RandomCutForest {
    /// - Returns: The first rule that is broken, in words; `nil` where all hold.
    /// - Complexity: O(trees × sampleSize × dimensions), with allocation.
    func firstViolation() -> String? {
        var references = [Int](repeating: 0, count: pointList.used)
        for index in 0..<options.trees {
            let expected = min(updates, UInt64(options.sampleSize))
            guard UInt64(memory.states[index].mass) == expected else {
                return "tree \(index) has \(memory.states[index].mass) of \(expected) points"
            }
            if let violation = violation(inTree: index, references: &references) {
                return "tree \(index): \(violation)"
            }
        }
        let points = memory.points(pointList)
        for point in references.indices where references[point] > 0 {
            guard Int(points.references[point]) == references[point] else {
                return "point \(point) counts \(points.references[point]) references, and has \(references[point])"
            }
            let row = points.rows + point * memory.layout.width
            for axis in memory.layout.dimensions..<memory.layout.width where row[axis] != 0 {
                return "point \(point) has padding that is not zero"
            }
        }
        return violationInUnusedPoints(references)
    }

    private func violationInUnusedPoints(_ references: [Int]) -> String? {
        let points = memory.points(pointList)
        var unused = 0
        var next = pointList.unused
        while next != .max {
            guard Int(next) < references.count, references[Int(next)] == 0, unused < references.count else {
                return "the list of unused points is broken"
            }
            unused += 1
            next = points.rows[Int(next) * memory.layout.width].bitPattern
        }
        let used = references.count { $0 > 0 }
        return used + unused == references.count ? nil : "points were lost"
    }

    private func violation(inTree index: Int, references: inout [Int]) -> String? {
        let tree = memory.tree(index)
        let sampler = memory.sampler(index)
        let mass = Int(tree.state.pointee.mass)
        var copies = [Int](repeating: 0, count: options.sampleSize)
        for place in 0..<mass {
            guard place == 0 || sampler.weights[(place - 1) / 2] >= sampler.weights[place] else {
                return "the sample is not a heap"
            }
            copies[Int(sampler.leaves[place])] += 1
        }
        guard mass == 0 || sampler.weights[0] == tree.state.pointee.heaviest else {
            return "the greatest weight is stale"
        }
        guard (mass == 0) == (tree.state.pointee.root == .none) else { return "sample and tree are not both empty" }
        if mass == 0 { return nil }

        var pending = [tree.state.pointee.root]
        var sampled = 0
        var leaves = 0
        while let id = pending.popLast() {
            if id.isLeaf {
                references[Int(tree.leafPoints[id.index])] += 1
                guard Int(tree.leafMasses[id.index]) == copies[id.index] else {
                    return "leaf \(id.index) counts \(tree.leafMasses[id.index]) copies, and has \(copies[id.index])"
                }
                sampled += copies[id.index]
                leaves += 1
                guard leaves <= options.sampleSize else { return "there is a cycle" }
                continue
            }
            if let violation = violation(in: tree, node: id) { return violation }
            pending.append(tree.nodes[id.index].left)
            pending.append(tree.nodes[id.index].right)
        }
        guard sampled == mass else { return "\(mass) points are sampled and \(sampled) are in the tree" }
        return options.dimensions == 1 ? violationInOrder(of: tree, leaves: leaves) : nil
    }

    /// - Returns: What is wrong with the order of a tree's cuts, or with the depths of its nodes.
    private func violationInOrder(of tree: Tree, leaves: Int) -> String? {
        var isListed = [Bool](repeating: false, count: options.sampleSize)
        for place in 0..<tree.order.capacity {
            let cut = tree.order.cuts[place]
            if place % 16 == 15, tree.order.lasts[place / 16] != cut {
                return "the last cut of a block is not up to date"
            }
            guard place < leaves - 1 else {
                if cut < .infinity { return "the order has more cuts than the tree" }
                continue
            }
            let node = tree.order.nodes[place].index
            guard !tree.order.nodes[place].isLeaf, node < options.sampleSize - 1, tree.nodes[node].cut == cut else {
                return "cut \(place) of the order is another in the tree"
            }
            if place > 0, tree.order.cuts[place - 1] >= cut { return "the order is broken at cut \(place)" }
            isListed[node] = true
        }
        var pending = [(tree.state.pointee.root, 0)]
        while let (id, depth) = pending.popLast() {
            if id.isLeaf { continue }
            guard isListed[id.index] else { return "node \(id.index) is missing in the order" }
            guard tree.nodes[id.index].depth == depth else {
                return "node \(id.index) notes another depth than \(depth)"
            }
            pending.append((tree.nodes[id.index].left, depth + 1))
            pending.append((tree.nodes[id.index].right, depth + 1))
        }
        return nil
    }

    private func violation(in tree: Tree, node id: NodeID) -> String? {
        let node = tree.nodes[id.index]
        let axis = Int(node.axis)
        let (own, left, right) = (tree.box(id), tree.box(node.left), tree.box(node.right))
        guard axis < options.dimensions else { return "node \(id.index) cuts an axis that is not there" }
        guard left.upper[axis] <= node.cut, node.cut < right.lower[axis] else {
            return "node \(id.index) does not part its children"
        }
        guard node.mass == tree.mass(node.left) + tree.mass(node.right) else {
            return "node \(id.index) has another mass than its children"
        }
        for axis in 0..<tree.width {
            guard own.lower[axis] == min(left.lower[axis], right.lower[axis]),
                own.upper[axis] == max(left.upper[axis], right.upper[axis])
            else { return "node \(id.index) has another box than its children" }
        }
        guard node.range == rangeAsWritten(own) else { return "node \(id.index) has another range than its box" }
        return nil
    }

    /// The range that a write of this box would note, which is not to depend on how the box came about.
    private func rangeAsWritten(_ box: Box) -> Float {
        let width = memory.layout.width
        let copy = UnsafeMutablePointer<Float>.allocate(capacity: 2 * width)
        defer { copy.deallocate() }
        if width == 1 { return ScalarArithmetic.writeUnion(of: box, box, to: copy, width: width).range }
        return LaneArithmetic.writeUnion(of: box, box, to: copy, width: width).range
    }
}
