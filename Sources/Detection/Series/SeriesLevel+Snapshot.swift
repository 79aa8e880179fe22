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
        writer.write(UInt8(lastTime == nil ? 0 : 1))
        writer.write(lastTime ?? 0)
        writer.write(UInt8(intervals.count))
        for interval in intervals { writer.write(interval) }
        writer.write(width)
        writer.write(returns)
        for visit in visits { writer.write(visit) }
        for mean in means { writer.write(mean) }
        for distance in distances { writer.write(distance) }
    }

    fileprivate init(from reader: inout SnapshotReader, features: Int) throws(SnapshotError) {
        var profile = DayProfile(features: features)
        let hasTime = try reader.read(UInt8.self, in: 0...1, "a flag") == 1
        let time = try reader.readDouble()
        profile.lastTime = hasTime ? time : nil
        let count = try reader.read(UInt8.self, in: 0...(Constants.intervals - 1), "intervals")
        for _ in 0..<count { profile.intervals.append(try reader.readDouble()) }
        profile.width = try reader.readDouble()
        profile.returns = try reader.readCount()
        guard profile.width == 0 || profile.width >= Constants.narrowest else {
            throw .damaged(reason: "the slots of its day are \(profile.width) seconds")
        }
        if profile.width > 0 {
            let slots = Self.slots(width: profile.width)
            guard slots >= 2 else { throw .damaged(reason: "its day has no slots") }
            profile.visits.reserveCapacity(slots)
            for _ in 0..<slots { profile.visits.append(try reader.readCount()) }
            profile.means = try reader.readDoubles(slots * features)
        }
        profile.distances = try reader.readDoubles(features)
        self = profile
    }
}

extension SeriesForecast {
    fileprivate func write(to writer: inout SnapshotWriter) {
        writer.write(rows)
        for mean in means { writer.write(mean) }
        for spread in spreads { writer.write(spread) }
        for lanes in weights {
            for term in 0..<Constants.terms { writer.write(lanes[term]) }
        }
        // What is symmetric, once.
        for (index, lanes) in covariances.enumerated() {
            for term in (index % Constants.terms)..<Constants.terms { writer.write(lanes[term]) }
        }
        for count in forecasts { writer.write(count) }
        for error in errors { writer.write(error) }
        for value in history { writer.write(value) }
        for value in expectations { writer.write(value) }
        for flag in isExpected { writer.write(UInt8(flag ? 1 : 0)) }
    }

    fileprivate init(from reader: inout SnapshotReader, horizon: Int, features: Int) throws(SnapshotError) {
        self.init(horizon: horizon, features: features, rows: try reader.readCount())
        means = try reader.readDoubles(features)
        spreads = try reader.readDoubles(features)
        for feature in 0..<features {
            for term in 0..<Constants.terms { weights[feature][term] = try reader.readDouble() }
        }
        for index in covariances.indices {
            let row = index % Constants.terms
            for term in row..<Constants.terms {
                let value = try reader.readDouble()
                covariances[index][term] = value
                covariances[index - row + term][row] = value
            }
        }
        forecasts = try reader.readDoubles(features)
        errors = try reader.readDoubles(features)
        history = try reader.readDoubles(history.count)
        expectations = try reader.readDoubles(expectations.count)
        for index in isExpected.indices { isExpected[index] = try reader.read(UInt8.self, in: 0...1, "a flag") == 1 }
        guard (spreads + forecasts + errors).allSatisfy({ $0 >= 0 }) else {
            throw .damaged(reason: "its forecasts cannot be")
        }
    }
}

extension ResidualScale {
    fileprivate func write(to writer: inout SnapshotWriter) {
        writer.write(values)
        writer.write(residuals)
        for mean in means { writer.write(mean) }
        for distance in distances { writer.write(distance) }
        for size in sizes { writer.write(size) }
    }

    fileprivate init(from reader: inout SnapshotReader, features: Int) throws(SnapshotError) {
        let (values, residuals) = (try reader.readCount(), try reader.readCount())
        self.init(
            values: values,
            residuals: residuals,
            means: try reader.readDoubles(features),
            distances: try reader.readDoubles(features),
            sizes: try reader.readDoubles(features)
        )
        guard residuals <= values, (distances + sizes).allSatisfy({ $0 >= 0 }) else {
            throw .damaged(reason: "its scales cannot be")
        }
    }
}

extension LevelEnergies {
    fileprivate func write(to writer: inout SnapshotWriter) {
        for value in [next, later, day] + drifts { writer.write(value) }
    }

    fileprivate init(from reader: inout SnapshotReader, features: Int) throws(SnapshotError) {
        self.init(features: features)
        next = try reader.readDouble()
        later = try reader.readDouble()
        day = try reader.readDouble()
        drifts = try reader.readDoubles(features)
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
            weight: try reader.readDouble(),
            sum: try reader.readDouble(),
            rows: try reader.read(UInt8.self, in: 0...(Constants.block - 1), "rows of a block"),
            greatest: try reader.readDouble()
        )
        guard blocks == 0 ? weight == 0 : weight >= 1, sum >= 0, greatest >= 0 else {
            throw .damaged(reason: "its peaks cannot be")
        }
    }
}

extension SnapshotReader {
    /// A count that can be counted on without overflow.
    fileprivate mutating func readCount() throws(SnapshotError) -> UInt64 {
        let count = try read(UInt64.self)
        guard count < 1 << 62 else { throw .damaged(reason: "a count cannot be") }
        return count
    }

    /// A number whose products with others are finite: no value that is taken comes near.
    fileprivate mutating func readDouble() throws(SnapshotError) -> Double {
        let value = try read(Double.self)
        guard abs(value) <= 1e100 else { throw .damaged(reason: "a number is \(value)") }
        return value
    }

    fileprivate mutating func readDoubles(_ count: Int) throws(SnapshotError) -> [Double] {
        var values: [Double] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try readDouble()) }
        return values
    }
}
