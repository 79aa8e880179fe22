/// Seeded values for tests: SplitMix64 (Steele, Lea & Flood 2014).
struct TestStream: RandomNumberGenerator {
    private var state: UInt64
    private var position = 0.0

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in 0..<1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Mean 0, deviation 1: the sum of twelve uniform values.
    mutating func gaussian() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += unit() }
        return sum
    }

    /// The next position of a walk of Gaussian steps.
    mutating func walk() -> Double {
        position += gaussian()
        return position
    }
}
