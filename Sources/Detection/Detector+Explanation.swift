internal import RandomCutForest

extension Detector {
    /// Why a record is a finding, asked of the forest before it learns the record.
    mutating func explain(
        _ reading: Reading,
        _ values: InlineArray<100, Float>,
        border: Double
    ) throws(ForestError) -> Explanation {
        let features = options.forest.features
        guard let attribution = try forest?.attribution(values.span.extracting(0..<features)) else {
            preconditionFailure("only a forest's scores are explained by its trees")
        }
        let newest = attribution.ofNewest(features)
        let parts = newest.rises.indices.map { newest.rises[$0] + newest.drops[$0] }
        let greatest = parts.max() ?? 0
        // As `RandomCutForest.expected` finds them, which would ask for the attribution again.
        let least = max(greatest / 2, newest.total / 10)
        let suspects = parts.indices.filter { parts[$0] >= least || parts[$0] == greatest }
        let expected = try expected(of: values, in: suspects)
        let observed = (0..<features).map { Double(values[$0]) }
        let byFeature = attribution.byFeature(features)
        let positions = attribution.rises.indices.map { attribution.rises[$0] + attribution.drops[$0] }
        return Explanation(
            likelihood: levels.likelihood(of: reading.level),
            direction: Self.direction(newest, observed: observed, expected: expected),
            observed: observed,
            expected: expected?.map(Double.init) ?? [],
            attribution: byFeature.rises.indices.map { byFeature.rises[$0] + byFeature.drops[$0] },
            sides: byFeature,
            isEcho: recent.isEcho(reading, parts: positions, shingle: options.forest.shingleSize, border: border),
            isDrift: recent.isLasting,
            isNoise: expected.map { expected in
                expected.indices.allSatisfy {
                    memory.isNoise($0, observed: observed[$0], expected: Double(expected[$0]))
                }
            } ?? false
        )
    }

    /// Which way most of the score points: from what was expected to what was observed.
    ///
    /// The trees' own sides say where the nearest others lie, and those of an anomaly that has come before are its like:
    /// a 96 among 10…20 and an earlier 99 is below its neighbour, and rises all the same. So they decide only where nothing
    /// is expected, or just what was observed.
    private static func direction(_ sides: Attribution, observed: [Double], expected: [Float]?) -> Direction {
        var balance = 0.0
        for feature in observed.indices {
            let (rise, drop) = (sides.rises[feature], sides.drops[feature])
            let distance = expected.map { observed[feature] - Double($0[feature]) } ?? 0
            balance += distance > 0 ? rise + drop : distance < 0 ? -rise - drop : rise - drop
        }
        return balance >= 0 ? .rises : .drops
    }

    private mutating func expected(
        of values: InlineArray<100, Float>,
        in suspects: [Int]
    ) throws(ForestError) -> [Float]? {
        let features = options.forest.features
        guard suspects.count == features, options.forest.shingleSize == 1 else {
            return try forest?.expected(for: values.span.extracting(0..<features), in: suspects)
        }
        if !ordinary.isGood(at: records) {
            guard let asked = try forest?.expected(for: values.span.extracting(0..<features), in: suspects) else {
                return nil
            }
            ordinary.keep(asked, at: records)
        }
        return ordinary.values
    }

    /// Puts in what stands for the missing values.
    ///
    /// - Throws: `.nothingBefore` where a value is to be repeated and there is none yet.
    mutating func fill(_ missing: UInt128, of values: inout InlineArray<100, Float>) throws(DetectorError) {
        let features = options.forest.features
        let absent = (0..<features).filter { missing & (1 << UInt128($0)) != 0 }
        if options.missing == .forest {
            let imputed: [Float]?
            do { imputed = try forest?.impute(values.span.extracting(0..<features), missing: absent) } catch {
                throw .forest(error)
            }
            if let imputed {
                for (place, feature) in absent.enumerated() { values[feature] = imputed[place] }
                return
            }
        }
        for feature in absent {
            let value: Float? =
                switch options.missing {
                case .refuse, .zero: 0
                case .previous, .forest: memory.previous(feature)
                case .linear: memory.linear(feature)
                }
            guard let value else { throw .nothingBefore(feature: feature) }
            values[feature] = value
        }
    }
}
