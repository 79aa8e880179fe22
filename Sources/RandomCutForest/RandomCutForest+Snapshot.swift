extension RandomCutForest {
    static let format = SnapshotFormat(name: "RandomCutForest", magic: "RCFS", version: 1)

    /// The forest as bytes: restored from them, it continues bit-equal.
    ///
    /// Boxes, masses and free places are left out, for they follow from the rest;
    /// trees are written in pre-order and points in order of first use, so equal
    /// forests have equal snapshots.
    ///
    /// - Returns: At most about 18 bytes per tree and sampled point, and 4 per value of a distinct point.
    /// - Complexity: O(trees × sampleSize + points × dimensions).
    public func snapshot() -> [UInt8] {
        Self.format.encode { writer in
            options.write(to: &writer)
            writer.write(updates)
            writer.write(rebasedAt)
            writer.write(UInt16(shingle.filled))
            for value in shingle.history { writer.write(value) }

            var numbers = [UInt32](repeating: .max, count: pointList.used)
            var order: [UInt32] = []
            var trees = SnapshotWriter()
            for index in 0..<options.trees {
                write(tree: index, to: &trees, numbers: &numbers, order: &order)
            }
            writer.write(UInt32(order.count))
            let rows = memory.points(pointList).rows
            for point in order {
                let row = rows + Int(point) * memory.layout.width
                for axis in 0..<memory.layout.dimensions { writer.write(row[axis]) }
            }
            writer.write(trees.bytes)
        }
    }

    /// Restores a forest.
    ///
    /// - Throws: any `SnapshotError` but `.otherOptions`. Every number is checked before it is used.
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
        var forest = Self(validated: try ForestOptions(from: &reader))
        try forest.restore(from: &reader)
        return forest
    }

    private mutating func restore(from reader: inout SnapshotReader) throws(SnapshotError) {
        updates = try reader.read(UInt64.self)
        rebasedAt = try reader.read(UInt64.self)
        guard rebasedAt <= updates, updates - rebasedAt < 16 * UInt64(options.timeDecay), updates < 1 << 62 else {
            throw .damaged(reason: "its count of updates cannot be")
        }
        try restoreShingle(from: &reader)
        try restorePoints(from: &reader)
        var trees = SnapshotReader(try reader.readBytes()[...])
        try reader.finish()
        for index in 0..<options.trees { try restore(tree: index, from: &trees) }
        try trees.finish()
        dropRestoringReferences()
        if let violation = firstViolation() { throw .damaged(reason: violation) }
    }

    private mutating func restoreShingle(from reader: inout SnapshotReader) throws(SnapshotError) {
        let capacity = shingle.history.count
        let filled = try reader.read(UInt16.self, in: 0...capacity, "the length of the shingle")
        guard filled % options.features == 0 else { throw .damaged(reason: "part of an observation in the shingle") }
        var history: [Float] = []
        for _ in 0..<capacity { history.append(try Self.readStored(from: &reader, "an observation in the shingle")) }
        shingle = Shingle(size: options.shingleSize, features: options.features, history: history, filled: filled)
    }

    /// Reads a value as it is stored. Greater ones come from no observation, and the sides of a box might not add up.
    private static func readStored(from reader: inout SnapshotReader, _ what: String) throws(SnapshotError) -> Float {
        let value = try reader.read(Float.self)
        guard value.magnitude <= Float.greatestFiniteMagnitude * Shingle.scale else {
            throw .damaged(reason: "\(what) is out of range")
        }
        return value
    }

    /// Stores the points, each with one reference that keeps it until the trees have theirs.
    private mutating func restorePoints(from reader: inout SnapshotReader) throws(SnapshotError) {
        let limit = options.trees * options.sampleSize
        let count = try reader.read(UInt32.self, in: 0...limit, "the number of points")
        var points = memory.points(pointList)
        for _ in 0..<count {
            for axis in 0..<memory.layout.dimensions {
                memory.candidate[axis] = try Self.readStored(from: &reader, "a point")
            }
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
