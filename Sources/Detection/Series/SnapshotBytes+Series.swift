internal import RandomCutForest

// What the parts of a series' model have in common in a snapshot: arrays whose length both sides know, and numbers
// that later arithmetic can rely on.

extension SnapshotWriter {
    mutating func write(counts: [UInt64]) {
        for count in counts { write(count) }
    }

    mutating func write(flags: [Bool]) {
        for flag in flags { write(UInt8(flag ? 1 : 0)) }
    }
}

extension SnapshotReader {
    /// A count that can be counted on without overflow.
    mutating func readCount() throws(SnapshotError) -> UInt64 {
        let count = try read(UInt64.self)
        guard count < 1 << 62 else { throw .damaged(reason: "a count cannot be") }
        return count
    }

    mutating func readCounts(_ count: Int) throws(SnapshotError) -> [UInt64] {
        var counts: [UInt64] = []
        counts.reserveCapacity(count)
        for _ in 0..<count { counts.append(try readCount()) }
        return counts
    }

    mutating func readFlag() throws(SnapshotError) -> Bool { try read(UInt8.self, in: 0...1, "a flag") == 1 }

    mutating func readFlags(_ count: Int) throws(SnapshotError) -> [Bool] {
        var flags: [Bool] = []
        flags.reserveCapacity(count)
        for _ in 0..<count { flags.append(try readFlag()) }
        return flags
    }

    /// A number whose products with others are finite: no value that is taken comes near.
    mutating func readBounded() throws(SnapshotError) -> Double { try readBounded(1)[0] }

    mutating func readBounded(_ count: Int) throws(SnapshotError) -> [Double] {
        let values = try readDoubles(count)
        if let value = values.first(where: { abs($0) > 1e100 }) { throw .damaged(reason: "a number is \(value)") }
        return values
    }
}
