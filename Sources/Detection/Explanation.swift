public import RandomCutForest

/// Why a record is a finding, in terms of its features.
public struct Explanation: Sendable, Equatable {
    /// How often levels as high as this one have been seen so far, as a part of all. More than 0, up to 1.
    public var likelihood: Double
    /// Whether the record lies above or below what was expected, by the features that most of its score comes from.
    public var direction: Direction
    /// One value per feature: what was judged, in the units of the input.
    public var observed: [Double]
    /// One value per feature: what would have been ordinary. Where a feature has next to no part
    /// in the score, what was observed. Empty where the model cannot say.
    public var expected: [Double]
    /// One value per feature, 0 and more: its part in the score, over the whole shingle. Empty where the model cannot say.
    public var attribution: [Double]
    /// `attribution` with rises and drops apart; `nil` where the model cannot say.
    public var sides: Attribution?
    /// The shingle still holds an anomaly that was found before, and without its part the level is below the border.
    /// Of a series model: the event was told already, and is not much worse.
    public var isEcho: Bool
    /// Half of the last 16 records were findings too: the model is learning a level that lasts.
    public var isDrift: Bool
    /// No feature is farther from what was expected than its ordinary steps from record to record explain.
    public var isNoise: Bool
    /// What about it is strange; `nil` but for a series model.
    public var view: SeriesView?
}

extension Explanation {
    /// Of a record of so many features about which nothing was asked.
    init(ofNothing features: Int) {
        let zeros = [Double](repeating: 0, count: features)
        self.init(
            likelihood: 1,
            direction: .rises,
            observed: zeros,
            expected: [],
            attribution: zeros,
            sides: nil,
            isEcho: false,
            isDrift: false,
            isNoise: false,
            view: nil
        )
    }
}

/// Which way a record is unlike the past.
public enum Direction: String, Sendable, Equatable, CaseIterable {
    case rises, drops
}

/// Why a finding is told to nobody. The words are those that people and scripts see.
public enum Suppression: String, Sendable, Hashable, CaseIterable {
    /// The echo of an anomaly that is still inside the shingle.
    case inShingle = "in-shingle"
    /// A level shift that is being learned.
    case drift
    /// No farther from what was expected than ordinary noise.
    case noise
    /// Within the distance from the expected value that was declared harmless.
    case nearExpected = "near expected"
    /// It rises where only drops matter, or the other way round.
    case direction
    /// A rule of the caller's let it pass.
    case rule
    /// Less severe than what people want to hear of.
    case severity
    /// Soon after an alert of the same kind.
    case refractory

    /// Whether it says that the record is no anomaly after all, and not only that nobody is told.
    public var isAcquittal: Bool {
        switch self {
        case .inShingle, .drift, .noise, .nearExpected, .direction: true
        case .rule, .severity, .refractory: false
        }
    }
}
