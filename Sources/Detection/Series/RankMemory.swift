/// Values of the past in their order: how many are below another one.
///
/// A ring of the newest `capacity` values, and the same values sorted.
struct RankMemory: Sendable {
    /// Values that are remembered: of every fourth row, so 4096 rows, two weeks of five-minute ones. Half or twice as
    /// many change the mean of the Numenta benchmark's three profiles by 0 and −.6, every second or eighth row by −.6
    /// and −1.4 (76.5 as it is).
    static let capacity = 1024
    /// One row in so many is remembered, for distant rows tell more than near ones, which are much like each other.
    static let interval: UInt64 = 4

    /// Of which the first `count` hold something; the oldest is at `oldest`.
    private var ring: [Double]
    private var sorted: [Double]
    private(set) var count = 0
    private var oldest = 0

    init() {
        ring = [Double](repeating: 0, count: Self.capacity)
        sorted = ring
    }

    /// Restores what a snapshot holds.
    ///
    /// - Parameter values: the oldest first, `capacity` at most.
    init(values: [Double]) {
        precondition(values.count <= Self.capacity)
        self.init()
        count = values.count
        for index in 0..<count { ring[index] = values[index] }
        sorted.replaceSubrange(0..<count, with: values.sorted())
    }

    /// What is remembered, the oldest first.
    var values: [Double] { (0..<count).map { ring[(oldest + $0) % Self.capacity] } }

    /// The value so many places above the least. O(1).
    ///
    /// - Precondition: `place` is in 0..<`count`.
    subscript(place: Int) -> Double { sorted[place] }

    /// How many values are less than `value`. O(log count).
    func countBelow(_ value: Double) -> Int { place { $0 < value } }

    /// How many values are `value` or less. O(log count).
    func countUpTo(_ value: Double) -> Int { place { $0 <= value } }

    /// The share of values below, and half of those that are equal. 0...1; a half while `least` values are not kept.
    func rank(of value: Double, least: Int) -> Double {
        guard count >= least else { return 0.5 }
        return 0.5 * Double(countBelow(value) + countUpTo(value)) / Double(count)
    }

    /// Remembers a value, in the place of the oldest where there are `capacity`.
    ///
    /// - Complexity: O(`capacity`) moves of 8 bytes, no allocation.
    mutating func add(_ value: Double) {
        // Adding zero makes −0 into 0: they are equal, and one order of them is enough.
        let value = value + 0
        let place = countUpTo(value)
        if count < Self.capacity {
            move(from: place, count: count - place, to: place + 1)
            sorted[place] = value
            ring[count] = value
            count += 1
            return
        }
        let leaving = countBelow(ring[oldest])
        if leaving < place {
            move(from: leaving + 1, count: place - leaving - 1, to: leaving)
            sorted[place - 1] = value
        } else {
            move(from: place, count: leaving - place, to: place + 1)
            sorted[place] = value
        }
        ring[oldest] = value
        oldest = (oldest + 1) % Self.capacity
    }

    private mutating func move(from source: Int, count: Int, to destination: Int) {
        sorted.withUnsafeMutableBufferPointer { values in
            guard count > 0, let start = values.baseAddress else { return }
            // Of overlapping ranges, too.
            (start + destination).update(from: start + source, count: count)
        }
    }

    /// How many values, the least first, are as `isBefore` says.
    @inline(__always)
    private func place(_ isBefore: (Double) -> Bool) -> Int {
        sorted.withUnsafeBufferPointer { values in
            var (low, rest) = (0, count)
            while rest > 0 {
                let half = rest / 2
                if isBefore(values[low + half]) {
                    low += half + 1
                    rest -= half + 1
                } else {
                    rest = half
                }
            }
            return low
        }
    }
}
