import Transport

/// How a record stands in a segment of the embedded stream. Little endian:
///
///     length u32 | crc32 u32 | arrival i64 | key length u16 | partition key | data
///
/// `length` counts everything after the checksum, and the checksum covers the same bytes.
struct LogFrame {
    enum Reading {
        case whole(LogFrame)
        /// The bytes end before the frame does; it takes `needed` from its start, at least.
        case partial(needed: Int)
        /// The frame is there and its length or its checksum is wrong.
        case damaged
    }

    /// What a frame adds to key and data.
    static let overhead = 18
    /// Kinesis allows 10 MiB; a length beyond it can only be damage.
    static let limit = 16 << 20

    var length: Int
    var arrival: Milliseconds
    var partitionKey: String
    var data: Range<Int>

    static func append(_ entry: StreamEntry, arrival: Milliseconds, to bytes: inout [UInt8]) throws(FileError) {
        let key = Array(entry.partitionKey.utf8)
        let payload = 10 + key.count + entry.data.count
        guard payload <= limit, key.count <= 256 else {
            throw FileError(
                "append",
                "a record of \(entry.data.count) bytes with a partition key of \(key.count)",
                reason: "the stream takes at most \(limit), 256 of them for the key"
            )
        }
        let start = bytes.count
        bytes.appendLittleEndian(UInt32(payload))
        bytes.appendLittleEndian(UInt32(0))
        bytes.appendLittleEndian(arrival)
        bytes.appendLittleEndian(UInt16(key.count))
        bytes += key
        bytes += entry.data
        let checksum = Checksum.crc32(bytes, in: (start + 8)..<bytes.count)
        for byte in 0..<4 { bytes[start + 4 + byte] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(byte))) }
    }

    /// Whether the header of a frame may stand there: a look at a few bytes that spares nearly all checksums.
    static func mayBegin(_ bytes: [UInt8], at start: Int) -> Bool {
        // The arrival's upper two bytes are zero until the year 10889, and that of the key's length until 256; no text has
        // such bytes.
        guard bytes[start + 14] == 0, bytes[start + 15] == 0, bytes[start + 17] <= 1 else { return false }
        return Int(bytes.littleEndian(at: start, as: UInt32.self)) <= limit
    }

    static func read(_ bytes: [UInt8], at start: Int) throws(FileError) -> Reading {
        guard bytes.count - start >= 8 else { return .partial(needed: 8) }
        let payload = Int(bytes.littleEndian(at: start, as: UInt32.self))
        guard payload >= 10, payload <= limit else { return .damaged }
        let end = start + 8 + payload
        guard bytes.count >= end else { return .partial(needed: 8 + payload) }
        guard Checksum.crc32(bytes, in: (start + 8)..<end) == bytes.littleEndian(at: start + 4, as: UInt32.self) else {
            return .damaged
        }
        let keyLength = Int(bytes.littleEndian(at: start + 16, as: UInt16.self))
        let key = start + overhead
        guard key + keyLength <= end else { return .damaged }
        return .whole(
            LogFrame(
                length: 8 + payload,
                arrival: bytes.littleEndian(at: start + 8, as: Int64.self),
                partitionKey: String(decoding: bytes[key..<(key + keyLength)], as: UTF8.self),
                data: (key + keyLength)..<end
            )
        )
    }
}

extension [UInt8] {
    mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    /// - Precondition: the bytes are there.
    func littleEndian<Value: FixedWidthInteger>(at offset: Int, as type: Value.Type) -> Value {
        precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= count)
        return withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Value.self)) }
    }
}
