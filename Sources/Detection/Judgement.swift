/// What a detector makes of one record.
public struct Judgement: Sendable, Equatable {
    /// The forest's score, about 1 where typical; exactly 0 until the forest is warm.
    public let score: Double
    /// How far the score is from typical, in units of the distance to the model's own
    /// threshold. 0 and more, unbounded, never suppressed.
    public let level: Double
    /// 0..<1; a half at level 1. Grows with `level`, and is never suppressed by the refractory period, but is 0
    /// until the detector is warm.
    public let grade: Double
    /// The score above which this record would be a finding; `nil` until the detector is warm.
    public let threshold: Double?
    /// Above the border: without another border in the options, a grade of 0.5 and more.
    public let isFinding: Bool
    /// A finding outside the refractory period of the alert before.
    public let isAlert: Bool
    /// Of a finding; `nil` for other records.
    public let explanation: Explanation?

    /// Whether the detector had seen enough to judge.
    public var isWarm: Bool { threshold != nil }

    /// - Parameter border: The level above which a record is a finding.
    package init(_ reading: Reading, above border: Double, isAlert: Bool, explanation: Explanation?) {
        score = reading.score
        level = reading.level
        grade = reading.grade
        threshold = reading.score(atLevel: border)
        isFinding = reading.exceeds(border)
        self.isAlert = isAlert
        self.explanation = explanation
    }

    /// The same, with an explanation that says nothing: for a trial of records that were not worth explaining.
    package func unexplained(features: Int) -> Judgement { Judgement(self, Explanation(ofNothing: features)) }

    private init(_ judgement: Judgement, _ explanation: Explanation) {
        score = judgement.score
        level = judgement.level
        grade = judgement.grade
        threshold = judgement.threshold
        isFinding = judgement.isFinding
        isAlert = judgement.isAlert
        self.explanation = explanation
    }
}
