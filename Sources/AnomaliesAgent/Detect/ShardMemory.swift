import Detection

/// What detection knows of a shard: its detector, or that of each key, the history of its alert budget, the window of its
/// hotspots and that of repeats. All of it is a function of the records alone, so that a snapshot and the redo log behind it give it back
/// bit by bit.
final class ShardMemory {
    private static let version: UInt8 = 3
    /// With a window of hotspots.
    private static let hotspotsVersion: UInt8 = 4
    private static let keyedVersion: UInt8 = 2
    private static let pluginVersion: UInt8 = 5

    private enum Learned {
        case one(SoleDetector)
        case keyed(KeyedDetectors)
        /// Of a plugin only what it is shown: it has no memory of its own.
        case plugin(PluginMemory)
    }

    private final class SoleDetector {
        var detector: Detector

        init(_ detector: consuming Detector) { self.detector = detector }
    }

    private let learned: Learned
    /// `nil` where the rules have no budget.
    private var budget: AlertBudgetHistory?
    /// `nil` where the rules look for no hotspots.
    private var window: KinesisHotspots?
    var repeats = RepeatWindow()

    /// With nothing learned.
    init(_ rules: DetectRules, keys: KeyHome) throws {
        if let plugin = rules.plugin {
            learned = .plugin(PluginMemory(window: PluginWindow(length: plugin.window)))
            return
        }
        learned =
            rules.forestKey == nil
            ? .one(SoleDetector(try Detector(rules.detector.learning)))
            : .keyed(try KeyedDetectors(rules.detector.learning, id: rules.detectorID, in: keys))
        budget = rules.alerts.map { AlertBudgetHistory($0) }
        window = try rules.hotspots.map { try KinesisHotspots($0) }
    }

    // MARK: - Judging

    /// Batch `number` is about to be judged; those before it are committed.
    func begin(batch number: Int) throws {
        if case .keyed(let detectors) = learned { try detectors.begin(batch: number) }
    }

    /// Judges a record by those before it, then learns it.
    ///
    /// - Parameter key: whose record it is, where each key has a detector.
    func judge(
        _ point: borrowing Span<Double>,
        of key: RecordKey?,
        at time: Milliseconds,
        by border: FindingBorder
    ) throws -> Judgement {
        switch learned {
        case .one(let sole):
            let judgement = try sole.detector.judge(
                point,
                time: EventTime.seconds(time),
                by: border.rule,
                above: budget?.border ?? border.level
            )
            budget?.learn(judgement.level, at: time)
            // What is missing is put in by the detector for itself; it has no place among real values.
            if window != nil, !point.containsNaN { try window?.learn(point) }
            return judgement
        case .keyed(let detectors):
            // A budget and hotspots are for one forest only: `DetectScript` refuses them here.
            return try detectors.judge(point, of: key ?? .missing, at: time, by: border)
        case .plugin(let memory): return memory.learn((0..<point.count).map { point[$0] }, scored: 0, by: border)
        }
    }

    /// What a plugin that scores is shown; `nil` where none does. ``judge(_:of:at:by:)`` then only learns.
    var plugin: PluginMemory? { if case .plugin(let memory) = learned { memory } else { nil } }

    /// The last record that was judged, by the learned threshold.
    var usual: Reading {
        switch learned {
        case .one(let sole): sole.detector.usual
        case .keyed(let detectors): detectors.usual
        case .plugin(let memory): memory.last
        }
    }

    /// The hotspots that a record of the window lies in, the densest first; `nil` where nobody looks for any.
    func hotspots(around point: borrowing Span<Double>) -> [Hotspot]? {
        guard let window else { return nil }
        var found: [Hotspot] = []
        for hotspot in window.hotspots() where hotspot.contains(point) { found.append(hotspot) }
        return found
    }

    /// The keys that were forgotten since this was asked last.
    func takeForgotten() -> [RecordKey] {
        if case .keyed(let detectors) = learned { detectors.takeForgotten() } else { [] }
    }

    /// Records that may be read at once: as many as there is room for keys.
    var batchLimit: Int {
        if case .keyed(let detectors) = learned { detectors.batchLimit } else { .max }
    }

    /// Records between two snapshots, at least.
    var snapshotInterval: Int {
        if case .keyed(let detectors) = learned { detectors.checkpointInterval } else { 1 }
    }

    /// `nil` where one detector serves all records.
    var keyFigures: KeyFigures? {
        if case .keyed(let detectors) = learned { detectors.figures } else { nil }
    }

    // MARK: - Learning again

