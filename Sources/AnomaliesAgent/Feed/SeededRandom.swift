/// Reproducible randomness: xoshiro256**, one stream for each purpose.
///
/// A stream is named by seed, package number and what it is for, so that a package can be made again on its
/// own, and a new field in the shape changes the values of no other.
///
/// Source: Blackman & Vigna, “Scrambled linear pseudorandom number generators”, ACM TOMS 47(4), 2021; seeded by
/// SplitMix64 as they advise.
struct SeededRandom: RandomNumberGenerator {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init(seed: UInt64, package: Int, purpose: String) {
        var mixer = SplitMix(state: seed)
        mixer.state = mixer.next() ^ UInt64(bitPattern: Int64(package))
        mixer.state = mixer.next() ^ SplitMix.hash(of: purpose)
        state = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
    }

    mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = (product << 7 | product >> 57) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 << 45 | state.3 >> 19
        return result
    }

    /// 0 ..< `bound`, without a division. The bias is below 2⁻³² for bounds up to 2³².
    mutating func next(below bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }

    /// 0 ..< 1, on the grid of 2⁻⁵³.
    mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// Source: Steele, Lea & Flood, “Fast splittable pseudorandom number generators”, OOPSLA 2014.
struct SplitMix {
    static let increment: UInt64 = 0x9e37_79b9_7f4a_7c15

    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= Self.increment
        return Self.mix(state)
    }

    /// FNV-1a: any stable hash does, and Swift's own changes with the process.
    static func hash(of purpose: String) -> UInt64 {
        purpose.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// One to one, and every bit of the result depends on every bit of the number.
    static func mix(_ number: UInt64) -> UInt64 {
        var mixed = number
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
