/// Randomness by place: any record's draw can be had without the draws before it.
///
/// A stream is named by the seed and what it is for, and not by a package: what is made of it does not depend on
/// where packages begin. SplitMix64 with a second key in between, so that no two streams are parts of one another.
struct IndexedRandom: Sendable {
    private let start: UInt64
    private let key: UInt64

    init(seed: UInt64, purpose: String) {
        var mixer = SplitMix(state: seed)
        mixer.state = mixer.next() ^ SplitMix.hash(of: purpose)
        start = mixer.next()
        key = mixer.next()
    }

    /// - Parameter draw: 0 for the first draw of a record, 1 for another that does not depend on it.
    /// - Complexity: about 2 ns, no state.
    func bits(at index: Int, draw: UInt64 = 0) -> UInt64 {
        let place = SplitMix.mix(start &+ UInt64(bitPattern: Int64(index)) &* SplitMix.increment)
        return SplitMix.mix(place ^ (key &+ draw &* SplitMix.increment))
    }

    /// 0 ..< 1, on the grid of 2⁻⁵³.
    func unit(at index: Int) -> Double { Double(bits(at: index) >> 11) * 0x1p-53 }

    /// 0 ..< `bound`, without a division. The bias is below 2⁻³² for bounds up to 2³².
    func number(below bound: UInt64, at index: Int) -> UInt64 { bits(at: index).multipliedFullWidth(by: bound).high }

    /// Of the standard normal distribution, by inversion: one draw, ±8.2 at most.
    func normal(at index: Int) -> Double {
        // Half a step off the grid, so that neither 0 nor 1 comes.
        NormalQuantile.value(at: (Double(bits(at: index) >> 11) + 0.5) * 0x1p-53)
    }
}
