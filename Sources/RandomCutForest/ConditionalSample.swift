/// What each tree would put in for the values of a point that are not known.
///
/// Every tree names the leaf that, with its values put in, gives the point the
/// least score. That is one draw from what goes with the known values, so the
/// draws of all trees have a middle and a spread.
///
/// Source: `ImputeVisitor` and `getConditionalField` of AWS's Java library.
struct ConditionalSample {
    /// `values[place]` has one value of each tree for one missing axis, ascending, in the units of the input.
    private var values: [[Float]]

    /// - Precondition: the candidate is written but for the missing axes, and every tree has a leaf.
    init(_ forest: borrowing RandomCutForest, missing: [Int]) {
        values = missing.map { _ in [] }
        var isMissing = [Bool](repeating: false, count: forest.memory.layout.width)
        for axis in missing { isMissing[axis] = true }
        for index in 0..<forest.options.trees {
            let tree = forest.memory.tree(index)
            let leaf = Self.bestLeaf(for: forest.memory.candidate, isMissing, in: tree, forest.scoring)
            for (place, axis) in missing.enumerated() {
                values[place].append(tree.row(leaf)[axis] / Shingle.scale)
            }
        }
        for place in values.indices { values[place].sort() }
    }

    /// One value per missing axis, such that about `fraction` of the trees are below. 0.5 is the median.
    func quantile(_ fraction: Double) -> [Float] {
        values.map { $0[min($0.count - 1, Int(fraction * Double($0.count)))] }
    }

    /// A node still to be visited. Whatever leaf is found below, the score at the
    /// root is `fixed + open × leaf's own`.
    private struct Pending {
        let id: NodeID
        let depth: Int
        let fixed: Double
        let open: Double
    }

    /// Goes both ways where the cut is on a missing axis, and the point's way elsewhere.
    ///
    /// - Complexity: O(leaves × dimensions) at most, where everything is missing.
    private static func bestLeaf(
        for point: UnsafePointer<Float>,
        _ isMissing: [Bool],
        in tree: Tree,
        _ scoring: Scoring
    ) -> NodeID {
        var best = (leaf: NodeID.none, score: Double.infinity)
        var pending = [Pending(id: tree.state.pointee.root, depth: 0, fixed: 0, open: 1)]
        while let next = pending.popLast() {
            // What is fixed only grows further down.
            if next.fixed >= best.score { continue }
            // Values from below lie inside the box, so what is missing adds nothing to what is outside.
            let outside = outside(point, isMissing, of: tree.box(next.id))
            guard !next.id.isLeaf else {
                let own: Double
                if outside > 0 {
                    own = Scoring.unseen(depth: next.depth)
                } else {
                    own = scoring.likelyUnderCopies(depth: next.depth, leafMass: Int(tree.leafMasses[next.id.index]))
                }
                let score = next.fixed + next.open * own
                // Of equals the first, as in AWS's library.
                if score < best.score { best = (next.id, score) }
                continue
            }
            let node = tree.nodes[next.id.index]
            let probability = outside > 0 ? outside / (outside + Double(node.range)) : 0
            let fixed = next.fixed + next.open * probability * Scoring.unseen(depth: next.depth)
            let open = next.open * (1 - probability)
            let axis = Int(node.axis)
            if isMissing[axis] || point[axis] > node.cut {
                pending.append(Pending(id: node.right, depth: next.depth + 1, fixed: fixed, open: open))
            }
            if isMissing[axis] || point[axis] <= node.cut {
                pending.append(Pending(id: node.left, depth: next.depth + 1, fixed: fixed, open: open))
            }
        }
        return best.leaf
    }

    private static func outside(_ point: UnsafePointer<Float>, _ isMissing: [Bool], of box: Box) -> Double {
        var sum = 0.0
        for axis in isMissing.indices where !isMissing[axis] {
            sum += Double(max(0, box.lower[axis] - point[axis], point[axis] - box.upper[axis]))
        }
        return sum
    }
}
