/// What is decided about findings, whatever model they come from. Without state: the same finding is always decided alike.
public struct DecisionRules: Sendable, Equatable {
    /// A distance from the expected value within which nothing is an anomaly.
    ///
    /// Each is a bound of its own; the widest that applies counts.
    ///
    /// Source: `ignoreNearExpected` of AWS's Java library.
    public struct Tolerance: Sendable, Equatable {
        /// In the unit of the feature, above and below alike. 0 and more.
        public var absolute: Double
        /// As a part of the expected value, above and below alike. 0 and more.
        public var relative: Double
        /// In the unit of the feature, for values above the expected one. 0 and more.
        public var above: Double
        /// In the unit of the feature, for values below the expected one. 0 and more.
        public var below: Double

        public init(absolute: Double = 0, relative: Double = 0, above: Double = 0, below: Double = 0) {
            self.absolute = absolute
            self.relative = relative
            self.above = above
            self.below = below
        }

        func covers(_ observed: Double, expected: Double) -> Bool {
            let either = max(absolute, relative * abs(expected))
            return observed >= expected
                ? observed - expected <= max(either, above) : expected - observed <= max(either, below)
        }
    }

    /// The detector's own reasons that are applied. A subset of `inShingle`, `drift` and `noise`.
    public var suppress: Set<Suppression>
    /// The only direction that matters; `nil` for both.
    public var only: Direction?
    /// One for each feature; empty for none. A finding is ignored where it is near in every feature.
    public var nearExpected: [Tolerance]

    public init(
        suppress: Set<Suppression> = [.inShingle],
        only: Direction? = nil,
        nearExpected: [Tolerance] = []
    ) {
        self.suppress = suppress
        self.only = only
        self.nearExpected = nearExpected
    }

    /// Why this finding is none after all, `nil` where it stands.
    ///
    /// Looked for in this order: in-shingle, drift, noise, near expected, direction.
    public func suppression(of judgement: Judgement) -> Suppression? {
        guard judgement.isFinding, let why = judgement.explanation else { return nil }
        if why.isEcho, suppress.contains(.inShingle) { return .inShingle }
        if why.isDrift, suppress.contains(.drift) { return .drift }
        if why.isNoise, suppress.contains(.noise) { return .noise }
        if isNear(why) { return .nearExpected }
        if let only, why.direction != only { return .direction }
        return nil
    }

    private func isNear(_ why: Explanation) -> Bool {
        guard !nearExpected.isEmpty, nearExpected.count == why.expected.count else { return false }
        return nearExpected.indices.allSatisfy {
            nearExpected[$0].covers(why.observed[$0], expected: why.expected[$0])
        }
    }
}
