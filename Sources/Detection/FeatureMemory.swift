/// The last values of each feature: what missing ones are filled in from, and what its ordinary steps are.
struct FeatureMemory: Sendable, Equatable {
    enum Constants {
        /// Records by which a step counts e times less.
        static let horizon: Float = 100
        /// A step counts as this many ordinary ones at most, so that an anomaly, which is two great steps, hardly widens what
        /// is taken for noise.
        static let largest: Float = 5
        /// Steps of Gaussian noise are 2/√π standard deviations on average: three of these.
        static let noise = 2.66
    }

    /// As observed, not as filled in; 0 until `seen`.
    private(set) var last: [Float]
    private(set) var before: [Float]
    /// The mean distance from one value to the next.
    private(set) var step: [Float]
    /// Values that were observed, counted up to 255.
    private(set) var seen: [UInt8]

    init(features: Int) {
        last = [Float](repeating: 0, count: features)
        (before, step) = (last, last)
        seen = [UInt8](repeating: 0, count: features)
    }

    init(last: [Float], before: [Float], step: [Float], seen: [UInt8]) {
        self.last = last
        self.before = before
        self.step = step
        self.seen = seen
    }

    /// The value before, `nil` before there is one.
    func previous(_ feature: Int) -> Float? { seen[feature] > 0 ? last[feature] : nil }

    /// One step on from the last two values that were observed, however long ago; finite.
    func linear(_ feature: Int) -> Float? {
        guard seen[feature] > 1 else { return previous(feature) }
        let next = last[feature] + (last[feature] - before[feature])
        return next.isFinite ? next : last[feature]
    }

    /// Whether a value is as near to the expected one as ordinary steps are long.
    func isNoise(_ feature: Int, observed: Double, expected: Double) -> Bool {
        abs(observed - expected) <= Constants.noise * Double(step[feature])
    }

    mutating func observe(_ feature: Int, _ value: Float) {
        // Two differences of finite values may be infinite.
        let length = min(abs(value - last[feature]), .greatestFiniteMagnitude)
        switch seen[feature] {
        case 0: break
        case 1: step[feature] = length
        default:
            // At first a plain mean. A step of 0 says nothing of how long the next may be.
            let weight = 1 / min(Constants.horizon, Float(seen[feature]))
            let most = step[feature] > 0 ? min(length, Constants.largest * step[feature]) : length
            step[feature] += (most - step[feature]) * weight
        }
        if seen[feature] < .max { seen[feature] += 1 }
        before[feature] = last[feature]
        last[feature] = value
    }
}
