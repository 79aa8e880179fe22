import GRDB

/// What one batch taught the detector, enough to teach it again without the source and without Lua.
struct RedoEntry: Sendable, Equatable {
    struct Record: Sendable, Equatable {
        enum Outcome: UInt8, Sendable {
            case scored, quarantined
            /// A redelivery: recognised, not learned.
            case repeated
            /// Without a feature, where the script says to skip such records.
            case skipped
        }

        var outcome: Outcome
        /// `nil` for a record of another producer.
        var identity: RecordIdentity?
        var time: Milliseconds
        /// Whose detector learned it, where each key has one.
        var key: RecordKey?
        /// What the detector was given, NaN for what was missing; empty unless `outcome` is `scored`.
        var features: [Double] = []
        var score = 0.0
        var grade = 0.0
    }

    /// A key that had to make room for another one.
    struct Forgotten: Sendable, Equatable {
        /// The record that brought the other one, counted from 0.
        var record: Int
        var key: RecordKey
    }

    /// Which detector learned it: features and options, as a digest. Another detector does not replay it.
    var detector: String
    var records: [Record]
    /// In the order of the records.
    var forgotten: [Forgotten] = []
    /// By which its records were judged.
    var border = FindingBorder()

    /// Which features the records have, see ``DetectRules/featuresID``.
    var featuresID: String { detector.split(separator: ".").first.map(String.init) ?? "" }

    /// Whose values the keys are, see ``DetectRules/keyID``.
    private var keyID: String? { detector.split(separator: ".").dropFirst(2).first.map(String.init) }

    /// Whether it has the features, and where those are used the keys, that these rules need.
    func canTeach(_ rules: DetectRules) -> Bool {
        featuresID == rules.featuresID && (rules.keyID == nil || rules.keyID == keyID)
    }
}

enum RedoLog {
    /// Appends the entry of batch number `batch`, which follows the shard's last one without a gap.
    static func append(_ entry: RedoEntry, shard: String, batch: Int, time: Milliseconds, in database: Database) throws
    {
        try database.execute(
            sql: "INSERT INTO redo (shard, batch, detector, records, time, entry, border) VALUES (?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                shard, batch, entry.detector, entry.records.count, time, DatabaseBytes.encode(entry.encoded()[...]),
                entry.border.text,
            ]
        )
    }

    /// The entries after `batch`, oldest first, one at a time so that a long log needs no memory.
    static func replay(
        shard: String,
        after batch: Int,
        in database: Database,
        _ body: (Int, RedoEntry) throws -> Void
    ) throws {
        let rows = try Row.fetchCursor(
            database,
            sql: "SELECT batch, detector, entry, border FROM redo WHERE shard = ? AND batch > ? ORDER BY batch",
            arguments: [shard, batch]
        )
        while let row = try rows.next() {
            let number: Int = row["batch"]
            guard var entry = RedoEntry(detector: row["detector"], decoding: DatabaseBytes.decode(row["entry"])),
                let border = FindingBorder(text: row["border"])
            else {
                throw StateError(
                    "read",
                    "redo batch \(number) of \(shard)",
                    "it is damaged",
                    "Restore the state directory."
                )
            }
            entry.border = border
            try body(number, entry)
        }
    }

    /// Removes the entries up to `batch`, except those that are among the last `window` records of the log.
    static func trim(shard: String, through batch: Int, keeping window: Int, in database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM redo WHERE shard = ?1 AND batch <= ?2 AND batch IN (
                    SELECT batch FROM (
                        SELECT batch, SUM(records) OVER (ORDER BY batch DESC) - records AS newer
                        FROM redo WHERE shard = ?1)
                    WHERE newer >= ?3)
                """,
            arguments: [shard, batch, window]
        )
    }

    /// Records after batch `batch`.
    static func records(shard: String, after batch: Int, in database: Database) throws -> Int {
        try Int.fetchOne(
            database,
            sql: "SELECT COALESCE(SUM(records), 0) FROM redo WHERE shard = ? AND batch > ?",
            arguments: [shard, batch]
        ) ?? 0
    }
}

// The format, little endian: version u8, features a record u8, count u32, then per record:
// outcome u8 (+ 128 when an identity follows: package 16 bytes, line u32), time i64, and where scored:
// score f64, grade f64, features f64 each. Version 2, where each key has a detector: the key 16 bytes before the
// features, and at the end forgotten keys u32, then for each: record u32, key 16 bytes.
extension RedoEntry {
    private static let version: UInt8 = 1
    private static let keyedVersion: UInt8 = 2
    private static let hasIdentity: UInt8 = 128

    func encoded() -> [UInt8] {
        let scored = records.first { $0.outcome == .scored }
        let width = scored?.features.count ?? 0
        let isKeyed = scored?.key != nil
        var bytes: [UInt8] = [isKeyed ? Self.keyedVersion : Self.version, UInt8(width)]
        bytes.reserveCapacity(6 + records.count * (61 + 8 * width))
        bytes.appendLittleEndian(UInt32(records.count))
        for record in records {
            bytes.append(record.outcome.rawValue | (record.identity == nil ? 0 : Self.hasIdentity))
            if let identity = record.identity { identity.append(to: &bytes) }
            bytes.appendLittleEndian(record.time)
            guard record.outcome == .scored else { continue }
            bytes.appendLittleEndian(record.score.bitPattern)
            bytes.appendLittleEndian(record.grade.bitPattern)
            if isKeyed { bytes += (record.key ?? .missing).bytes }
            for feature in record.features { bytes.appendLittleEndian(feature.bitPattern) }
        }
        guard isKeyed else { return bytes }
        bytes.appendLittleEndian(UInt32(forgotten.count))
        for key in forgotten {
            bytes.appendLittleEndian(UInt32(key.record))
            bytes += key.key.bytes
        }
        return bytes
    }

    /// `nil` when the bytes are not a whole entry of a version known here.
    init?(detector: String, decoding bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard let version = reader.next(UInt8.self), version == Self.version || version == Self.keyedVersion,
            let width = reader.next(UInt8.self), let count = reader.next(UInt32.self), Int(count) <= bytes.count
        else { return nil }
        let isKeyed = version == Self.keyedVersion
        var records: [Record] = []
        records.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let kind = reader.next(UInt8.self), let outcome = Record.Outcome(rawValue: kind & ~Self.hasIdentity)
            else { return nil }
            var identity: RecordIdentity?
            if kind & Self.hasIdentity != 0 {
                guard let found = RecordIdentity(reading: &reader) else { return nil }
                identity = found
            }
            guard let time = reader.next(Int64.self) else { return nil }
            var record = Record(outcome: outcome, identity: identity, time: time)
            if outcome == .scored {
                guard let score = reader.nextDouble(), let grade = reader.nextDouble() else { return nil }
                record.score = score
                record.grade = grade
                if isKeyed {
                    guard let key = RecordKey(reading: &reader) else { return nil }
                    record.key = key
                }
                for _ in 0..<width {
                    guard let feature = reader.nextDouble() else { return nil }
                    record.features.append(feature)
                }
            }
            records.append(record)
        }
        var forgotten: [Forgotten] = []
        if isKeyed {
            guard let count = reader.next(UInt32.self), Int(count) <= bytes.count else { return nil }
            for _ in 0..<count {
                guard let record = reader.next(UInt32.self), let key = RecordKey(reading: &reader) else { return nil }
                forgotten.append(Forgotten(record: Int(record), key: key))
            }
        }
        guard reader.isAtEnd else { return nil }
        self.init(detector: detector, records: records, forgotten: forgotten)
    }
}
