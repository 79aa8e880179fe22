/// What a snapshot holds of one tree: nodes and leaves in pre-order, then the sample.
///
///     random u64 | leaves u16 | sampled points u16 | shape, a bit for each node and leaf
///     | axes | cuts f32 … | points | weights f32 … | sampled leaves
///
/// Axes, points and leaves are indexes in as few bytes as they need. Boxes,
/// masses and copies are left out, for they follow from the rest.
struct TreeParts {
    let random: UInt64
    /// Bit i % 8 of byte i / 8 says whether the i-th of nodes and leaves is a node.
    private(set) var shape: [UInt8] = []
    /// Of each node, the axis and the cut.
    private(set) var axes: [UInt32] = []
    private(set) var cuts: [Float] = []
    /// Of each leaf, the number of its point.
    private(set) var points: [UInt32] = []
    /// Of each sampled point, the heaviest first as in a heap: its weight, and the number of its leaf.
    private(set) var weights: [Float] = []
    private(set) var leaves: [UInt32] = []

    /// Nodes and leaves.
    var places: Int { max(0, 2 * points.count - 1) }

    @inline(__always)
    func isNode(_ place: Int) -> Bool { shape[place >> 3] >> UInt8(truncatingIfNeeded: place & 7) & 1 == 1 }

    // MARK: - Writing

    /// Takes a tree apart, numbering points as they are met.
    ///
    /// - Parameters:
    ///   - numbers: of each point of the store its number, `.max` without.
    ///   - order: the points that have one.
    init(_ tree: Tree, _ sampler: Sampler, numbers: inout [UInt32], order: inout [UInt32]) {
        let mass = Int(tree.state.pointee.mass)
        random = tree.state.pointee.random.state
        guard mass > 0 else { return }
        axes.reserveCapacity(mass)
        cuts.reserveCapacity(mass)
        points.reserveCapacity(mass)
        var ordinals = [UInt32](repeating: 0, count: sampler.capacity)
        var pending: [NodeID] = []
        pending.reserveCapacity(mass)
        var next = tree.state.pointee.root
        while true {
            while !next.isLeaf {
                let node = tree.nodes[next.index]
                append(isNode: true)
                axes.append(UInt32(node.axis))
                cuts.append(node.cut)
                pending.append(node.right)
                next = node.left
            }
            append(isNode: false)
            let point = Int(tree.leafPoints[next.index])
            if numbers[point] == .max {
                numbers[point] = UInt32(order.count)
                order.append(UInt32(point))
            }
            ordinals[next.index] = UInt32(points.count)
            points.append(numbers[point])
            guard let right = pending.popLast() else { break }
            next = right
        }
        weights = (0..<mass).map { sampler.weights[$0] }
        leaves = (0..<mass).map { ordinals[Int(sampler.leaves[$0])] }
    }

    /// Appends to the shape; nodes and leaves must have been counted in `axes` and `points` up to here.
    private mutating func append(isNode: Bool) {
        let place = axes.count + points.count
        if place & 7 == 0 { shape.append(0) }
        if isNode { shape[place >> 3] |= 1 << UInt8(truncatingIfNeeded: place & 7) }
    }

    /// - Parameter points: how many there are in all trees together.
    func write(to writer: inout SnapshotWriter, dimensions: Int, points count: Int) {
        writer.write(random)
        writer.write(UInt16(points.count))
        writer.write(UInt16(weights.count))
        writer.write(all: shape)
        writer.write(indexes: axes, below: dimensions)
        writer.write(all: cuts)
        writer.write(indexes: points, below: count)
        writer.write(all: weights)
        writer.write(indexes: leaves, below: points.count)
    }

    // MARK: - Reading

    /// Reads what `write` wrote. Every number is in its range; whether they make a tree shows when it is put together.
    init(from reader: inout SnapshotReader, _ options: ForestOptions, points count: Int) throws(SnapshotError) {
        random = try Self.readRandom(from: &reader)
        let own = try reader.read(UInt16.self, in: 0...options.sampleSize, "the number of leaves")
        let sampled = try reader.read(UInt16.self, in: own...options.sampleSize, "the size of a sample")
        shape = try reader.readBytes((max(0, 2 * own - 1) + 7) / 8)
        axes = try reader.readIndexes(max(0, own - 1), below: options.dimensions, "an axis")
        cuts = try reader.readFloats(max(0, own - 1))
        points = try reader.readIndexes(own, below: count, "a point")
        weights = try reader.readFloats(sampled)
        leaves = try reader.readIndexes(sampled, below: own, "a sampled leaf")
    }

    /// Reads a tree of version 1, in which each value stands by itself:
    ///
    ///     random u64 | leaves u16 | nodes … | sampled points u16 | (weight f32, leaf u16) …
    ///     inner node: axis u16, cut f32      leaf: 65535 u16, point u32, copies u16
    init(versionOneFrom reader: inout SnapshotReader, _ options: ForestOptions, points count: Int) throws(SnapshotError)
    {
        random = try Self.readRandom(from: &reader)
        let own = try reader.read(UInt16.self, in: 0...options.sampleSize, "the number of leaves")
        while points.count < own {
            let mark = try reader.read(UInt16.self)
            if mark == .max {
                append(isNode: false)
                let point = try reader.read(UInt32.self)
                guard point < count else { throw .damaged(reason: "a point is beyond the last") }
                points.append(point)
                _ = try reader.read(UInt16.self)
            } else {
                guard Int(mark) < options.dimensions, axes.count < own - 1 else {
                    throw .damaged(reason: "a cut that cannot be")
                }
                append(isNode: true)
                axes.append(UInt32(mark))
                cuts.append(try reader.read(Float.self))
            }
        }
        guard axes.count == max(0, own - 1) else { throw .damaged(reason: "a tree with two roots") }
        let sampled = try reader.read(UInt16.self, in: own...options.sampleSize, "the size of a sample")
        for _ in 0..<sampled {
            weights.append(try reader.read(Float.self))
            leaves.append(UInt32(try reader.read(UInt16.self, in: 0...(own - 1), "a sampled leaf")))
        }
    }

    private static func readRandom(from reader: inout SnapshotReader) throws(SnapshotError) -> UInt64 {
        let random = try reader.read(UInt64.self)
        guard random != 0 else { throw .damaged(reason: "a generator without state") }
        return random
    }
}
