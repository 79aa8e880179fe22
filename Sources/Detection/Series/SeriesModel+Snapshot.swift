public import RandomCutForest

extension SeriesModel {
    private static let format = SnapshotFormat(name: "SeriesModel", magic: "RCFM", version: 1)

    /// The model as bytes: restored from them, it continues bit-equal.
    ///
    /// - Returns: The forests' snapshots, about 3 KB for the rest, and for each feature 35 KB at most.
    public func snapshot() -> [UInt8] {
        Self.format.encode { writer in
            writer.write(UInt16(features))
            writer.write(seed)
            writer.write(rows)
            writer.write(alarm.lastAlarm ?? .max)
            writer.write(alarm.lastLevel)
            for maxima in maxima { writer.write(maxima) }
            week.write(to: &writer)
            day.write(to: &writer)
            dayRank.write(to: &writer)
            byFeature.write(to: &writer)
            forests.write(to: &writer)
            level.write(to: &writer)
        }
    }

    /// Restores a model that was made with the same features and seed.
    ///
    /// - Throws: any `SnapshotError`; `.otherOptions` names the first that differs.
    public init(snapshot: [UInt8], features: Int, seed: UInt64) throws(SnapshotError) {
        let parts = try Parts(snapshot: snapshot, features: features, seed: seed, format: Self.format)
        self.init(parts)
    }

    private init(_ parts: consuming Parts) {
        let (features, seed, rows) = (parts.features, parts.seed, parts.rows)
        let (week, day, dayRank) = (parts.week, parts.day, parts.dayRank)
        let (byFeature, maxima, alarm) = (parts.byFeature, parts.maxima, parts.alarm)
        self.init(features: features, seed: seed, forests: parts.forests, level: parts.level)
        self.rows = rows
        self.week = week
        self.day = day
        self.dayRank = dayRank
        self.byFeature = byFeature
        self.maxima = maxima
        self.alarm = alarm
    }
}

/// What a snapshot holds, apart from the model because Swift 6.3 refuses to throw from an initializer that has already
/// set a noncopyable property.
private struct Parts: ~Copyable {
    let features: Int
    let seed: UInt64
    let rows: UInt64
    let alarm: SeriesAlarm
    let maxima: [BlockMaxima]
    let week: SeasonalProfile
    let day: SeasonalProfile
    let dayRank: SeasonalProfile
    let byFeature: FeatureViews
    let forests: SeriesForests
    let level: SeriesLevel

    init(snapshot: [UInt8], features: Int, seed: UInt64, format: SnapshotFormat) throws(SnapshotError) {
        var reader = try format.decode(snapshot)
        let own = Int(try reader.read(UInt16.self))
        guard own == features else {
            throw .otherOptions(option: "features", snapshot: "\(own)", wanted: "\(features)")
        }
        let ownSeed = try reader.read(UInt64.self)
        guard ownSeed == seed else { throw .otherOptions(option: "seed", snapshot: "\(ownSeed)", wanted: "\(seed)") }
        let rows = try reader.read(UInt64.self)
        let lastAlarm = try reader.read(UInt64.self)
        let lastLevel = try reader.read(Double.self)
        guard rows < 1 << 62, lastAlarm == .max || lastAlarm < rows, lastLevel >= 0 else {
            throw .damaged(reason: "its count of rows cannot be")
        }
        var maxima: [BlockMaxima] = []
        for _ in 0..<SeriesModel.calibrated { maxima.append(try reader.readBlockMaxima()) }
        let week = try SeasonalProfile(from: &reader, .week, features: features)
        let day = try SeasonalProfile(from: &reader, .day, features: features)
        let dayRank = try SeasonalProfile(from: &reader, .day, features: features)
        let byFeature = try FeatureViews(from: &reader, features: features, rows: rows)
        let forests = try SeriesForests(from: &reader, features: features, seed: seed)
        let level = try SeriesLevel(from: &reader, features: features, seed: seed)
        try reader.finish()

        self.features = features
        self.seed = seed
        self.rows = rows
        self.alarm = SeriesAlarm(lastAlarm: lastAlarm == .max ? nil : lastAlarm, lastLevel: lastLevel)
        self.maxima = maxima
        self.week = week
        self.day = day
        self.dayRank = dayRank
        self.byFeature = byFeature
        self.forests = forests
        self.level = level
    }
}

extension SnapshotWriter {
    fileprivate mutating func write(_ maxima: BlockMaxima) {
        write(maxima.blocks)
        write(maxima.sum)
        write(maxima.squares)
        write(UInt8(maxima.rows))
        write(maxima.rows == 0 ? 0 : maxima.greatest)
    }
}

extension SnapshotReader {
    fileprivate mutating func readBlockMaxima() throws(SnapshotError) -> BlockMaxima {
        let (blocks, sum, squares) = (try read(Double.self), try read(Double.self), try read(Double.self))
        let rows = try read(UInt8.self, in: 0...(BlockMaxima.Constants.block - 1), "rows of a block")
        let greatest = try read(Double.self)
        guard blocks >= 0, squares >= 0 else { throw .damaged(reason: "its block maxima cannot be") }
        return BlockMaxima(
            blocks: blocks,
            sum: sum,
            squares: squares,
            rows: rows,
            greatest: rows == 0 ? -.infinity : greatest
        )
    }
}
