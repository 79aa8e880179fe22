import Detection

/// What detection knows of a shard: the detector and the window of repeats. Both are a function of the records
/// alone, so that a snapshot and the redo log behind it give them back bit by bit.
final class ShardMemory {
    private static let version: UInt8 = 1

    var detector: Detector
    var repeats: RepeatWindow

    init(_ options: DetectorOptions) throws {
        detector = try Detector(options)
        repeats = RepeatWindow()
    }

    /// Learns again what a committed batch taught, in its order.
    func replay(_ entry: RedoEntry) throws {
        repeats.insert(entry)
        try learn(entry)
    }

    /// Only what the detector learned of it.
    func learn(_ entry: RedoEntry) throws {
        for record in entry.records where record.outcome == .scored { _ = try detector.judge(record.features.span) }
    }

    // Version u8, repeats, then the detector's own snapshot to the end.
    func snapshot() -> [UInt8] {
        var bytes = [Self.version]
        repeats.append(to: &bytes)
        bytes += detector.snapshot()
        return bytes
    }

    /// - Throws: when it is damaged, newer, or of other options.
    init(snapshot bytes: [UInt8], options: DetectorOptions) throws {
        var reader = ByteReader(bytes)
        repeats = try Self.repeats(&reader)
        detector = try Detector(snapshot: reader.rest, options: options)
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
