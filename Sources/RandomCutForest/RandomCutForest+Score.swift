internal import CForest

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
        return scoreByVisits()
    }

    /// The same by visits of the trees, where there is more than one dimension.
    ///
    /// - Parameter isPortable: By the loops for any processor, which gives the same score.
    func scoreByVisits(isPortable: Bool = false) -> Double {
        let outcomes = memory.outcomes
        var trees = memory.trees
        let visit = isPortable ? cforest_visit_portable : cforest_visit
        visit(&trees, options.trees, memory.candidate, memory.unseen, memory.paths, outcomes)
        var total = 0.0
        for index in 0..<options.trees {
            let outcome = outcomes[index]
            let leaf = NodeID(bits: outcome.leaf)
            total += score(outcome.score, tree: index, leaf, depth: Int(outcome.depth), with: LaneArithmetic.self)
        }
        // All trees have the same mass.
        return scoring.normalize(total / Double(options.trees), treeMass: Int(memory.states[0].mass))
    }

    /// The score of one tree of one dimension, by a visit that shares its turn with none.
    func scoreByVisit(_ index: Int) -> Double {
        let visits = memory.visits
        visits.lanes[0] = memory.visit(index, lane: 0, point: UnsafePointer(memory.candidate))
        visits.descend(1, width: 1, with: ScalarArithmetic.self)
        var visit = visits.lanes[0]
        let unseen = UnsafePointer(memory.unseen)
        visit.score = unseen[visit.depth]
        visit.level = visit.depth
        while visit.level > 0, visit.ascend(width: 1, unseen: unseen, with: ScalarArithmetic.self) {}
        return score(visit.score, tree: index, visit.position, depth: visit.depth, with: ScalarArithmetic.self)
    }

    /// The score of a visit that has come to its end.
    @inline(__always)
    private func score<Arithmetic: RowArithmetic>(
        _ score: Double,
        tree index: Int,
        _ leaf: NodeID,
        depth: Int,
        with: Arithmetic.Type
    ) -> Double {
        // A point equal to the leaf is inside the box above it, so its visit never went up: the score is the first.
        guard score == memory.unseen[depth] else { return score }
        let tree = memory.tree(index)
        let point = UnsafePointer(memory.candidate)
        guard Arithmetic.areEqual(point, tree.row(leaf), width: tree.width) else { return score }
        return scoring.seen(
            depth: depth,
            leafMass: Int(tree.leafMasses[leaf.index]),
            treeMass: Int(tree.state.pointee.mass)
        )
    }
}
