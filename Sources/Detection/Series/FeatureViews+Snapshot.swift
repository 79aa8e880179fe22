import RandomCutForest

extension FeatureViews {
    func write(to writer: inout SnapshotWriter) {
        for memory in rankMemories { memory.write(to: &writer) }
        for shift in shifts { shift.write(to: &writer) }
        for range in ranges {
            writer.write(range.low)
            writer.write(range.high)
        }
    }

    /// - Parameter rows: how many the views have seen, each as many.
    init(from reader: inout SnapshotReader, features: Int, rows: UInt64) throws(SnapshotError) {
        var memories: [RankMemory] = []
        for _ in 0..<features { memories.append(try RankMemory(from: &reader)) }
        var shifts: [ShiftView] = []
        for _ in 0..<features { shifts.append(try ShiftView(from: &reader, rows: rows)) }
        var ranges: [RangeView] = []
        for _ in 0..<features {
            let (low, high) = (try reader.read(Double.self), try reader.read(Double.self))
            guard low <= high else { throw .damaged(reason: "its range is from \(low) to \(high)") }
            ranges.append(RangeView(rows: rows, low: low, high: high))
        }
        self.init(rankMemories: memories, shifts: shifts, ranges: ranges, rows: rows)
    }
}

extension RankMemory {
    fileprivate func write(to writer: inout SnapshotWriter) {
        writer.write(UInt16(count))
        writer.write(all: values)
    }

    fileprivate init(from reader: inout SnapshotReader) throws(SnapshotError) {
        let count = try reader.read(UInt16.self, in: 0...RankMemory.capacity, "remembered values")
        self.init(values: try reader.readDoubles(count))
    }
}

extension ShiftView {
    fileprivate func write(to writer: inout SnapshotWriter) {
        writer.write(all: ring)
        history.write(to: &writer)
        writer.write(UInt8(edges.count))
        writer.write(all: edges)
        writer.write(all: shares)
    }

    fileprivate init(from reader: inout SnapshotReader, rows: UInt64) throws(SnapshotError) {
        let ring = try reader.readDoubles(Constants.recent)
        let history = try RankMemory(from: &reader)
        let count = try reader.read(UInt8.self, in: 0...Constants.quantiles, "quantiles")
        guard count == 0 || count == Constants.quantiles else { throw .damaged(reason: "its quantiles are incomplete") }
        let (edges, shares) = (try reader.readDoubles(count), try reader.readDoubles(count))
        self.init(ring: ring, rows: rows, history: history, edges: edges, shares: shares)
    }
}
