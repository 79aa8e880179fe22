/// The random numbers of one tree: xorshift64*, eight bytes of state.
///
/// Integer arithmetic only, so that a seed gives the same numbers everywhere.
///
/// Source: Vigna, “An experimental exploration of Marsaglia's xorshift generators, scrambled”, 2014.
struct RandomSource {
    /// Never 0, where xorshift would stay.
    var state: UInt64

    /// The generator of tree `index`, unrelated to its neighbours'.
    init(seed: UInt64, index: Int) {
        // SplitMix64 (Steele, Lea & Flood 2014), because xorshift streams of adjacent seeds start out alike.
        var z = seed &+ (UInt64(index) &+ 1) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        state = z == 0 ? 0x9E37_79B9_7F4A_7C15 : z
    }

    /// A multiple of 2⁻⁵³ strictly between 0 and 1, so that its logarithm and
    /// that of its complement are finite.
    @inline(__always)
    mutating func nextUnit() -> Double {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        let bits = state &* 0x2545_F491_4F6C_DD1D
        return (Double(bits >> 12) + 0.5) * 0x1p-52
    }
}
