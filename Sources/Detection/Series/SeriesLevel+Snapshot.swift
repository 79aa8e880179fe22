import RandomCutForest

extension SeriesLevel {
    func write(to writer: inout SnapshotWriter) {
        profile.write(to: &writer)
        next.write(to: &writer)
        later.write(to: &writer)
        nextScale.write(to: &writer)
        laterScale.write(to: &writer)
        dayScale.write(to: &writer)
        energies.write(to: &writer)
        for peak in peaks { peak.write(to: &writer) }
        writer.write(forest.snapshot())
    }

    /// - Throws: `.otherOptions` where the forest was made with another seed, `.damaged` for what cannot be.
    init(from reader: inout SnapshotReader, features: Int, seed: UInt64) throws(SnapshotError) {
        let profile = try DayProfile(from: &reader, features: features)
        let next = try SeriesForecast(from: &reader, horizon: Constants.next, features: features)
        let later = try SeriesForecast(from: &reader, horizon: Constants.later, features: features)
        let nextScale = try ResidualScale(from: &reader, features: features)
        let laterScale = try ResidualScale(from: &reader, features: features)
        let dayScale = try ResidualScale(from: &reader, features: features)
        let energies = try LevelEnergies(from: &reader, features: features)
        var peaks: [PeakRatio] = []
        for _ in LevelView.allCases { peaks.append(try PeakRatio(from: &reader)) }
        let forest = try RandomCutForest(snapshot: try reader.readBytes())
        try Self.forestOptions(features: features, seed: seed).requireEqual(toSnapshot: forest.options)
        self.init(features: features, forest: forest)
        self.profile = profile
        self.next = next
        self.later = later
        self.nextScale = nextScale
        self.laterScale = laterScale
        self.dayScale = dayScale
        self.energies = energies
        self.peaks = peaks
    }
}

extension DayProfile {
    fileprivate func write(to writer: inout SnapshotWriter) {
        writer.write(flags: [lastTime != nil])
        writer.write(lastTime ?? 0)
        writer.write(UInt8(intervals.count))
        writer.write(all: intervals)
        writer.write(width)
        writer.write(returns)
        writer.write(counts: visits)
        writer.write(all: means)
        writer.write(all: distances)
    }

    fileprivate init(from reader: inout SnapshotReader, features: Int) throws(SnapshotError) {
        var profile = DayProfile(features: features)
        let hasTime = try reader.readFlag()
        let time = try reader.readBounded()
        profile.lastTime = hasTime ? time : nil
        let count = try reader.read(UInt8.self, in: 0...(Constants.intervals - 1), "intervals")
        profile.intervals = try reader.readBounded(count)
        profile.width = try reader.readBounded()
        profile.returns = try reader.readCount()
        guard profile.width == 0 || profile.width >= Constants.narrowest else {
            throw .damaged(reason: "the slots of its day are \(profile.width) seconds")
        }
        if profile.width > 0 {
            let slots = Self.slots(width: profile.width)
            guard slots >= 2 else { throw .damaged(reason: "its day has no slots") }
            profile.visits = try reader.readCounts(slots)
            profile.means = try reader.readBounded(slots * features)
        }
        profile.distances = try reader.readBounded(features)
        self = profile
    }
}

extension SeriesForecast {
    fileprivate func write(to writer: inout SnapshotWriter) {
        writer.write(rows)
        writer.write(all: means)
        writer.write(all: spreads)
        for lanes in weights {
            for term in 0..<Constants.terms { writer.write(lanes[term]) }
        }
        // What is symmetric, once.
        for (index, lanes) in covariances.enumerated() {
            for term in (index % Constants.terms)..<Constants.terms { writer.write(lanes[term]) }
        }
        writer.write(all: forecasts)
        writer.write(all: errors)
        writer.write(all: history)
        writer.write(all: expectations)
        writer.write(flags: isExpected)
    }

    fileprivate init(from reader: inout SnapshotReader, horizon: Int, features: Int) throws(SnapshotError) {
        self.init(horizon: horizon, features: features, rows: try reader.readCount())
        means = try reader.readBounded(features)
        spreads = try reader.readBounded(features)
        for feature in 0..<features {
            for term in 0..<Constants.terms { weights[feature][term] = try reader.readBounded() }
        }
        for index in covariances.indices {
            let row = index % Constants.terms
            for term in row..<Constants.terms {
                let value = try reader.readBounded()
                covariances[index][term] = value
                covariances[index - row + term][row] = value
            }
        }
        forecasts = try reader.readBounded(features)
        errors = try reader.readBounded(features)
        history = try reader.readBounded(history.count)
        expectations = try reader.readBounded(expectations.count)
        isExpected = try reader.readFlags(isExpected.count)
        guard (spreads + forecasts + errors).allSatisfy({ $0 >= 0 }) else {
            throw .damaged(reason: "its forecasts cannot be")
        }
    }
}

extension ResidualScale {
    fileprivate func write(to writer: inout SnapshotWriter) {
        writer.write(values)
        writer.write(residuals)
        writer.write(all: means)
        writer.write(all: distances)
        writer.write(all: sizes)
    }

    fileprivate init(from reader: inout SnapshotReader, features: Int) throws(SnapshotError) {
        let (values, residuals) = (try reader.readCount(), try reader.readCount())
        self.init(
            values: values,
            residuals: residuals,
            means: try reader.readBounded(features),
            distances: try reader.readBounded(features),
            sizes: try reader.readBounded(features)
        )
        guard residuals <= values, (distances + sizes).allSatisfy({ $0 >= 0 }) else {
            throw .damaged(reason: "its scales cannot be")
        }
    }
}

extension LevelEnergies {
    fileprivate func write(to writer: inout SnapshotWriter) {
        writer.write(all: [next, later, day] + drifts)
    }

    fileprivate init(from reader: inout SnapshotReader, features: Int) throws(SnapshotError) {
        self.init(features: features)
        next = try reader.readBounded()
        later = try reader.readBounded()
        day = try reader.readBounded()
        drifts = try reader.readBounded(features)
        guard min(next, later, day) >= 0 else { throw .damaged(reason: "its energies are negative") }
    }
}

extension PeakRatio {
    fileprivate func write(to writer: inout SnapshotWriter) {
        writer.write(blocks)
        writer.write(weight)
        writer.write(sum)
        writer.write(UInt8(rows))
        writer.write(greatest)
    }

    fileprivate init(from reader: inout SnapshotReader) throws(SnapshotError) {
        self.init(
            blocks: try reader.readCount(),
            weight: try reader.readBounded(),
            sum: try reader.readBounded(),
            rows: try reader.read(UInt8.self, in: 0...(Constants.block - 1), "rows of a block"),
            greatest: try reader.readBounded()
        )
        guard blocks == 0 ? weight == 0 : weight >= 1, sum >= 0, greatest >= 0 else {
            throw .damaged(reason: "its peaks cannot be")
        }
    }
}
