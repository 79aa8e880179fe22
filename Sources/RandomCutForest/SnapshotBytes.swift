#if _endian(big)
    #error("Arrays are written as memory has them, and snapshots are little-endian.")
#endif

/// Appends numbers, little-endian.
public struct SnapshotWriter {
    public internal(set) var bytes: [UInt8] = []

    public mutating func write<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    public mutating func write(_ value: Float) { write(value.bitPattern) }
    public mutating func write(_ value: Double) { write(value.bitPattern) }

    /// Appends a length and then the bytes.
    public mutating func write(_ value: [UInt8]) {
        write(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// Appends the numbers without their count, which the reader has to know.
    public mutating func write(all values: [Float]) { append(values) }
    /// Appends the numbers without their count, which the reader has to know.
    public mutating func write(all values: [Double]) { append(values) }
    mutating func write(all values: [UInt8]) { append(values) }

    /// Appends indexes in as few bytes each as tell those below `limit` apart: none where there is only 0.
    mutating func write(indexes: [UInt32], below limit: Int) {
        switch SnapshotReader.indexBytes(below: limit) {
        case 0: break
        case 1: append(indexes.map { UInt8(truncatingIfNeeded: $0) })
        case 2: append(indexes.map { UInt16(truncatingIfNeeded: $0) })
        default: append(indexes)
        }
    }

    private mutating func append<Value: BitwiseCopyable>(_ values: [Value]) {
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
}

/// Reads what a `SnapshotWriter` wrote; never beyond the end.
public struct SnapshotReader {
    private let bytes: [UInt8]
    private var offset: Int
    private let end: Int

    /// - Precondition: `range` is within the indices of `bytes`.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        (self.bytes, offset, end) = (bytes, range.lowerBound, range.upperBound)
    }

    /// Bytes that have not been read.
    var remaining: Int { end - offset }

    public mutating func read<Value: FixedWidthInteger>(_: Value.Type) throws(SnapshotError) -> Value {
        let size = MemoryLayout<Value>.size
        guard remaining >= size else { throw .damaged(reason: "a value is missing") }
        var value: Value = 0
        withUnsafeMutableBytes(of: &value) { target in
            bytes.withUnsafeBytes {
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + size]))
            }
        }
        offset += size
        return Value(littleEndian: value)
    }

    /// - Throws: `.damaged` for NaN and infinities too.
    public mutating func read(_: Float.Type) throws(SnapshotError) -> Float {
        let value = Float(bitPattern: try read(UInt32.self))
        guard value.isFinite else { throw Self.notFinite }
        return value
    }

    /// - Throws: `.damaged` for NaN and infinities too.
    public mutating func read(_: Double.Type) throws(SnapshotError) -> Double {
        let value = Double(bitPattern: try read(UInt64.self))
        guard value.isFinite else { throw Self.notFinite }
        return value
    }

    /// Reads an integer that must lie in `range`, such as a count or an index.
    public mutating func read<Value: FixedWidthInteger>(
        _ type: Value.Type,
        in range: ClosedRange<Int>,
        _ what: String
    ) throws(SnapshotError) -> Int {
        let value = try read(type)
        guard let value = Int(exactly: value), range.contains(value) else {
            throw .damaged(reason: "\(what) is \(value), not \(range.lowerBound)...\(range.upperBound)")
        }
        return value
    }

    /// Reads a length and then so many bytes.
    public mutating func readBytes() throws(SnapshotError) -> [UInt8] {
        let count = try read(UInt64.self)
        guard count <= UInt64(remaining) else { throw Self.cutOff }
        return try readAll(Int(count), of: UInt8.self)
    }

    // MARK: - Many at once

    /// - Throws: `.damaged` for NaN and infinities too.
    public mutating func readFloats(_ count: Int) throws(SnapshotError) -> [Float] {
        let values = try readAll(count, of: Float.self)
        let exponent = Float.infinity.bitPattern
        // Without a branch for each, so that several are looked at together.
        var special: UInt32 = 0
        for value in values { special |= value.bitPattern & exponent == exponent ? 1 : 0 }
        guard special == 0 else { throw Self.notFinite }
        return values
    }

    /// - Throws: `.damaged` for NaN and infinities too.
    public mutating func readDoubles(_ count: Int) throws(SnapshotError) -> [Double] {
        let values = try readAll(count, of: Double.self)
        let exponent = Double.infinity.bitPattern
        var special: UInt64 = 0
        for value in values { special |= value.bitPattern & exponent == exponent ? 1 : 0 }
        guard special == 0 else { throw Self.notFinite }
        return values
    }

    mutating func readBytes(_ count: Int) throws(SnapshotError) -> [UInt8] { try readAll(count, of: UInt8.self) }

    /// Reads what `SnapshotWriter.write(indexes:below:)` wrote.
    mutating func readIndexes(
        _ count: Int,
        below limit: Int,
        _ what: String
    ) throws(SnapshotError) -> [UInt32] {
        let indexes: [UInt32]
        switch Self.indexBytes(below: limit) {
        case 0: indexes = [UInt32](repeating: 0, count: count)
        case 1: indexes = try readAll(count, of: UInt8.self).map { UInt32($0) }
        case 2: indexes = try readAll(count, of: UInt16.self).map { UInt32($0) }
        default: indexes = try readAll(count, of: UInt32.self)
        }
        let first = UInt32(clamping: limit)
        var beyond: UInt32 = 0
        for index in indexes { beyond |= index >= first ? 1 : 0 }
        guard beyond == 0 else { throw .damaged(reason: "\(what) is beyond the last") }
        return indexes
    }

    fileprivate static func indexBytes(below limit: Int) -> Int {
        limit <= 1 ? 0 : limit <= 1 << 8 ? 1 : limit <= 1 << 16 ? 2 : 4
    }

    /// One check of the bounds and one copy for all of them.
    private mutating func readAll<Value: BitwiseCopyable>(
        _ count: Int,
        of: Value.Type
    ) throws(SnapshotError) -> [Value] {
        let size = MemoryLayout<Value>.stride
        guard count >= 0, count <= remaining / size else { throw Self.cutOff }
        let range = offset..<offset + count * size
        offset = range.upperBound
        return [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
            bytes.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range]))
            }
            initialized = count
        }
    }

    private static var notFinite: SnapshotError { .damaged(reason: "a number is not finite") }
    private static var cutOff: SnapshotError { .damaged(reason: "a part of it is missing") }

    /// - Throws: `.damaged` where bytes are left.
    public func finish() throws(SnapshotError) {
        guard remaining == 0 else { throw .damaged(reason: "\(remaining) bytes are left over") }
    }
}
