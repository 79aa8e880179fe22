extension RandomCutForest {
    /// How crowded it would be around `observation` if it came next. Nothing is learned.
    ///
    /// - Parameters:
    ///   - observation: One value per feature, in any unit, features of comparable scales.
    ///   - manifold: Dimensions of the surface that the points lie on, 1...dimensions; `nil` is all. Fewer keep
    ///     densities apart that would all be 0 or 1000 in many dimensions.
    /// - Returns: The density; 0 until the samples are full (`sampleSize` updates).
    /// - Throws: `.wrongFeatureCount`, `.notFinite` for NaN and ±∞, `.argumentOutOfRange`.
    /// - Complexity: O(trees × depth × dimensions), with allocation.
    ///
    /// Source: `SimpleInterpolationVisitor` of AWS's Java library.
    public mutating func density(
        _ observation: borrowing Span<Float>,
        manifold: Int? = nil
    ) throws(ForestError) -> Density {
        try shingle.check(observation)
        let manifold = manifold ?? options.dimensions
        try ForestError.check("manifold", manifold, 1...options.dimensions)
        guard updates >= UInt64(options.sampleSize) && shingle.isReady else {
            return Density(dimensions: options.dimensions)
        }
        shingle.write(to: memory.candidate, endingIn: observation)
        if memory.layout.width == 1 { return candidateDensity(manifold, with: ScalarArithmetic.self) }
        return candidateDensity(manifold, with: LaneArithmetic.self)
    }

    private func candidateDensity<Arithmetic: RowArithmetic>(_ manifold: Int, with: Arithmetic.Type) -> Density {
        let nothing = DirectedSum(dimensions: options.dimensions)
        var (points, reach, probability) = (nothing, nothing, nothing)
        var gaps = Gaps(dimensions: options.dimensions)
        for index in 0..<options.trees {
            let climb = climb(tree: index, with: Arithmetic.self)
            var (own, ownReach, ownProbability) = (nothing, nothing, nothing)
            // The point counts as one among those that it joins.
            let mass = climb.isSeen ? 1 + climb.leafMass : 1
            if climb.isSeen {
                own.spread(Double(mass))
                ownProbability.spread(1)
            }
            climb.meetBoxes(with: Arithmetic.self) { encounter in
                let box = encounter.box
                gaps.measure(climb.visit.point, beside: box)
                own.meet(gaps, encounter.probability, value: Double(encounter.mass + mass))
                ownProbability.meet(gaps, encounter.probability, value: 1)
                ownReach.meet(gaps, encounter.probability) { axis in
                    let side = Double(box.upper[axis] - box.lower[axis]) + gaps.above[axis] + gaps.below[axis]
                    return side / Double(Shingle.scale)
                }
            }
            points.add(own)
            reach.add(ownReach)
            probability.add(ownProbability)
        }
        let share = 1 / Double(options.trees)
        points.scale(by: share)
        reach.scale(by: share)
        probability.scale(by: share)
        return Density(
            points: points,
            reach: reach,
            probability: probability,
            sampleSize: options.sampleSize,
            manifold: manifold
        )
    }
}
