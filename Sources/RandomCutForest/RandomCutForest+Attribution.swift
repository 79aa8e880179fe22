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
        var sum = DirectedScore(dimensions: options.dimensions)
        var own = DirectedScore(dimensions: options.dimensions)
        for index in 0..<options.trees {
            attribute(tree: index, to: &own, with: Arithmetic.self)
            sum.add(own)
        }
        // All trees have the same mass.
        sum.scale(by: scoring.normalize(1 / Double(options.trees), treeMass: Int(memory.states[0].mass)))
        return Attribution(rises: sum.rises, drops: sum.drops)
    }

    private func attribute<Arithmetic: RowArithmetic>(
        tree index: Int,
        to result: inout DirectedScore,
        with: Arithmetic.Type
    ) {
        let tree = memory.tree(index)
        let point = UnsafePointer(memory.candidate)
        var visit = memory.visit(index, lane: 0, point: point)
        while !visit.position.isLeaf { visit.descend(width: tree.width, with: Arithmetic.self) }
        if Arithmetic.areEqual(point, tree.row(visit.position), width: tree.width) {
            attributeSeen(visit, in: tree, to: &result, with: Arithmetic.self)
            return
        }
        result.measure(point, beside: tree.box(visit.position))
        result.replace(with: memory.unseen[visit.depth], probability: 1)
        for level in stride(from: visit.depth - 1, through: 0, by: -1) {
            let id = visit.path[level]
            let box = tree.box(id)
            // As `score` computes it, for the two must agree.
            let outside = Arithmetic.outside(point, of: box, width: tree.width)
            guard outside > 0 else { return }
            result.measure(point, beside: box)
            result.replace(
                with: memory.unseen[level],
                probability: Double(outside / (outside + tree.nodes[id.index].range))
            )
        }
    }

    /// The point is there already, so nothing is outside of anything: what counts
    /// is where it would be if its leaf had not been there.
    private func attributeSeen<Arithmetic: RowArithmetic>(
        _ visit: Visit,
        in tree: Tree,
        to result: inout DirectedScore,
        with: Arithmetic.Type
    ) {
        let score = scoring.seen(
            depth: visit.depth,
            leafMass: Int(tree.leafMasses[visit.position.index]),
            treeMass: Int(tree.state.pointee.mass)
        )
        result.spread(score)
        let rest = UnsafeMutablePointer<Float>.allocate(capacity: 2 * tree.width)
        defer { rest.deallocate() }
        let shadow = Box(lower: UnsafePointer(rest), upper: UnsafePointer(rest + tree.width))
        var below = visit.position
        for level in stride(from: visit.depth - 1, through: 0, by: -1) {
            let node = tree.nodes[visit.path[level].index]
            let sibling = tree.box(node.left == below ? node.right : node.left)
            below = visit.path[level]
            if level == visit.depth - 1 {
                rest.update(from: sibling.lower, count: tree.width)
                (rest + tree.width).update(from: sibling.upper, count: tree.width)
            }
            let range = Arithmetic.writeUnion(of: shadow, sibling, to: rest, width: tree.width).range
            let outside = Arithmetic.outside(visit.point, of: shadow, width: tree.width)
            guard outside > 0 else { break }
            result.measure(visit.point, beside: shadow)
            result.replace(with: memory.unseen[level], probability: Double(outside / (outside + range)))
        }
        result.scale(by: score / result.total)
    }
}

/// A score on its way up a tree, in parts by axis and direction.
private struct DirectedScore {
    var rises: [Double]
    var drops: [Double]
    private var above: [Double]
    private var below: [Double]
    private var gaps = 0.0

    init(dimensions: Int) {
        rises = [Double](repeating: 0, count: dimensions)
        (drops, above, below) = (rises, rises, rises)
    }

    /// Takes the distances of a point from a box, axis by axis.
    mutating func measure(_ point: UnsafePointer<Float>, beside box: Box) {
        gaps = 0
        for axis in rises.indices {
            above[axis] = Double(max(0, point[axis] - box.upper[axis]))
            below[axis] = Double(max(0, box.lower[axis] - point[axis]))
            gaps += above[axis] + below[axis]
        }
    }

    /// With this probability a cut beside the box that was measured last makes the score, else it stays what it was.
    mutating func replace(with score: Double, probability: Double) {
        let part = probability * score / gaps
        for axis in rises.indices {
            rises[axis] = part * above[axis] + (1 - probability) * rises[axis]
            drops[axis] = part * below[axis] + (1 - probability) * drops[axis]
        }
    }

    /// Shares a score equally, for there is nothing to go by.
    mutating func spread(_ score: Double) {
        let share = score / Double(2 * rises.count)
        for axis in rises.indices { (rises[axis], drops[axis]) = (share, share) }
    }

    mutating func add(_ other: DirectedScore) {
        for axis in rises.indices {
            rises[axis] += other.rises[axis]
            drops[axis] += other.drops[axis]
        }
    }

    mutating func scale(by factor: Double) {
        for axis in rises.indices {
            rises[axis] *= factor
            drops[axis] *= factor
        }
    }

    var total: Double {
        var total = 0.0
        for axis in rises.indices { total += rises[axis] + drops[axis] }
        return total
    }
}
