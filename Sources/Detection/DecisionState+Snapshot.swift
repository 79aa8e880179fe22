internal import RandomCutForest

// What a detector remembers for its decisions, in the order of these functions.

extension LevelHistory {
    func write(to writer: inout SnapshotWriter) {
        writer.write(newest)
        writer.write(all: weights)
    }

    init(from reader: inout SnapshotReader) throws(SnapshotError) {
        let newest = try reader.read(Double.self)
        let weights = try reader.readFloats(Self.count)
        guard (1...0x1p21).contains(newest), weights.allSatisfy({ (0...0x1p40).contains($0) }) else {
            throw .damaged(reason: "its history of levels cannot be")
        }
        self.init(weights: weights, newest: newest)
    }
}

extension RecentFindings {
    func write(to writer: inout SnapshotWriter) {
        writer.write(UInt64(truncatingIfNeeded: bits))
        writer.write(UInt64(truncatingIfNeeded: bits >> 64))
        writer.write(level)
    }

    init(from reader: inout SnapshotReader) throws(SnapshotError) {
        let (low, high) = (try reader.read(UInt64.self), try reader.read(UInt64.self))
        let level = try reader.read(Double.self)
        guard level >= 0 else { throw .damaged(reason: "the level of a finding is negative") }
        self.init(bits: UInt128(high) << 64 | UInt128(low), level: level)
    }
}

extension FeatureMemory {
    func write(to writer: inout SnapshotWriter) {
        for feature in last.indices {
            writer.write(last[feature])
            writer.write(before[feature])
            writer.write(step[feature])
            writer.write(seen[feature])
        }
    }

    init(from reader: inout SnapshotReader, features: Int) throws(SnapshotError) {
        var (last, before, step, seen) = ([Float](), [Float](), [Float](), [UInt8]())
        for _ in 0..<features {
            last.append(try reader.read(Float.self))
            before.append(try reader.read(Float.self))
            step.append(try reader.read(Float.self))
            seen.append(try reader.read(UInt8.self))
        }
        guard step.allSatisfy({ $0 >= 0 }) else { throw .damaged(reason: "a step has a negative length") }
        self.init(last: last, before: before, step: step, seen: seen)
    }
}
