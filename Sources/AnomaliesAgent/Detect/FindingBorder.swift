import Detection

/// From where on a record is a finding: a rule, and the level by that rule.
///
/// Learning does not depend on it, but what a detector remembers of its findings does: the redo log keeps it with each
/// batch, so that a replay decides as was decided.
struct FindingBorder: Sendable, Equatable {
    var rule = DetectorOptions.Rule.calibrated
    var level = 1.0

    /// `calibrated 1.0` or `score 3.0 1.0`; numbers as the shortest text that reads back the same.
    var text: String {
        switch rule {
        case .calibrated: "calibrated \(level)"
        case .score(let score): "score \(score) \(level)"
        }
    }

    /// `nil` for what ``text`` does not write.
    init?(text: String) {
        let words = text.split(separator: " ").map(String.init)
        guard let level = words.last.flatMap(Double.init) else { return nil }
        switch (words.first, words.count) {
        case ("calibrated", 2): self.init(rule: .calibrated, level: level)
        case ("score", 3):
            guard let score = Double(words[1]) else { return nil }
            self.init(rule: .score(score), level: level)
        default: return nil
        }
    }

    /// How many ``numbers`` it has.
    static let count = 2

    /// The fixed score, 0 for none, and the level.
    var numbers: [Double] {
        switch rule {
        case .calibrated: [0, level]
        case .score(let score): [score, level]
        }
    }

    /// `nil` for what ``numbers`` does not have.
    init?(numbers: some Collection<Double>) {
        guard numbers.count == Self.count, let score = numbers.first, let level = numbers.dropFirst().first,
            score >= 0, level > 0
        else { return nil }
        self.init(rule: score == 0 ? .calibrated : .score(score), level: level)
    }

    init(rule: DetectorOptions.Rule = .calibrated, level: Double = 1) {
        self.rule = rule
        self.level = level
    }
}

extension DetectorOptions {
    /// What determines what is learned, without what only decides.
    var learning: DetectorOptions {
        var options = self
        (options.rule, options.border) = (.calibrated, 1)
        return options
    }
}
