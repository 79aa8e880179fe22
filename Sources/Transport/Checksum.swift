import CZlib

/// CRC-32 as gzip, zip and Ethernet have it (polynomial 0xEDB88320), by zlib.
public enum Checksum {
    /// - Complexity: about 1 ns a byte.
    public static func crc32(_ bytes: [UInt8], in range: Range<Int>) -> UInt32 {
        bytes.withUnsafeBufferPointer { buffer in
            let part = UnsafeBufferPointer(rebasing: buffer[range])
            return UInt32(truncatingIfNeeded: crc32_z(0, part.baseAddress, part.count))
        }
    }
}
