import Detection

/// What detection knows of a shard: the detector, the history of its alert budget and the window of repeats. All are a function of the records
/// alone, so that a snapshot and the redo log behind it give them back bit by bit.
final class ShardMemory {
    private static let version: UInt8 = 2

    var detector: Detector
    /// `nil` where the rules have no budget.
    var budget: AlertBudgetHistory?
    var repeats: RepeatWindow

    init(_ rules: DetectRules) throws {
        detector = try Detector(rules.detector)
        budget = rules.alerts.map { AlertBudgetHistory($0) }
        repeats = RepeatWindow()
    }

    /// Judges a record by those before it, then learns it.
    func judge(_ features: borrowing Span<Double>, at time: Milliseconds) throws(DetectorError) -> Judgement {
        let judgement = try detector.judge(features, above: budget?.border)
        budget?.learn(judgement.level, at: time)
        return judgement
    }

    /// Learns again what a committed batch taught, in its order.
    func replay(_ entry: RedoEntry) throws {
        repeats.insert(entry)
        try learn(entry)
    }

    /// Only what the detector learned of it.
    func learn(_ entry: RedoEntry) throws {
        for record in entry.records where record.outcome == .scored {
            do throws(DetectorError) {
                _ = try judge(record.features.span, at: record.time)
            } catch {
                // What was missing was put in by a detector before; this one refuses such records.
                continue
            }
        }
    }

    // Version u8, repeats, the budget's own snapshot as u32 bytes and so many (none without one), then the detector's own
    // to the end.
    func snapshot() -> [UInt8] {
        var bytes = [Self.version]
        repeats.append(to: &bytes)
        let budget = budget?.snapshot() ?? []
        bytes.appendLittleEndian(UInt32(budget.count))
        bytes += budget
        bytes += detector.snapshot()
        return bytes
    }

    /// - Throws: when it is damaged, newer, or of other options.
    init(snapshot bytes: [UInt8], rules: DetectRules) throws {
        var reader = ByteReader(bytes)
        repeats = try Self.repeats(&reader)
        guard let length = reader.next(UInt32.self), let history = reader.next(count: Int(length)) else {
            throw SnapshotRefused(reason: "it is cut off")
        }
        budget = try rules.alerts.map { try AlertBudgetHistory(snapshot: history, budget: $0) }
        detector = try Detector(snapshot: reader.rest, options: rules.detector)
    }

    /// The window of a snapshot, of whatever detector.
    static func repeats(ofSnapshot bytes: [UInt8]) throws -> RepeatWindow {
        var reader = ByteReader(bytes)
        return try repeats(&reader)
    }

    private static func repeats(_ reader: inout ByteReader) throws -> RepeatWindow {
        guard reader.next(UInt8.self) == version, let repeats = RepeatWindow(reading: &reader) else {
            throw SnapshotRefused(reason: "it is of another version")
        }
        return repeats
    }
}

struct SnapshotRefused: Error, CustomStringConvertible {
    let reason: String
    var description: String { "the snapshot cannot be used: \(reason)" }
}
