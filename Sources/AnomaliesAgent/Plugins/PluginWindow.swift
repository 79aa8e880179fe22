import Scripting

/// The last points that a detector in Lua compares with: all that it knows, so that what it knows survives a restart
/// without running Lua again.
struct PluginWindow: Sendable, Equatable {
    private let length: Int
    /// Oldest first from `start` on, around the end.
    private var points: [[Double]] = []
    private var start = 0

    /// - Parameter length: points that are kept, 1 at least.
    init(length: Int) { self.length = max(1, length) }

    var count: Int { points.count }

    mutating func append(_ point: [Double]) {
        if points.count < length {
            points.append(point)
        } else {
            points[start] = point
            start = (start + 1) % length
        }
    }

    /// `point` and `window` as the plugin gets them: a list of numbers, and for each feature a list of its values,
    /// oldest first.
    func arguments(_ point: [Double]) -> [LuaValue] {
        let features = points.first?.count ?? 0
        let window = (0..<features).map { feature in
            let values = (points[start...] + points[..<start]).map { LuaValue.number($0[feature]) }
            return LuaValue.table(LuaTable(array: values))
        }
        return [.table(LuaTable(array: point.map(LuaValue.number))), .table(LuaTable(array: window))]
    }

    // MARK: - Snapshot

    func append(to bytes: inout [UInt8]) {
        bytes.appendLittleEndian(UInt32(points.count))
        bytes.appendLittleEndian(UInt32(points.first?.count ?? 0))
        for point in points[start...] + points[..<start] {
            for value in point { bytes.appendLittleEndian(value.bitPattern) }
        }
    }

    /// `nil` where it is cut off or longer than `length`.
    init?(reading reader: inout ByteReader, length: Int) {
        self.init(length: length)
        guard let count = reader.next(UInt32.self), let features = reader.next(UInt32.self), count <= self.length else {
            return nil
        }
        for _ in 0..<count {
            var point: [Double] = []
            for _ in 0..<features {
                guard let value = reader.nextDouble() else { return nil }
                point.append(value)
            }
            points.append(point)
        }
    }
}
