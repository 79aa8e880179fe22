/// Trees in a snapshot: nodes and leaves in pre-order, then the sample.
///
///     random u64 | leaves u16 | nodes … | sampled points u16 | (weight f32, leaf u16) …
///     inner node: axis u16, cut f32      leaf: 65535 u16, point u32, copies u16
extension RandomCutForest {
    private static var leafMark: UInt16 { .max }

    /// Writes one tree, numbering points as they are met.
    func write(tree index: Int, to writer: inout SnapshotWriter, numbers: inout [UInt32], order: inout [UInt32]) {
        let tree = memory.tree(index)
        let sampler = memory.sampler(index)
        var ordinals = [UInt16](repeating: 0, count: options.sampleSize)
        var leaves: UInt16 = 0
        var nodes = SnapshotWriter()
        var pending: [NodeID] = tree.state.pointee.root == .none ? [] : [tree.state.pointee.root]
        while let id = pending.popLast() {
            guard id.isLeaf else {
                let node = tree.nodes[id.index]
                nodes.write(node.axis)
                nodes.write(node.cut)
                pending.append(node.right)
                pending.append(node.left)
                continue
            }
            let point = Int(tree.leafPoints[id.index])
            if numbers[point] == .max {
                numbers[point] = UInt32(order.count)
                order.append(UInt32(point))
            }
            nodes.write(Self.leafMark)
            nodes.write(numbers[point])
            nodes.write(tree.leafMasses[id.index])
            ordinals[id.index] = leaves
            leaves += 1
        }
        writer.write(tree.state.pointee.random.state)
        writer.write(leaves)
        writer.append(nodes)
        writer.write(tree.state.pointee.mass)
        for place in 0..<Int(tree.state.pointee.mass) {
            writer.write(sampler.weights[place])
            writer.write(ordinals[Int(sampler.leaves[place])])
        }
    }

    /// Restores one tree into memory where it is still empty.
    ///
    /// What pre-order cannot express, such as a cycle, cannot be read from it.
    mutating func restore(tree index: Int, from reader: inout SnapshotReader) throws(SnapshotError) {
        let random = try reader.read(UInt64.self)
        guard random != 0 else { throw .damaged(reason: "a generator without state") }
        let leaves = try reader.read(UInt16.self, in: 0...options.sampleSize, "the number of leaves")
        memory.states[index].random.state = random
        try restoreNodes(of: memory.tree(index), leaves: leaves, from: &reader)
        try restoreSample(of: index, leaves: leaves, from: &reader)
        if memory.layout.width == 1 {
            memory.tree(index).deriveBoxes(nodes: leaves - 1, with: ScalarArithmetic.self)
            memory.tree(index).deriveOrder(nodes: leaves - 1)
        } else {
            memory.tree(index).deriveBoxes(nodes: leaves - 1, with: LaneArithmetic.self)
        }
    }

    private func restoreNodes(of tree: Tree, leaves: Int, from reader: inout SnapshotReader) throws(SnapshotError) {
        // Nodes are taken in order from the list of unused ones, so a parent comes before its children.
        var open: [Int] = []
        var nodes = 0
        var slots = 0
        while slots < leaves {
            let mark = try reader.read(UInt16.self)
            let id: NodeID
            if mark == Self.leafMark {
                let point = try reader.read(UInt32.self, in: 0...max(0, pointList.used - 1), "a point")
                let copies = try reader.read(UInt16.self, in: 1...options.sampleSize, "a number of copies")
                guard pointList.used > 0 else { throw .damaged(reason: "a leaf without a point") }
                id = .leaf(slots)
                tree.leafPoints[slots] = UInt32(point)
                tree.leafMasses[slots] = UInt16(copies)
                memory.points(pointList).retain(UInt32(point))
                slots += 1
            } else {
                // Never −0; see `Tree.place`.
                let cut = try reader.read(Float.self) + 0
                guard Int(mark) < options.dimensions, nodes < leaves - 1 else {
                    throw .damaged(reason: "a cut that cannot be")
                }
                id = .node(nodes)
                tree.nodes[nodes] = Node(cut: cut, range: 0, left: .none, right: .none, mass: 0, axis: mark)
                nodes += 1
            }
            if let parent = open.last {
                if tree.nodes[parent].left == .none {
                    tree.nodes[parent].left = id
                } else {
                    tree.nodes[parent].right = id
                    open.removeLast()
                }
            } else {
                guard tree.state.pointee.root == .none else { throw .damaged(reason: "a tree with two roots") }
                tree.state.pointee.root = id
            }
            if !id.isLeaf { open.append(id.index) }
        }
        guard open.isEmpty else { throw .damaged(reason: "a node without children") }
        tree.state.pointee.unusedLeaf = leaves < options.sampleSize ? .leaf(leaves) : .none
        tree.state.pointee.unusedNode = nodes < options.sampleSize - 1 ? .node(nodes) : .none
    }

    private func restoreSample(of index: Int, leaves: Int, from reader: inout SnapshotReader) throws(SnapshotError) {
        let sampler = memory.sampler(index)
        let count = try reader.read(UInt16.self, in: 0...options.sampleSize, "the size of a sample")
        for place in 0..<count {
            sampler.weights[place] = try reader.read(Float.self)
            sampler.leaves[place] = UInt16(try reader.read(UInt16.self, in: 0...max(0, leaves - 1), "a sampled leaf"))
        }
        sampler.state.pointee.mass = UInt16(count)
        if count > 0 { sampler.state.pointee.heaviest = sampler.weights[0] }
    }
}

extension Tree {
    /// Computes mass and box of the first nodes, whose children come after them.
    fileprivate func deriveBoxes<Arithmetic: RowArithmetic>(nodes count: Int, with: Arithmetic.Type) {
        for index in stride(from: count - 1, through: 0, by: -1) {
            let node = nodes[index]
            nodes[index].mass = mass(node.left) &+ mass(node.right)
            corners(.node(index)).update(repeating: 0, count: 2 * width)
            let (left, right) = (box(node.left), box(node.right))
            nodes[index].range = Arithmetic.writeUnion(of: left, right, to: corners(.node(index)), width: width).range
        }
    }

    /// Computes the depths and the order of the first nodes, whose children come after them.
    fileprivate func deriveOrder(nodes count: Int) {
        for index in 0..<max(0, count) {
            let node = nodes[index]
            for child in [node.left, node.right] where !child.isLeaf { nodes[child.index].depth = node.depth + 1 }
        }
        let sorted = (0..<max(0, count)).sorted { nodes[$0].cut < nodes[$1].cut }
        for (place, index) in sorted.enumerated() {
            order.cuts[place] = nodes[index].cut
            order.nodes[place] = .node(index)
        }
        order.changed(from: 0)
    }
}
