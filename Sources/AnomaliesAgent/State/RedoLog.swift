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
        /// What the detector was given, NaN for what was missing; empty unless `outcome` is `scored`.
        var features: [Double] = []
        var score = 0.0
        var grade = 0.0
    }

    /// Which detector learned it: features and options, as a digest. Another detector does not replay it.
    var detector: String
    var records: [Record]

    /// Which features the records have, see ``DetectRules/featuresID``.
    var featuresID: String { detector.split(separator: ".").first.map(String.init) ?? "" }
}

enum RedoLog {
    /// Appends the entry of batch number `batch`, which follows the shard's last one without a gap.
    static func append(_ entry: RedoEntry, shard: String, batch: Int, time: Milliseconds, in database: Database) throws
    {
        try database.execute(
            sql: "INSERT INTO redo VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                shard, batch, entry.detector, entry.records.count, time, DatabaseBytes.encode(entry.encoded()[...]),
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
            sql: "SELECT batch, detector, entry FROM redo WHERE shard = ? AND batch > ? ORDER BY batch",
            arguments: [shard, batch]
        )
        while let row = try rows.next() {
            let number: Int = row["batch"]
            guard let entry = RedoEntry(detector: row["detector"], decoding: DatabaseBytes.decode(row["entry"])) else {
                throw StateError(
                    "read",
                    "redo batch \(number) of \(shard)",
                    "it is damaged",
                    "Restore the state directory."
                )
            }
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
// score f64, grade f64, features f64 each.
extension RedoEntry {
    private static let version: UInt8 = 1
    private static let hasIdentity: UInt8 = 128

    func encoded() -> [UInt8] {
        let width = records.first { $0.outcome == .scored }?.features.count ?? 0
        var bytes: [UInt8] = [Self.version, UInt8(width)]
        bytes.reserveCapacity(6 + records.count * (45 + 8 * width))
        bytes.appendLittleEndian(UInt32(records.count))
        for record in records {
            bytes.append(record.outcome.rawValue | (record.identity == nil ? 0 : Self.hasIdentity))
            if let identity = record.identity { identity.append(to: &bytes) }
            bytes.appendLittleEndian(record.time)
            guard record.outcome == .scored else { continue }
            bytes.appendLittleEndian(record.score.bitPattern)
            bytes.appendLittleEndian(record.grade.bitPattern)
            for feature in record.features { bytes.appendLittleEndian(feature.bitPattern) }
        }
        return bytes
    }

    /// `nil` when the bytes are not a whole entry of a version known here.
    init?(detector: String, decoding bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard reader.next(UInt8.self) == Self.version, let width = reader.next(UInt8.self),
            let count = reader.next(UInt32.self), Int(count) <= bytes.count
        else { return nil }
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
                for _ in 0..<width {
                    guard let feature = reader.nextDouble() else { return nil }
                    record.features.append(feature)
                }
            }
            records.append(record)
        }
        guard reader.isAtEnd else { return nil }
        self.init(detector: detector, records: records)
    }
}
