extension RandomCutForest {
    /// Where the score of `observation` would come from if it came next. Nothing is learned.
    ///
    /// The share of a side in a score is that of its gap, the distance by which the
    /// point lies outside the box there, in the gaps of all sides: with that
    /// probability a cut that parts the point from the box falls on this side.
    ///
    /// - Parameter observation: One value per feature, in any unit.
    /// - Returns: `features × shingleSize` rises and drops, which add up to the
    ///   score; all 0 until `isWarm` and while the shingle is incomplete.
    /// - Throws: `.wrongFeatureCount`, or `.notFinite` for NaN and ±∞.
    /// - Complexity: O(trees × depth × dimensions); a few times the cost of `score`, with allocation.
    ///
    /// Source: `AbstractAttributionVisitor` of AWS's Java library.
    public mutating func attribution(_ observation: borrowing Span<Float>) throws(ForestError) -> Attribution {
        try shingle.check(observation)
        guard isWarm && shingle.isReady else { return Attribution(dimensions: options.dimensions) }
        shingle.write(to: memory.candidate, endingIn: observation)
        if memory.layout.width == 1 { return attributeCandidate(with: ScalarArithmetic.self) }
        return attributeCandidate(with: LaneArithmetic.self)
    }

    private func attributeCandidate<Arithmetic: RowArithmetic>(with: Arithmetic.Type) -> Attribution {
        var sum = DirectedSum(dimensions: options.dimensions)
        for index in 0..<options.trees { sum.add(attribution(inTree: index, with: Arithmetic.self)) }
        // All trees have the same mass.
        sum.scale(by: scoring.normalize(1 / Double(options.trees), treeMass: Int(memory.states[0].mass)))
        return Attribution(rises: sum.above, drops: sum.below)
    }

    private func attribution<Arithmetic: RowArithmetic>(inTree index: Int, with: Arithmetic.Type) -> DirectedSum {
        let climb = climb(tree: index, with: Arithmetic.self)
        var gaps = Gaps(dimensions: options.dimensions)
        var sum = DirectedSum(dimensions: options.dimensions)
        var seen: Double?
        if climb.isSeen {
            let score = scoring.seen(depth: climb.depth, leafMass: climb.leafMass, treeMass: climb.treeMass)
            sum.spread(score)
            seen = score
        }
        climb.meetBoxes(with: Arithmetic.self) { encounter in
            gaps.measure(climb.visit.point, beside: encounter.box)
            sum.meet(gaps, encounter.probability, value: Scoring.unseen(depth: encounter.depth))
        }
        // The way up tells only the parts of a score that the leaf has decided.
        if let seen { sum.scale(by: seen / sum.total) }
        return sum
    }
}
