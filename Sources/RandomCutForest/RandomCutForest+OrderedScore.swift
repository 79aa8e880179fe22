internal import CForest

/// The score in one dimension, where the leaves of a tree have an order.
extension RandomCutForest {
    /// The same as `score(with: ScalarArithmetic.self)`, but for the rounding of sums.
    ///
    /// - Complexity: O(log `sampleSize`) for each tree, and O(1) for each box that the point is outside of.
    func scoreInOrder() -> Double {
        let value = memory.candidate[0]
        let unseen = UnsafePointer(memory.unseen)
        let visits = memory.orderedVisits
        let turns = memory.orderedTurns
        // First for all trees what is computed without waiting, so that what has to be waited for is on its way.
        for index in 0..<options.trees { turns[index] = place(of: value, tree: index) }
        var live = 0
        for index in 0..<options.trees {
            let visit = visit(of: value, tree: index, place: Int(turns[index]))
            visits[index] = visit
            turns[live] = UInt16(truncatingIfNeeded: index)
            live &+= visit.position.isLeafBit ^ 1
        }
        // All trees take turns, for how long a visit lasts is a toss-up that no processor can predict.
        while live > 0 {
            var remaining = 0
            for turn in 0..<live {
                let index = turns[turn]
                visits[Int(index)].descend(unseen: unseen)
                turns[remaining] = index
                remaining &+= visits[Int(index)].position.isLeafBit ^ 1
            }
            live = remaining
        }
        var total = 0.0
        for index in 0..<options.trees {
            let visit = visits + index
            total += visit.pointee.score + visit.pointee.rest * unseen[Int(visit.pointee.depth)]
        }
        return scoring.normalize(total / Double(options.trees), treeMass: Int(memory.states[0].mass))
    }

    /// Counts the cuts of a tree that are below a value, and has the nodes beside it brought near.
    @inline(__always)
    private func place(of value: Float, tree index: Int) -> UInt16 {
        let order = memory.order(index)
        let place = order.count(below: value)
        let tree = memory.tree(index)
        // An entry that is not in use, for the first or the last leaf, does no harm: any address is allowed.
        let (below, above) = (order.nodes[max(0, place &- 1)].index, order.nodes[place].index)
        cforest_prefetch(tree.nodes + below)
        cforest_prefetch(tree.nodes + above)
        cforest_prefetch(tree.boxes + 2 &* below)
        cforest_prefetch(tree.boxes + 2 &* above)
        return UInt16(truncatingIfNeeded: place)
    }

    /// Begins the visit of a value that has `place` cuts below it.
    @inline(__always)
    private func visit(of value: Float, tree index: Int, place: Int) -> OrderedVisit {
        let order = memory.order(index)
        guard place > 0, order.cuts[place] < .infinity else { return visitAtEnd(value, tree: index, place: place) }
        let tree = memory.tree(index)
        let (below, above) = (order.nodes[place &- 1].index, order.nodes[place].index)
        let (belowDepth, aboveDepth) = (tree.nodes[below].depth, tree.nodes[above].depth)
        // The leaf is a child of the deeper one, and a corner of its box.
        let isBelowDeeper = belowDepth > aboveDepth
        let leaf = tree.boxes[isBelowDeeper ? 2 &* below &+ 1 : 2 &* above]
        if value == leaf {
            return isBelowDeeper
                ? seen(tree.nodes[below].right, below, tree) : seen(tree.nodes[above].left, above, tree)
        }
        let isAbove = value > leaf
        let parting = tree.nodes + (isAbove ? above : below)
        return OrderedVisit(
            nodes: tree.nodes,
            outside: value - leaf,
            position: isAbove ? parting.pointee.left : parting.pointee.right,
            depth: (isAbove ? aboveDepth : belowDepth) &+ 1
        )
    }

    /// The same for a value whose leaf is the first or the last.
    @inline(never)
    private func visitAtEnd(_ value: Float, tree index: Int, place: Int) -> OrderedVisit {
        let tree = memory.tree(index)
        let root = tree.state.pointee.root
        guard !root.isLeaf else { return OrderedVisit(score: scoreByVisit(index), nodes: tree.nodes) }
        let parent = memory.order(index).nodes[max(0, place &- 1)].index
        let leaf = place == 0 ? tree.nodes[parent].left : tree.nodes[parent].right
        let outside = value - tree.boxes[place == 0 ? 2 &* parent : 2 &* parent &+ 1]
        if outside == 0 { return seen(leaf, parent, tree) }
        // Beyond all values, or between the leaf and its cut.
        if place == 0 ? outside < 0 : outside > 0 {
            return OrderedVisit(nodes: tree.nodes, outside: outside, position: root, depth: 0)
        }
        return OrderedVisit(
            nodes: tree.nodes,
            outside: outside,
            position: leaf,
            depth: Int(tree.nodes[parent].depth) &+ 1
        )
    }

    /// A visit that ends in a leaf of the same value, a child of `parent`.
    @inline(__always)
    private func seen(_ leaf: NodeID, _ parent: Int, _ tree: Tree) -> OrderedVisit {
        let score = scoring.seen(
            depth: Int(tree.nodes[parent].depth) &+ 1,
            leafMass: Int(tree.leafMasses[leaf.index]),
            treeMass: Int(tree.state.pointee.mass)
        )
        return OrderedVisit(score: score, nodes: tree.nodes)
    }
}
