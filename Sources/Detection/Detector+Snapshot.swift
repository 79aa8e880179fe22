public import RandomCutForest

extension Detector {
    private static let format = SnapshotFormat(name: "Detector", magic: "RCFD", version: 3)

    /// The detector as bytes: restored from them, it continues bit-equal.
    ///
    /// - Returns: The snapshot of the forest, or of the model of the series, and about 2 KB.
    public func snapshot() -> [UInt8] {
        Self.format.encode { writer in
            writer.write(UInt8(options.model == .series ? 1 : 0))
            switch options.rule {
            case .calibrated: writer.write(0.0)
            case .score(let threshold): writer.write(threshold)
            }
            writer.write(UInt32(options.refractory))
            writer.write(records)
            writer.write(lastAlert ?? .max)
            writer.write(calibration.scores)
            writer.write(calibration.median)
            writer.write(calibration.isWarm ? calibration.threshold : 0)
            writer.write(calibration.histogram.newest)
            writer.write(all: calibration.histogram.weights)
            writer.write(modelSnapshot)
            writer.write(options.border)
            writer.write(UInt8(MissingValues.allCases.firstIndex(of: options.missing) ?? 0))
            levels.write(to: &writer)
            recent.write(to: &writer)
            memory.write(to: &writer)
            ordinary.write(to: &writer)
            writer.write(event.lastAlarm ?? .max)
            writer.write(event.lastLevel)
        }
    }

    private var modelSnapshot: [UInt8] {
        switch forest {
        case .some(let forest): forest.snapshot()
        case nil: seriesSnapshot
        }
    }

    /// Restores a detector that was made with the same options.
    ///
    /// - Throws: any `SnapshotError`; `.otherOptions` names the first option that differs.
    public init(snapshot: [UInt8], options: DetectorOptions) throws(SnapshotError) {
        let parts = try Parts(snapshot: snapshot, options: options, format: Self.format)
        self.init(parts, options: options)
    }

    private init(_ parts: consuming Parts, options: DetectorOptions) {
        self.options = options
        records = parts.records
        lastAlert = parts.lastAlert
        calibration = parts.calibration
        levels = parts.levels
        recent = parts.recent
        memory = parts.memory
        ordinary = parts.ordinary
        event = parts.event
        forest = parts.forest
        series = parts.series
    }
}

/// What a snapshot holds, apart from the detector because Swift 6.3 refuses to
/// throw from an initializer that has already set a noncopyable property.
private struct Parts: ~Copyable {
    let records: UInt64
    let lastAlert: UInt64?
    let calibration: Calibration
    let levels: LevelHistory
    let recent: RecentFindings
    let memory: FeatureMemory
    let ordinary: OrdinaryRecord
    let event: SeriesAlarm
    let forest: RandomCutForest?
    let series: SeriesModel?

    init(snapshot: [UInt8], options: DetectorOptions, format: SnapshotFormat) throws(SnapshotError) {
        var reader = try format.decode(snapshot)
        // Up to version 2 there was but one model.
        let isSeries = snapshot[4] > 2 ? try reader.read(UInt8.self, in: 0...1, "which model it is of") == 1 : false
        let model: DetectorOptions.Model = isSeries ? .series : .records
        guard model == options.model else {
            throw .otherOptions(option: "model", snapshot: model.rawValue, wanted: options.model.rawValue)
        }
        let score = try reader.read(Double.self)
        let rule: DetectorOptions.Rule = score == 0 ? .calibrated : .score(score)
        guard rule == options.rule else {
            throw .otherOptions(option: "rule", snapshot: "\(rule)", wanted: "\(options.rule)")
        }
        let refractory = try reader.read(UInt32.self)
        guard Int(refractory) == options.refractory else {
            throw .otherOptions(option: "refractory", snapshot: "\(refractory)", wanted: "\(options.refractory)")
        }
        let records = try reader.read(UInt64.self)
        let alert = try reader.read(UInt64.self)
        guard records < 1 << 62, alert == .max || alert < records else {
            throw .damaged(reason: "its count of records cannot be")
        }
        let calibration = try Self.calibration(from: &reader, records: records, options: options)
        let bytes = try reader.readBytes()
        var forest: RandomCutForest?
        var series: SeriesModel?
        switch model {
        case .records:
            let restored = try RandomCutForest(snapshot: bytes)
            try options.forest.requireEqual(toSnapshot: restored.options)
            forest = consume restored
        case .series:
            let (features, seed) = (options.forest.features, options.forest.seed)
            series = try SeriesModel(snapshot: bytes, features: features, seed: seed)
        }
        var event = SeriesAlarm()
        var (levels, recent) = (LevelHistory(), RecentFindings())
        var memory = FeatureMemory(features: options.forest.features)
        var ordinary = OrdinaryRecord(features: options.forest.features)
        // Version 1 had no explanations: what they look back on begins anew, and the same records are findings.
        if snapshot[4] > 1 {
            try Self.requireEqual(&reader, options)
            levels = try LevelHistory(from: &reader)
            recent = try RecentFindings(from: &reader)
            memory = try FeatureMemory(from: &reader, features: options.forest.features)
            ordinary = try OrdinaryRecord(from: &reader, features: options.forest.features, records: records)
        }
        if snapshot[4] > 2 { event = try SeriesAlarm(from: &reader, rows: records) }
        try reader.finish()

        self.records = records
        self.lastAlert = alert == .max ? nil : alert
        self.calibration = calibration
        self.levels = levels
        self.recent = recent
        self.memory = memory
        self.ordinary = ordinary
        self.event = event
        self.forest = forest
        self.series = series
    }

    private static func requireEqual(_ reader: inout SnapshotReader, _ options: DetectorOptions) throws(SnapshotError) {
        let border = try reader.read(Double.self)
        guard border == options.border else {
            throw .otherOptions(option: "border", snapshot: "\(border)", wanted: "\(options.border)")
        }
        let last = MissingValues.allCases.count - 1
        let missing = MissingValues.allCases[
            try reader.read(UInt8.self, in: 0...last, "what stands for missing values")
        ]
        guard missing == options.missing else {
            throw .otherOptions(option: "missing", snapshot: "\(missing)", wanted: "\(options.missing)")
        }
    }

    private static func calibration(
        from reader: inout SnapshotReader,
        records: UInt64,
        options: DetectorOptions
    ) throws(SnapshotError) -> Calibration {
        let scores = try reader.read(UInt64.self)
        let median = try reader.read(Double.self)
        let threshold = try reader.read(Double.self)
        let newest = try reader.read(Double.self)
        let weights = try reader.readDoubles(ScoreHistogram.count)
        guard scores <= records, (1...0x1p21).contains(newest), median >= 0,
            weights.allSatisfy({ (0...0x1p40).contains($0) }),
            threshold == 0 || threshold > median
        else { throw .damaged(reason: "its calibration cannot be") }
        return Calibration(
            maximumScore: options.forest.maximumScore,
            histogram: ScoreHistogram(weights: weights, newest: newest),
            scores: scores,
            median: median,
            threshold: threshold == 0 ? nil : threshold
        )
    }
}
