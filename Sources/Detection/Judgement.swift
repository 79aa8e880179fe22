/// What a detector makes of one record.
public struct Judgement: Sendable, Equatable {
    /// The forest's score, about 1 where typical; exactly 0 until the forest is warm.
    public let score: Double
    /// How far the score is from typical, in units of the distance that makes a
    /// finding: greater than 1 is one. 0 and more, unbounded, never suppressed.
    public let level: Double
    /// 0..<1; 0.5 and more is a finding. Grows with `level`, and is never
    /// suppressed by the refractory period, but is 0 until the detector is warm.
    public let grade: Double
    /// The score above which this record would be a finding; `nil` until the detector is warm.
    public let threshold: Double?
    /// A finding outside the refractory period of the alert before.
    public let isAlert: Bool
    /// Whether the detector had seen enough to judge.
    public let isWarm: Bool

    public var isFinding: Bool { grade >= 0.5 }
}
