extension RandomCutForest {
    /// The score of the candidate, the mean over the trees.
    ///
    /// Going up from a leaf: with the probability that a cut of the node's box
    /// grown by the point would part the point from all that is below, it would
    /// have been a leaf at that depth, else what was found further down holds.
    /// Inside a box that probability is 0, and stays 0 further up.
    ///
    /// - Complexity: O(depth) for each tree, and O(`width`) for each box that the point is outside of.
    ///
    /// Source: Guha et al., “Robust Random Cut Forest Based Anomaly Detection on
    /// Streams”, ICML 2016; `AbstractScalarScoreVisitor` of AWS's Java library.
    func scoreCandidate() -> Double {
        if memory.layout.width == 1 { return scoreInOrder() }
        return score(with: LaneArithmetic.self)
    }

    private func score<Arithmetic: RowArithmetic>(with: Arithmetic.Type) -> Double {
        let point = UnsafePointer(memory.candidate)
        let visits = memory.visits
        let width = memory.layout.width
        var total = 0.0
        var first = 0
        while first < options.trees {
            let count = min(ForestLayout.interleaved, options.trees - first)
            for lane in 0..<count {
                visits.lanes[lane] = memory.visit(first + lane, lane: lane, point: point)
            }
            visits.descend(count, width: width, with: Arithmetic.self)
            visits.ascend(count, width: width, unseen: UnsafePointer(memory.unseen), with: Arithmetic.self)
            for lane in 0..<count { total += score(visits.lanes[lane], with: Arithmetic.self) }
            first += count
        }
        // All trees have the same mass.
        return scoring.normalize(total / Double(options.trees), treeMass: Int(memory.states[0].mass))
    }

    /// The score of one tree, by a visit that shares its turn with none.
    func scoreByVisit(_ index: Int) -> Double {
        let visits = memory.visits
        visits.lanes[0] = memory.visit(index, lane: 0, point: UnsafePointer(memory.candidate))
        visits.descend(1, width: 1, with: ScalarArithmetic.self)
        visits.ascend(1, width: 1, unseen: UnsafePointer(memory.unseen), with: ScalarArithmetic.self)
        return score(visits.lanes[0], with: ScalarArithmetic.self)
    }

    /// The score of a visit that has come to its end.
    @inline(__always)
    private func score<Arithmetic: RowArithmetic>(_ visit: borrowing Visit, with: Arithmetic.Type) -> Double {
        // A point equal to the leaf is inside the box above it, so its visit never went up: the score is the first.
        guard visit.score == memory.unseen[visit.depth] else { return visit.score }
        let tree = memory.tree(Int(visit.tree))
        let leaf = visit.position
        guard Arithmetic.areEqual(visit.point, tree.row(leaf), width: tree.width) else { return visit.score }
        return scoring.seen(
            depth: visit.depth,
            leafMass: Int(tree.leafMasses[leaf.index]),
            treeMass: Int(tree.state.pointee.mass)
        )
    }
}