    /// Learns again what committed batch `number` taught, in its order.
    func replay(_ entry: RedoEntry, batch number: Int) throws {
        repeats.insert(entry)
        switch learned {
        case .one, .plugin: try learn(entry)
        case .keyed(let detectors): try detectors.replay(entry, batch: number)
        }
    }

    /// The last entry was replayed.
    func endReplay() {
        if case .keyed(let detectors) = learned { detectors.endReplay() }
    }

    /// What is learned from here to the next snapshot is of no batch: it counts as known at batch `number`.
    func beginRelearning(at number: Int) {
        if case .keyed(let detectors) = learned { detectors.beginRelearning(at: number) }
    }

    /// Only what the detectors learned of it.
    func learn(_ entry: RedoEntry) throws {
        for record in entry.records where record.outcome == .scored {
            do {
                _ = try judge(record.features.span, of: record.key, at: record.time, by: entry.border)
            } catch is DetectorError {
                // What was missing was put in by a detector before; this one refuses such records.
                continue
            }
        }
    }

    // MARK: - Snapshot

    // Version u8, repeats, the budget's own snapshot as u32 bytes and so many (none without one), in version 4 the
    // window of hotspots likewise, then the detector's own to the end; or with keys, whose detectors are in the store, only how many records they have learned, u64.
    func snapshot(batch: Int) throws -> [UInt8] {
        switch learned {
        case .one(let sole):
            var bytes = [window == nil ? Self.version : Self.hotspotsVersion]
            repeats.append(to: &bytes)
            for part in [budget?.snapshot() ?? [], window?.snapshot()].compactMap({ $0 }) {
                bytes.appendLittleEndian(UInt32(part.count))
                bytes += part
            }
            return bytes + sole.detector.snapshot()
        case .keyed(let detectors):
            try detectors.checkpoint(batch: batch)
            var bytes = [Self.keyedVersion]
            repeats.append(to: &bytes)
            bytes.appendLittleEndian(detectors.uses)
            return bytes
        case .plugin(let memory):
            var bytes = [Self.pluginVersion]
            repeats.append(to: &bytes)
            memory.window.append(to: &bytes)
            return bytes
        }
    }

    /// - Throws: when it is damaged, newer, or of other options.
    init(snapshot bytes: [UInt8], rules: DetectRules, keys: KeyHome) throws {
        var reader = ByteReader(bytes)
        if let plugin = rules.plugin {
            repeats = try Self.repeats(&reader, versions: [Self.pluginVersion])
            guard let window = PluginWindow(reading: &reader, length: plugin.window), reader.isAtEnd else {
                throw SnapshotRefused(reason: "it is damaged")
            }
            learned = .plugin(PluginMemory(window: window))
            return
        }
        let isKeyed = rules.forestKey != nil
        let version = rules.hotspots == nil ? Self.version : Self.hotspotsVersion
        repeats = try Self.repeats(&reader, versions: [isKeyed ? Self.keyedVersion : version])
        guard isKeyed else {
            guard let length = reader.next(UInt32.self), let history = reader.next(count: Int(length)) else {
                throw SnapshotRefused(reason: "it is cut off")
            }
            budget = try rules.alerts.map { try AlertBudgetHistory(snapshot: history, budget: $0) }
            if let options = rules.hotspots {
                guard let length = reader.next(UInt32.self), let records = reader.next(count: Int(length)) else {
                    throw SnapshotRefused(reason: "it is cut off")
                }
                window = try KinesisHotspots(snapshot: records, options: options)
            }
            learned = .one(SoleDetector(try Detector(snapshot: reader.rest, options: rules.detector.learning)))
            return
        }
        guard let uses = reader.next(UInt64.self), reader.isAtEnd else {
            throw SnapshotRefused(reason: "it is damaged")
        }
        learned = .keyed(try KeyedDetectors(rules.detector.learning, id: rules.detectorID, uses: uses, in: keys))
    }

    /// The window of a snapshot, of whatever detector.
    static func repeats(ofSnapshot bytes: [UInt8]) throws -> RepeatWindow {
        var reader = ByteReader(bytes)
        return try repeats(&reader, versions: [version, keyedVersion, hotspotsVersion, pluginVersion])
    }

    private static func repeats(_ reader: inout ByteReader, versions: [UInt8]) throws -> RepeatWindow {
        guard let version = reader.next(UInt8.self), versions.contains(version),
            let repeats = RepeatWindow(reading: &reader)
        else { throw SnapshotRefused(reason: "it is of another version") }
        return repeats
    }
}

struct SnapshotRefused: Error, CustomStringConvertible {
    let reason: String
    var description: String { "the snapshot cannot be used: \(reason)" }
}

extension Span<Double> {
    fileprivate var containsNaN: Bool {
        for index in indices where self[index].isNaN { return true }
        return false
    }
}
