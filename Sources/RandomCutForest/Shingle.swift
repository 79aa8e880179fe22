/// The last `size − 1` observations, oldest first: with the next one they make a point.
///
///     size 3, 2 features:   [x₋₂ y₋₂ | x₋₁ y₋₁ | next]
struct Shingle: Sendable {
    /// Stored values are the observed ones times this.
    ///
    /// A box has up to 10,000 sides, each up to twice the greatest `Float` long;
    /// after this their sum is still finite, so every finite value can be
    /// scored. A power of two, and so exact; scores do not depend on scale.
    static let scale: Float = 0x1p-15

    let size: Int
    let features: Int
    /// `(size − 1) × features` scaled values, of which the last `filled` are real.
    private(set) var history: [Float]
    private(set) var filled = 0

    init(size: Int, features: Int) {
        self.size = size
        self.features = features
        history = [Float](repeating: 0, count: (size - 1) * features)
    }

    /// Restores what a snapshot holds.
    init(size: Int, features: Int, history: [Float], filled: Int) {
        self.init(size: size, features: features)
        precondition(history.count == self.history.count && filled <= history.count)
        self.history = history
        self.filled = filled
    }

    /// Whether one more observation makes a point.
    var isReady: Bool { filled == history.count }

    /// - Throws: `.wrongFeatureCount`, or `.notFinite` for NaN and ±∞, which
    ///   would otherwise poison every box on their way down.
    func check(_ observation: borrowing Span<Float>) throws(ForestError) {
        guard observation.count == features else {
            throw .wrongFeatureCount(expected: features, got: observation.count)
        }
        for feature in observation.indices where !observation[feature].isFinite {
            throw .notFinite(feature: feature)
        }
    }

    /// Writes the point that ends in `observation` to `row`.
    func write(to row: UnsafeMutablePointer<Float>, endingIn observation: borrowing Span<Float>) {
        for index in history.indices { row[index] = history[index] }
        for feature in 0..<features {
            // Adding zero makes −0 into 0: they are equal, and then also alike in a snapshot.
            row[history.count + feature] = observation[feature] * Self.scale + 0
        }
    }

    /// The newest observation, in the units of the input; `nil` where there is none.
    var newest: [Float]? { filled == 0 ? nil : history.suffix(features).map { $0 / Self.scale } }

    /// Forgets all observations.
    mutating func restart() { filled = 0 }

    /// Forgets the oldest observation for `observation`.
    mutating func append(_ observation: borrowing Span<Float>) {
        if history.isEmpty { return }
        // A shift of a few dozen floats costs less than ring-buffer arithmetic in every score.
        let kept = history.count - features
        for index in 0..<kept { history[index] = history[index + features] }
        for feature in 0..<features { history[kept + feature] = observation[feature] * Self.scale + 0 }
        filled = min(filled + features, history.count)
    }
}
