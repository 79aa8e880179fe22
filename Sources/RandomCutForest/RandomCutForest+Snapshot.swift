extension RandomCutForest {
    static let format = SnapshotFormat(name: "RandomCutForest", magic: "RCFS", version: 2)

    /// The forest as bytes: restored from them, it continues bit-equal.
    ///
    /// Boxes, masses and free places are left out, for they follow from the rest;
    /// trees are written in pre-order and points in order of first use, so equal
    /// forests have equal snapshots.
    ///
    /// - Returns: At most about 18 bytes per tree and sampled point, and 4 per value of a distinct point;
    ///   12 where there is one dimension and a sample of 256.
    /// - Complexity: O(trees × sampleSize + points × dimensions).
    public func snapshot() -> [UInt8] {
        Self.format.encode { writer in
            options.write(to: &writer)
            writer.write(updates)
            writer.write(rebasedAt)
            writer.write(UInt16(shingle.filled))
            writer.write(all: shingle.history)

            var numbers = [UInt32](repeating: .max, count: pointList.used)
            var order: [UInt32] = []
            let trees = (0..<options.trees).map { index in
                TreeParts(memory.tree(index), memory.sampler(index), numbers: &numbers, order: &order)
            }
            writer.write(UInt32(order.count))
            let rows = memory.points(pointList).rows
            for point in order {
                let row = rows + Int(point) * memory.layout.width
                for axis in 0..<memory.layout.dimensions { writer.write(row[axis]) }
            }
            for tree in trees { tree.write(to: &writer, dimensions: options.dimensions, points: order.count) }
        }
    }

    /// Restores a forest.
    ///
    /// - Throws: any `SnapshotError` but `.otherOptions`. Every number is checked before it is used.
    /// - Complexity: O(trees × sampleSize × dimensions); about as long as a few hundred scores.
    public init(snapshot: [UInt8]) throws(SnapshotError) {
        self.init(moving: try Self.restored(from: snapshot))
    }

    // Part by part, because Swift 6.3 refuses `self = other` in an initializer of a noncopyable type.
    private init(moving other: consuming Self) {
        options = other.options
        updates = other.updates
        scoring = other.scoring
        shingle = other.shingle
        pointList = other.pointList
        rebasedAt = other.rebasedAt
        refreshedUpTo = other.refreshedUpTo
        memory = other.memory
    }

    private static func restored(from snapshot: [UInt8]) throws(SnapshotError) -> Self {
        var reader = try format.decode(snapshot)
        let version = snapshot[4]
        var forest = Self(validated: try ForestOptions(from: &reader))
        try forest.restore(from: &reader, version: version)
        return forest
    }

    private mutating func restore(from reader: inout SnapshotReader, version: UInt8) throws(SnapshotError) {
        updates = try reader.read(UInt64.self)
        rebasedAt = try reader.read(UInt64.self)
        guard rebasedAt <= updates, updates - rebasedAt < 16 * UInt64(options.timeDecay), updates < 1 << 62 else {
            throw .damaged(reason: "its count of updates cannot be")
        }
        try restoreShingle(from: &reader)
        try restorePoints(from: &reader)
        // In version 1 a length stood before the trees.
        if version == 1, try reader.read(UInt64.self) != UInt64(reader.remaining) {
            throw .damaged(reason: "its trees are cut off")
        }
        for index in 0..<options.trees {
            let parts =
                try version == 1
                ? TreeParts(versionOneFrom: &reader, options, points: pointList.used)
                : TreeParts(from: &reader, options, points: pointList.used)
            let expected = min(updates, UInt64(options.sampleSize))
            guard UInt64(parts.weights.count) == expected else {
                throw .damaged(reason: "tree \(index) has \(parts.weights.count) of \(expected) points")
            }
            try memory.tree(index).restore(parts, sampler: memory.sampler(index), points: memory.points(pointList))
        }
        try reader.finish()
        dropRestoringReferences()
        assert(firstViolation() == nil, "a snapshot was restored to a forest that is none")
    }

    private mutating func restoreShingle(from reader: inout SnapshotReader) throws(SnapshotError) {
        let capacity = shingle.history.count
        let filled = try reader.read(UInt16.self, in: 0...capacity, "the length of the shingle")
        guard filled % options.features == 0 else { throw .damaged(reason: "part of an observation in the shingle") }
        let history = try Self.readStored(capacity, from: &reader, "an observation in the shingle")
        shingle = Shingle(size: options.shingleSize, features: options.features, history: history, filled: filled)
    }

    /// Reads values as they are stored. Greater ones come from no observation, and the sides of a box might not add up.
    private static func readStored(
        _ count: Int,
        from reader: inout SnapshotReader,
        _ what: String
    ) throws(SnapshotError) -> [Float] {
        let values = try reader.readFloats(count)
        guard values.allSatisfy({ $0.magnitude <= Float.greatestFiniteMagnitude * Shingle.scale }) else {
            throw .damaged(reason: "\(what) is out of range")
        }
        return values
    }

    /// Stores the points, each with one reference that keeps it until the trees have theirs.
    private mutating func restorePoints(from reader: inout SnapshotReader) throws(SnapshotError) {
        let limit = options.trees * options.sampleSize
        let count = try reader.read(UInt32.self, in: 0...limit, "the number of points")
        let dimensions = memory.layout.dimensions
        let values = try Self.readStored(count * dimensions, from: &reader, "a point")
        var points = memory.points(pointList)
        for point in 0..<count {
            for axis in 0..<dimensions { memory.candidate[axis] = values[point * dimensions + axis] }
            _ = points.add(memory.candidate)
        }
        pointList = points.list
    }

    private mutating func dropRestoringReferences() {
        var points = memory.points(pointList)
        for point in 0..<pointList.used { points.release(UInt32(point)) }
        pointList = points.list
    }
}
