/// Finds what somebody probably meant to type.
enum NearestName {
    /// The candidate with the fewest typing errors from `name`, ignoring case; the first of equals.
    ///
    /// - Returns: `nil` when even the best needs more corrections than a third of its length (at least two), which is
    ///   a different word rather than a slip.
    static func of(_ name: String, among candidates: [String]) -> String? {
        // Longer than any name we know: no slip, and the table below is quadratic.
        guard name.utf8.count <= 64 else { return nil }
        let typed = Array(name.lowercased())
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let distance = distance(typed, Array(candidate.lowercased()))
            guard distance <= max(2, candidate.count / 3), distance < candidate.count else { continue }
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
    ///
    /// - Complexity: O(`a.count` · `b.count`).
    ///
    /// Source: optimal string alignment, Damerau, CACM 7(3), 1964.
    static func distance(_ a: [Character], _ b: [Character]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, beforeLast[j - 2] + 1) }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
