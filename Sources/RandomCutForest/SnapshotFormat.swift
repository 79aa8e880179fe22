/// The frame of a snapshot: what kind it is, its version, its length, a checksum.
///
///     4 bytes magic | version u16 | payload length u64 | payload | FNV-1a u64 of all before
///
/// All numbers little-endian. Other libraries that keep state beside a forest
/// can use it for theirs.
public struct SnapshotFormat: Sendable {
    /// What the snapshot is of, in words, for errors.
    public let name: String
    /// Four ASCII characters.
    public let magic: String
    /// The format that is written, and the latest that is read.
    public let version: Int

    private static let headerBytes = 14
    private static let checksumBytes = 8

    /// - Precondition: `magic` is four ASCII characters, `version` 1...65535.
    public init(name: String, magic: String, version: Int) {
        precondition(magic.utf8.count == 4 && (1...65535).contains(version))
        self.name = name
        self.magic = magic
        self.version = version
    }

    /// Frames what `write` appends.
    public func encode(_ write: (inout SnapshotWriter) -> Void) -> [UInt8] {
        var payload = SnapshotWriter()
        write(&payload)
        var whole = SnapshotWriter()
        whole.bytes.reserveCapacity(Self.headerBytes + payload.bytes.count + Self.checksumBytes)
        whole.bytes.append(contentsOf: magic.utf8)
        whole.write(UInt16(version))
        whole.write(UInt64(payload.bytes.count))
        whole.bytes.append(contentsOf: payload.bytes)
        whole.write(Self.checksum(whole.bytes[...]))
        return whole.bytes
    }

    /// Checks the frame and opens the payload.
    ///
    /// - Throws: any `SnapshotError` but `.otherOptions`.
    public func decode(_ bytes: [UInt8]) throws(SnapshotError) -> SnapshotReader {
        let given = bytes.prefix(4)
        guard given.elementsEqual(magic.utf8.prefix(given.count)) else { throw .foreign(expected: name) }
        let least = Self.headerBytes + Self.checksumBytes
        guard bytes.count >= least else { throw .truncated(expected: least, got: bytes.count) }
        var header = SnapshotReader(bytes[4..<Self.headerBytes])
        let version = Int(try header.read(UInt16.self))
        guard (1...self.version).contains(version) else { throw .newer(version: version, known: self.version) }
        let length = try header.read(UInt64.self)
        let rest = UInt64(bytes.count - least)
        guard length <= rest else {
            throw .truncated(
                expected: Int(clamping: length.addingReportingOverflow(UInt64(least)).partialValue),
                got: bytes.count
            )
        }
        guard length == rest else { throw .damaged(reason: "\(rest - length) bytes follow its end") }
        let end = bytes.count - Self.checksumBytes
        var checksum = SnapshotReader(bytes[end...])
        guard try checksum.read(UInt64.self) == Self.checksum(bytes[..<end]) else {
            throw .damaged(reason: "its checksum does not match")
        }
        return SnapshotReader(bytes[Self.headerBytes..<end])
    }

    /// FNV-1a, 64 bits: notices any single changed byte, and others but for one in 2⁶⁴.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}

/// Appends numbers, little-endian.
public struct SnapshotWriter {
    public internal(set) var bytes: [UInt8] = []

    public mutating func write<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    public mutating func write(_ value: Float) { write(value.bitPattern) }
    public mutating func write(_ value: Double) { write(value.bitPattern) }

    /// Appends what another writer has.
    mutating func append(_ other: SnapshotWriter) { bytes.append(contentsOf: other.bytes) }

    /// Appends a length and then the bytes.
    public mutating func write(_ value: [UInt8]) {
        write(UInt64(value.count))
        bytes.append(contentsOf: value)
    }
}

/// Reads what a `SnapshotWriter` wrote; never beyond the end.
public struct SnapshotReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    public mutating func read<Value: FixedWidthInteger>(_: Value.Type) throws(SnapshotError) -> Value {
        let size = MemoryLayout<Value>.size
        guard rest.count >= size else { throw .damaged(reason: "a value is missing") }
        var value: Value = 0
        // Through 64 bits, for Swift has no shift of a byte by 8.
        var bits: UInt64 = 0
        for byte in rest.prefix(size).reversed() { bits = bits << 8 | UInt64(byte) }
        value = Value(truncatingIfNeeded: bits)
        rest = rest.dropFirst(size)
        return value
    }

    /// - Throws: `.damaged` for NaN and infinities too.
    public mutating func read(_: Float.Type) throws(SnapshotError) -> Float {
        let value = Float(bitPattern: try read(UInt32.self))
        guard value.isFinite else { throw .damaged(reason: "a number is not finite") }
        return value
    }

    /// - Throws: `.damaged` for NaN and infinities too.
    public mutating func read(_: Double.Type) throws(SnapshotError) -> Double {
        let value = Double(bitPattern: try read(UInt64.self))
        guard value.isFinite else { throw .damaged(reason: "a number is not finite") }
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
        guard count <= UInt64(rest.count) else { throw .damaged(reason: "a part of it is missing") }
        defer { rest = rest.dropFirst(Int(count)) }
        return Array(rest.prefix(Int(count)))
    }

    /// - Throws: `.damaged` where bytes are left.
    public func finish() throws(SnapshotError) {
        guard rest.isEmpty else { throw .damaged(reason: "\(rest.count) bytes are left over") }
    }
}
