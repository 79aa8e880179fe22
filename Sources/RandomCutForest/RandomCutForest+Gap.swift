/// What stands in a shingle for observations that did not come.
public enum GapFilling: String, Sendable, Equatable, CaseIterable {
    /// The last observation before the gap, again.
    case previous
    /// A straight line from the last before the gap to the first after it.
    case linear
    /// Zeros.
    case zero
    /// What the forest would have forecast; `previous` until it is warm.
    case forest
}

extension RandomCutForest {
    /// Keeps the sequence of a shingle in step when observations are missing in
    /// the stream. To be called before `next` is scored or learned.
    ///
    /// What stands in for them is part of the shingle, and so of the next points,
    /// but makes no point of its own: nothing is learned here, `updates` stays, and
    /// nothing grows older, for `timeDecay` counts observations that were
    /// learned, not time.
    ///
    /// - Parameters:
    ///   - rows: Observations that are missing. 0 and more; 0 does nothing.
    ///   - next: The first observation after the gap.
    ///   - filling: What stands in for them.
    ///   - limit: In a longer gap nothing is made up: the shingle restarts, and the score is 0 until it is
    ///     complete again. 0...shingleSize − 1; `nil` is half of `shingleSize`, as in AWS's library.
    /// - Returns: Whether the sequence continues; `false` where the shingle restarted. Always `true` with
    ///   `shingleSize` 1, where there is no sequence.
    /// - Throws: `.wrongFeatureCount`, `.notFinite` for NaN and ±∞, `.argumentOutOfRange`; the shingle is as before.
    /// - Complexity: O(dimensions) for each row up to `limit`; with `.forest` that of `forecast`.
    ///
    /// Source: `ImputePreprocessor` of AWS's Java library, whose points are used if at most half is made up.
    @discardableResult
    public mutating func skip(
        rows: Int,
        before next: borrowing Span<Float>,
        filling: GapFilling,
        limit: Int? = nil
    ) throws(ForestError) -> Bool {
        try shingle.check(next)
        try ForestError.check("rows", rows, 0...Int.max)
        let limit = limit ?? options.shingleSize / 2
        try ForestError.check("limit", limit, 0...max(0, options.shingleSize - 1))
        guard rows > 0, options.shingleSize > 1 else { return true }
        guard let last = shingle.newest, rows <= limit else {
            shingle.restart()
            return false
        }
        let isForecast = filling == .forest && isWarm && shingle.isReady
        for row in 1...rows {
            var values = last
            if isForecast {
                values = nextSample(after: shingle).quantile(0.5)
            } else if filling == .zero {
                values = [Float](repeating: 0, count: options.features)
            } else if filling == .linear {
                let weight = Double(row) / (Double(rows) + 1)
                for feature in values.indices {
                    // In 64 bits, for the difference of two great numbers may be beyond 32.
                    let (from, to) = (Double(last[feature]), Double(next[feature]))
                    values[feature] = Float(from + weight * (to - from))
                }
            }
            shingle.append(values.span)
        }
        return true
    }
}
