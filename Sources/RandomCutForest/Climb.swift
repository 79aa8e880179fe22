/// What the candidate meets on its way up from a leaf: a box, and the chance to be cut off beside it.
struct Encounter {
    let box: Box
    /// That a random cut of the box grown by the point parts the two.
    let probability: Double
    /// Depth of the node that the box belongs to.
    let depth: Int
    /// Points in that node, copies counted.
    let mass: Int
}

/// One way of the candidate down a tree, and up again in single steps.
///
/// `score` does the same for several trees at once and with less to show for it.
struct Climb {
    let tree: Tree
    let visit: Visit
    /// Whether the tree has the very point.
    let isSeen: Bool

    var depth: Int { visit.depth }
    var leafMass: Int { Int(tree.leafMasses[visit.position.index]) }
    var treeMass: Int { Int(tree.state.pointee.mass) }

    /// Meets every box that the point is outside of, the leaf's first.
    ///
    /// Where the tree has the very point, the boxes are those that there would be
    /// without its leaf, for else it would be inside of all.
    func meetBoxes<Arithmetic: RowArithmetic>(with: Arithmetic.Type, _ meet: (Encounter) -> Void) {
        if isSeen {
            meetShadows(with: Arithmetic.self, meet)
            return
        }
        meet(Encounter(box: tree.box(visit.position), probability: 1, depth: depth, mass: leafMass))
        for level in stride(from: depth - 1, through: 0, by: -1) {
            let id = visit.path[level]
            let box = tree.box(id)
            let range = tree.nodes[id.index].range
            guard self.meet(box, range, level, with: Arithmetic.self, meet) else { return }
        }
    }

    private func meetShadows<Arithmetic: RowArithmetic>(with: Arithmetic.Type, _ meet: (Encounter) -> Void) {
        let corners = UnsafeMutablePointer<Float>.allocate(capacity: 2 * tree.width)
        defer { corners.deallocate() }
        let shadow = Box(lower: UnsafePointer(corners), upper: UnsafePointer(corners + tree.width))
        var below = visit.position
        for level in stride(from: depth - 1, through: 0, by: -1) {
            let node = tree.nodes[visit.path[level].index]
            let sibling = tree.box(node.left == below ? node.right : node.left)
            below = visit.path[level]
            if level == depth - 1 {
                corners.update(from: sibling.lower, count: tree.width)
                (corners + tree.width).update(from: sibling.upper, count: tree.width)
            }
            let range = Arithmetic.writeUnion(of: shadow, sibling, to: corners, width: tree.width).range
            guard self.meet(shadow, range, level, with: Arithmetic.self, meet) else { return }
        }
    }

    /// - Returns: Whether the point is outside; what is inside one box is inside all above.
    private func meet<Arithmetic: RowArithmetic>(
        _ box: Box,
        _ range: Float,
        _ level: Int,
        with: Arithmetic.Type,
        _ meet: (Encounter) -> Void
    ) -> Bool {
        // In 32 bits, as `score` computes it, for what is derived from here must agree with it.
        let outside = Arithmetic.outside(visit.point, of: box, width: tree.width)
        guard outside > 0 else { return false }
        let mass = Int(tree.nodes[visit.path[level].index].mass)
        meet(Encounter(box: box, probability: Double(outside / (outside + range)), depth: level, mass: mass))
        return true
    }
}

extension RandomCutForest {
    /// Takes the candidate down one tree.
    ///
    /// - Precondition: the tree has a leaf. The result is used before the next call.
    func climb<Arithmetic: RowArithmetic>(tree index: Int, with: Arithmetic.Type) -> Climb {
        let tree = memory.tree(index)
        let point = UnsafePointer(memory.candidate)
        var visit = memory.visit(index, lane: 0, point: point)
        while !visit.position.isLeaf { visit.descend(width: tree.width, with: Arithmetic.self) }
        let isSeen = Arithmetic.areEqual(point, tree.row(visit.position), width: tree.width)
        return Climb(tree: tree, visit: visit, isSeen: isSeen)
    }
}

/// A number on its way up a tree, in parts by axis and direction.
struct DirectedSum {
    /// Owed to the point lying above the boxes that it met.
    private(set) var above: [Double]
    /// …and below.
    private(set) var below: [Double]

    init(dimensions: Int) {
        above = [Double](repeating: 0, count: dimensions)
        below = above
    }

    /// With the encounter's probability the number becomes `value`, in parts as the gaps of the axes are; else it
    /// stays what it was.
    mutating func meet(_ gaps: Gaps, _ probability: Double, value: Double) {
        let part = probability * value / gaps.total
        for axis in above.indices {
            above[axis] = part * gaps.above[axis] + (1 - probability) * above[axis]
            below[axis] = part * gaps.below[axis] + (1 - probability) * below[axis]
        }
    }

    /// As `meet`, where `value` is not the same on all axes.
    mutating func meet(_ gaps: Gaps, _ probability: Double, value: (_ axis: Int) -> Double) {
        for axis in above.indices {
            let part = probability * value(axis) / gaps.total
            above[axis] = part * gaps.above[axis] + (1 - probability) * above[axis]
            below[axis] = part * gaps.below[axis] + (1 - probability) * below[axis]
        }
    }

    /// Shares a number equally, for there is nothing to go by.
    mutating func spread(_ value: Double) {
        let share = value / Double(2 * above.count)
        for axis in above.indices { (above[axis], below[axis]) = (share, share) }
    }

    mutating func add(_ other: DirectedSum) {
        for axis in above.indices {
            above[axis] += other.above[axis]
            below[axis] += other.below[axis]
        }
    }

    mutating func scale(by factor: Double) {
        for axis in above.indices {
            above[axis] *= factor
            below[axis] *= factor
        }
    }

    var total: Double {
        var total = 0.0
        for axis in above.indices { total += above[axis] + below[axis] }
        return total
    }
}

/// How far a point lies outside a box on each side, in stored units.
struct Gaps {
    private(set) var above: [Double]
    private(set) var below: [Double]
    private(set) var total = 0.0

    init(dimensions: Int) {
        above = [Double](repeating: 0, count: dimensions)
        below = above
    }

    mutating func measure(_ point: UnsafePointer<Float>, beside box: Box) {
        total = 0
        for axis in above.indices {
            above[axis] = Double(max(0, point[axis] - box.upper[axis]))
            below[axis] = Double(max(0, box.lower[axis] - point[axis]))
            total += above[axis] + below[axis]
        }
    }
}
