/// What a model makes of one record, before anything is decided.
///
/// The line between models and decisions: whatever scores records, a forest or another
/// model, says how far each is from typical in units of its own threshold; from there on all are decided alike.
public struct Reading: Sendable, Equatable {
    /// The model's own measure, in its own unit.
    public var score: Double
    /// How far the score is from typical: 0 there, 1 at the threshold. 0 and more, finite.
    public var level: Double
    /// The score at level 0.
    public var typical: Double
    /// The score at level 1; `nil` until the model is warm.
    public var threshold: Double?

    /// - Parameter level: 0 and more; what is not finite becomes the greatest finite number.
    public init(score: Double, level: Double, typical: Double, threshold: Double?) {
        self.score = score
        // A threshold next to nothing must not make it infinite, and the grade NaN.
        self.level = min(level, .greatestFiniteMagnitude)
        self.typical = typical
        self.threshold = threshold
    }

    /// 0..<1: a half exactly at the threshold, near 1 far above it; 0 until the model is warm.
    public var grade: Double {
        guard let threshold else { return 0 }
        // Rounding must not move the border.
        let share = min(level / (1 + level), 1.0.nextDown)
        return score > threshold ? max(share, 0.5) : min(share, 0.5.nextDown)
    }

    /// The score at a level; `nil` until the model is warm.
    public func score(atLevel level: Double) -> Double? {
        guard let threshold else { return nil }
        // At 1 exactly the threshold, whatever rounding says.
        return level == 1 ? threshold : typical + level * (threshold - typical)
    }

    /// Whether it makes a finding where the border is at that level.
    public func exceeds(_ border: Double) -> Bool { score(atLevel: border).map { score > $0 } ?? false }

    /// The same score by another rule than the learned threshold, which `self` is by.
    ///
    /// - Parameter isWarm: whether the score means something yet.
    package func judged(by rule: DetectorOptions.Rule, isWarm: Bool) -> Reading {
        switch rule {
        case .calibrated: self
        case .score(let fixed):
            Reading(score: score, level: score / fixed, typical: 0, threshold: isWarm ? fixed : nil)
        }
    }

    /// The level of another score of the same model at the same time, 0 and more; `nil` until the model is warm.
    func level(ofScore other: Double) -> Double? {
        guard let threshold, threshold > typical else { return nil }
        return max(0, (other - typical) / (threshold - typical))
    }
}
