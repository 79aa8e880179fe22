import RandomCutForest

extension SeasonalProfile {
    func write(to writer: inout SnapshotWriter) {
        writer.write(rows)
        for count in counts { writer.write(count) }
        for mean in means { writer.write(mean) }
        for isThere in hasResidual { writer.write(UInt8(isThere ? 1 : 0)) }
        for residual in residuals { writer.write(residual) }
        for spread in spreads { spread.write(to: &writer) }
    }

    init(from reader: inout SnapshotReader, _ shape: Shape, features: Int) throws(SnapshotError) {
        var profile = SeasonalProfile(shape, features: features)
        profile.rows = try reader.read(UInt64.self)
        for index in profile.counts.indices { profile.counts[index] = try reader.read(UInt64.self) }
        for index in profile.means.indices { profile.means[index] = try reader.read(Double.self) }
        for index in profile.hasResidual.indices {
            profile.hasResidual[index] = try reader.read(UInt8.self, in: 0...1, "a flag") == 1
        }
        for index in profile.residuals.indices { profile.residuals[index] = try reader.read(Double.self) }
        for index in profile.spreads.indices { profile.spreads[index] = try FeatureSpread(from: &reader) }
        // Below, so that no count can overflow.
        guard profile.rows < 1 << 62, profile.counts.allSatisfy({ $0 <= profile.rows }) else {
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
