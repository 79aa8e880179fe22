import Foundation

/// Reads little-endian values one after another; `nil` past the end, never a trap.
struct ByteReader {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func next<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
        guard bytes.count - offset >= MemoryLayout<Value>.size else { return nil }
        defer { offset += MemoryLayout<Value>.size }
        return bytes.littleEndian(at: offset, as: type)
    }

    mutating func nextDouble() -> Double? { next(UInt64.self).map(Double.init(bitPattern:)) }

    /// The next bytes, `nil` where there are fewer.
    mutating func next(count: Int) -> [UInt8]? {
        guard bytes.count - offset >= count else { return nil }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    /// What has not been read yet.
    var rest: [UInt8] { Array(bytes[offset...]) }
}

/// GRDB stores blobs as Foundation's `Data`; nothing else here knows of it.
enum DatabaseBytes {
    static func encode(_ bytes: ArraySlice<UInt8>) -> Data { Data(bytes) }
    static func decode(_ data: Data) -> [UInt8] { [UInt8](data) }
}
