extension RandomCutForest {
    /// Learns the candidate: it enters the sample of the trees that draw it, in
    /// the place of the point that weighs most there.
    ///
    /// - Complexity: O(trees), and O(depth × `width`) for each tree that takes the candidate; no allocation.
    mutating func learnCandidate() {
        if memory.layout.width == 1 {
            learn(with: ScalarArithmetic.self)
        } else {
            learn(with: LaneArithmetic.self)
        }
    }

    private mutating func learn<Arithmetic: RowArithmetic>(with: Arithmetic.Type) {
        var points = memory.points(pointList)
        let point = points.add(memory.candidate)
        let age = Double(updates - rebasedAt) / Double(options.timeDecay)
        if age > refreshedUpTo { refreshSamplers() }
        // As many as `pairs` at most: Swift 6.3 takes only a literal here.
        var weights = InlineArray<8, Float>(repeating: 0)
        var count = 0
        for tree in 0..<options.trees {
            guard let weight = memory.sampler(tree).draw(age: age) else { continue }
            weights[count] = weight
            enter(tree, pair: count)
            count += 1
            if count == memory.layout.pairs {
                exchange(weights, count, for: point, in: &points, with: Arithmetic.self)
                count = 0
            }
        }
        exchange(weights, count, for: point, in: &points, with: Arithmetic.self)
        points.release(point)
        pointList = points.list
        updates += 1
        rebaseIfDue()
    }

    /// Makes visits 2 × `pair` and the one after it those of the candidate and of the point that it displaces.
    private func enter(_ index: Int, pair: Int) {
        let tree = memory.tree(index)
        let sampler = memory.sampler(index)
        let (coming, going) = (2 * pair, 2 * pair + 1)
        memory.visits.lanes[coming] = memory.visit(index, lane: coming, point: UnsafePointer(memory.candidate))
        // Without one that goes, the visit of the one that comes is made twice, and used once.
        let displaced = sampler.isFull ? tree.row(.leaf(sampler.heaviestLeaf)) : UnsafePointer(memory.candidate)
        memory.visits.lanes[going] = memory.visit(index, lane: going, point: displaced)
    }

    /// Follows the first `count` pairs of visits to their leaves, and then changes their trees and samples.
    ///
    /// - Parameter weights: The candidate's, for each pair.
    private func exchange<Arithmetic: RowArithmetic>(
        _ weights: borrowing InlineArray<8, Float>,
        _ count: Int,
        for point: UInt32,
        in points: inout PointStore,
        with: Arithmetic.Type
    ) {
        let visits = memory.visits
        let width = memory.layout.width
        visits.descend(2 * count, width: width, with: Arithmetic.self)
        for pair in 0..<count {
            let coming = visits.lanes[2 * pair]
            let tree = memory.tree(Int(coming.tree))
            let going = visits.lanes[2 * pair + 1]
            tree.prefetch(coming: coming, going: going, with: Arithmetic.self)
            guard width == 1, coming.depth > 0 else { continue }
            // For all pairs before any is changed, so that one search need not wait for the one before.
            let cut = tree.nodes[going.path[going.depth - 1].index].cut
            visits.lanes[2 * pair].place = UInt16(truncatingIfNeeded: tree.order.count(below: coming.point[0]))
            visits.lanes[2 * pair + 1].place = UInt16(truncatingIfNeeded: tree.order.count(below: cut))
        }
        for pair in 0..<count {
            let coming = visits.lanes + 2 * pair
            let going = visits.lanes + 2 * pair + 1
            let index = Int(coming.pointee.tree)
            let tree = memory.tree(index)
            let sampler = memory.sampler(index)
            guard sampler.isFull else {
                let leaf = tree.insert(point, in: points, by: coming.pointee, with: Arithmetic.self)
                sampler.append(weights[pair], leaf: leaf)
                sampler.refresh(upTo: refreshedUpTo)
                continue
            }
            precondition(
                going.pointee.position == .leaf(sampler.heaviestLeaf),
                "a point that the sample has is not in the tree"
            )
            if let sibling = tree.remove(by: going.pointee, from: &points, with: Arithmetic.self) {
                coming.pointee.follow(going.pointee, sibling: sibling, width: width, with: Arithmetic.self)
            }
            let leaf = tree.insert(point, in: points, by: coming.pointee, with: Arithmetic.self)
            sampler.replaceHeaviest(weights[pair], leaf: leaf)
            sampler.refresh(upTo: refreshedUpTo)
        }
    }

    /// Weights are four bytes; moving their origin along keeps them precise however long the stream.
    private mutating func rebaseIfDue() {
        let elapsed = updates - rebasedAt
        guard elapsed >= 16 * UInt64(options.timeDecay) else { return }
        for index in 0..<options.trees { memory.sampler(index).rebase(by: Double(elapsed) / Double(options.timeDecay)) }
        rebasedAt = updates
        refreshSamplers()
    }

    /// Has samplers turn draws away at once for the next thirty-second of `timeDecay`.
    mutating func refreshSamplers() {
        refreshedUpTo = Double(updates - rebasedAt) / Double(options.timeDecay) + 1 / 32
        for index in 0..<options.trees { memory.sampler(index).refresh(upTo: refreshedUpTo) }
    }
}
