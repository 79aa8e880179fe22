/// What notices that the bytes of a snapshot are not those that were written.
enum Checksum {
    private static let primes: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63,
        0x27D4_EB2F_1656_67C5
    )

    /// XXH64 with seed 0, 32 bytes at a time in four lanes that need not wait for each other.
    ///
    /// - Complexity: O(`bytes.byteCount`), several gigabytes a second.
    ///
    /// Source: Collet, “xxHash fast digest algorithm”, version 0.1.1.
    static func xxh64(_ bytes: RawSpan) -> UInt64 {
        let count = bytes.byteCount
        var offset = 0
        var hash = primes.4
        if count >= 32 {
            var (one, two) = (primes.0 &+ primes.1, primes.1)
            var (three, four) = (UInt64(0), 0 &- primes.0)
            while count &- offset >= 32 {
                one = round(one, word(bytes, offset))
                two = round(two, word(bytes, offset &+ 8))
                three = round(three, word(bytes, offset &+ 16))
                four = round(four, word(bytes, offset &+ 24))
                offset &+= 32
            }
            hash = rotated(one, 1) &+ rotated(two, 7) &+ rotated(three, 12) &+ rotated(four, 18)
            hash = merged(hash, one)
            hash = merged(hash, two)
            hash = merged(hash, three)
            hash = merged(hash, four)
        }
        hash &+= UInt64(count)
        while count &- offset >= 8 {
            hash = rotated(hash ^ round(0, word(bytes, offset)), 27) &* primes.0 &+ primes.3
            offset &+= 8
        }
        if count &- offset >= 4 {
            let half = UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
            hash = rotated(hash ^ UInt64(half) &* primes.0, 23) &* primes.1 &+ primes.2
            offset &+= 4
        }
        while offset < count {
            let byte = bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
            hash = rotated(hash ^ UInt64(byte) &* primes.4, 11) &* primes.0
            offset &+= 1
        }
        hash = (hash ^ hash >> 33) &* primes.1
        hash = (hash ^ hash >> 29) &* primes.2
        return hash ^ hash >> 32
    }

    /// FNV-1a, 64 bits, a byte at a time: of the snapshots that were written first.
    static func fnv1a(_ bytes: RawSpan) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for offset in 0..<bytes.byteCount {
            let byte = bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return hash
    }

    @inline(__always)
    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotated(lane &+ word &* primes.1, 31) &* primes.0
    }

    @inline(__always)
    private static func merged(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
        (hash ^ round(0, lane)) &* primes.0 &+ primes.3
    }

    @inline(__always)
    private static func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 &- bits) }

    @inline(__always)
    private static func word(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
