/// A remembered point that a tree leads to from another.
public struct Neighbor: Sendable, Equatable {
    /// All values of its shingle, the newest last, in the units of the input.
    public let point: [Float]
    /// Euclidean distance, in the units of the input.
    public let distance: Double
    /// How many trees lead to it. 1...trees.
    public let trees: Int
    /// The mean score that those trees give the point that was asked about. Unitless.
    public let score: Double
}

extension RandomCutForest {
    /// The remembered points nearest to `observation` as the trees see it. Nothing is learned.
    ///
    /// Each tree leads to one leaf, which is near but not always the nearest there is.
    ///
    /// - Parameters:
    ///   - observation: One value per feature, in any unit.
    ///   - distance: Only points nearer than this, in the units of the input. Not negative; may be infinite.
    /// - Returns: At most one per tree, nearest first, without repetition; none until
    ///   `isWarm` and while the shingle is incomplete.
    /// - Throws: `.wrongFeatureCount`, `.notFinite` for NaN and ±∞, `.argumentOutOfRange`.
    /// - Complexity: O(trees × depth × dimensions), with allocation.
    ///
    /// Source: `NearNeighborVisitor` of AWS's Java library.
    public mutating func neighbors(
        of observation: borrowing Span<Float>,
        within distance: Double = .infinity
    ) throws(ForestError) -> [Neighbor] {
        try shingle.check(observation)
        try ForestError.check("distance", distance, 0...Double.infinity)
        guard isWarm && shingle.isReady else { return [] }
        shingle.write(to: memory.candidate, endingIn: observation)
        if memory.layout.width == 1 { return candidateNeighbors(distance, with: ScalarArithmetic.self) }
        return candidateNeighbors(distance, with: LaneArithmetic.self)
    }

    private func candidateNeighbors<Arithmetic: RowArithmetic>(
        _ limit: Double,
        with: Arithmetic.Type
    ) -> [Neighbor] {
        var scores: [[Float]: (sum: Double, trees: Int)] = [:]
        for index in 0..<options.trees {
            let climb = climb(tree: index, with: Arithmetic.self)
            let row = climb.tree.row(climb.visit.position)
            let point = (0..<options.dimensions).map { row[$0] / Shingle.scale }
            scores[point, default: (0, 0)].sum += score(climb, with: Arithmetic.self)
            scores[point, default: (0, 0)].trees += 1
        }
        var neighbors: [Neighbor] = []
        for (point, score) in scores {
            var square = 0.0
            for axis in point.indices {
                let difference = Double(point[axis]) - Double(memory.candidate[axis] / Shingle.scale)
                square += difference * difference
            }
            let distance = square.squareRoot()
            guard distance < limit else { continue }
            let mean = score.sum / Double(score.trees)
            neighbors.append(Neighbor(point: point, distance: distance, trees: score.trees, score: mean))
        }
        // A dictionary has another order in every process; the same input is to have the same output.
        return neighbors.sorted { a, b in
            a.distance != b.distance ? a.distance < b.distance : a.point.lexicographicallyPrecedes(b.point)
        }
    }

    private func score<Arithmetic: RowArithmetic>(_ climb: Climb, with: Arithmetic.Type) -> Double {
        var score = 0.0
        if climb.isSeen {
            score = scoring.seen(depth: climb.depth, leafMass: climb.leafMass, treeMass: climb.treeMass)
        } else {
            climb.meetBoxes(with: Arithmetic.self) { encounter in
                score += encounter.probability * (Scoring.unseen(depth: encounter.depth) - score)
            }
        }
        return scoring.normalize(score, treeMass: climb.treeMass)
    }
}
