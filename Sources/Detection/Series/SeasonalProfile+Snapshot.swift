import RandomCutForest

extension SeasonalProfile {
    func write(to writer: inout SnapshotWriter) {
        writer.write(rows)
        writer.write(counts: counts)
        writer.write(all: means)
        writer.write(flags: hasResidual)
        writer.write(all: residuals)
        for spread in spreads { spread.write(to: &writer) }
    }

    init(from reader: inout SnapshotReader, _ shape: Shape, features: Int) throws(SnapshotError) {
        var profile = SeasonalProfile(shape, features: features)
        profile.rows = try reader.readCount()
        profile.counts = try reader.readCounts(profile.counts.count)
        profile.means = try reader.readDoubles(profile.means.count)
        profile.hasResidual = try reader.readFlags(profile.hasResidual.count)
        profile.residuals = try reader.readDoubles(profile.residuals.count)
        for index in profile.spreads.indices { profile.spreads[index] = try FeatureSpread(from: &reader) }
        guard profile.counts.allSatisfy({ $0 <= profile.rows }) else {
            throw .damaged(reason: "its profiles cannot be")
        }
        self = profile
    }
}

extension FeatureSpread {
    fileprivate func write(to writer: inout SnapshotWriter) {
        writer.write(values)
        writer.write(mean)
        writer.write(distance)
        writer.write(residuals)
        writer.write(size)
    }

    fileprivate init(from reader: inout SnapshotReader) throws(SnapshotError) {
        self.init(
            values: try reader.read(UInt64.self),
            mean: try reader.read(Double.self),
            distance: try reader.read(Double.self),
            residuals: try reader.read(UInt64.self),
            size: try reader.read(Double.self)
        )
        guard values < 1 << 62, residuals <= values, distance >= 0, size >= 0 else {
            throw .damaged(reason: "its spreads cannot be")
        }
    }
}
