internal import RandomCutForest

extension Detector {
    /// Of a series model besides its forests, at most, for each feature.
    private static let seriesBytesPerFeature = 64 << 10

    /// Judges a row by the series before it, then learns it.
    ///
    /// - Parameters:
    ///   - features: as they came; what is missing is in `values`, where they are filled in.
    ///   - missing: bit by bit, the features that are.
    mutating func judgeRow(
        _ features: borrowing Span<Double>,
        _ values: InlineArray<100, Float>,
        missing: UInt128,
        time: Double?,
        above border: Double
    ) throws(DetectorError) -> Judgement {
        var row = InlineArray<100, Double>(repeating: 0)
        for feature in features.indices {
            let isMissing = missing & (1 << UInt128(feature)) != 0
            row[feature] = isMissing ? Double(values[feature]) : features[feature]
        }
        guard let found = try series?.assess(row.span.extracting(0..<features.count), time: time) else {
            preconditionFailure("a detector of a series without its model")
        }
        let reading = Reading(
            score: found.alarmLevel,
            level: found.isWarm ? found.alarmLevel : 0,
            typical: 0,
            threshold: found.isWarm ? SeriesAlarm.threshold : nil
        )
        usual = reading
        var why: Explanation?
        if reading.exceeds(border) {
            why = Explanation(
                likelihood: levels.likelihood(of: reading.level),
                direction: direction(of: values),
                observed: features.indices.map { row[$0] },
                expected: [],
                attribution: [],
                // By this detector's border, which need not be the model's.
                isEcho: !event.isNew(reading.level, row: records),
                isDrift: recent.isLasting,
                isNoise: false,
                view: found.reason
            )
        }
        observe(values, missing)
        return conclude(reading, above: border, why)
    }

    /// Where the feature went that is the most of its ordinary steps away from its value before.
    private func direction(of values: InlineArray<100, Float>) -> Direction {
        var (greatest, direction) = (0.0, Direction.rises)
        for feature in 0..<options.forest.features {
            guard let previous = memory.previous(feature) else { continue }
            let distance = Double(values[feature]) - Double(previous)
            let steps = abs(distance) / max(Double(memory.step[feature]), .leastNormalMagnitude)
            if steps > greatest { (greatest, direction) = (steps, distance > 0 ? .rises : .drops) }
        }
        return direction
    }

    var seriesBytes: Int {
        switch series {
        case .some(let series): series.memoryBytes + Self.seriesBytesPerFeature * series.features
        case nil: 0
        }
    }

    var seriesSnapshot: [UInt8] {
        switch series {
        case .some(let series): series.snapshot()
        case nil: []
        }
    }
}

extension SeriesAlarm {
    init(from reader: inout SnapshotReader, rows: UInt64) throws(SnapshotError) {
        let (alarm, level) = (try reader.read(UInt64.self), try reader.read(Double.self))
        guard alarm == .max || alarm < rows, level >= 0 else {
            throw .damaged(reason: "its last event cannot be")
        }
        self.init(lastAlarm: alarm == .max ? nil : alarm, lastLevel: level)
    }
}
