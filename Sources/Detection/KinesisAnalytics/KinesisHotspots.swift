public import RandomCutForest

/// `HOTSPOTS` of Amazon Kinesis Data Analytics: regions with many of the newest records.
///
/// A record with at least `minimumNumberOfPointsInAHotspot` records within
/// `scanRadius`, itself counted, is in the core of a hotspot; cores that near each
/// other are one hotspot, and so is every record that near to a core of it, even to those of several.
///
/// Who is near whom is kept from record to record, as bits, so that a record
/// is compared with each in the window once.
///
/// Source: the SQL Reference's page of the function, which names DBSCAN (Ester et al., KDD 1996).
public struct KinesisHotspots: Sendable {
    public let options: HotspotOptions
    /// Records seen so far; refused ones do not count.
    public private(set) var records: UInt64 = 0

    /// `windowSize` rows, of which record n is row n % windowSize.
    private var values: [Double]
    /// `windowSize` rows of bits: bit j of row i is set where the two are near.
    private var near: [UInt64]
    private let wordsPerRow: Int

    /// - Throws: as `HotspotOptions.validate()`.
    public init(_ options: HotspotOptions) throws(DetectorError) {
        try options.validate()
        self.init(validated: options)
    }

    private init(validated options: HotspotOptions) {
        self.options = options
        wordsPerRow = (options.windowSize + 63) / 64
        values = [Double](repeating: 0, count: options.windowSize * options.columns)
        near = [UInt64](repeating: 0, count: options.windowSize * wordsPerRow)
    }

    /// Takes a record into the window, in the place of the oldest.
    ///
    /// - Parameter record: One value per column, in comparable units.
    /// - Returns: All hotspots of the window, the densest first.
    /// - Throws: `.forest` for a wrong number of values, NaN and ±∞. The record is then left out.
    /// - Complexity: O(windowSize × (columns + windowSize / 64)): at most 30,000 differences and 16,000 words.
    public mutating func add(_ record: borrowing Span<Double>) throws(DetectorError) -> [Hotspot] {
        try learn(record)
        return hotspots()
    }

    /// Takes a record into the window without asking for its hotspots, for those who ask now and then.
    ///
    /// - Throws: as `add(_:)`.
    /// - Complexity: O(windowSize × columns); no allocation.
    public mutating func learn(_ record: borrowing Span<Double>) throws(DetectorError) {
        guard record.count == options.columns else {
            throw .forest(.wrongFeatureCount(expected: options.columns, got: record.count))
        }
        for column in record.indices where !record[column].isFinite { throw .forest(.notFinite(feature: column)) }
        let row = Int(records % UInt64(options.windowSize))
        for column in record.indices { values[row * options.columns + column] = record[column] }
        records += 1
        compare(row)
    }

    private var filled: Int { Int(min(records, UInt64(options.windowSize))) }

    /// Notes which records are near the one in `row`.
    private mutating func compare(_ row: Int) {
        let columns = options.columns
        let limit = options.scanRadius * options.scanRadius
        let (word, bit) = (row / 64, UInt64(1) << UInt64(row % 64))
        for index in 0..<wordsPerRow { near[row * wordsPerRow + index] = 0 }
        for other in 0..<filled {
            var square = 0.0
            for column in 0..<columns {
                let difference = values[row * columns + column] - values[other * columns + column]
                square += difference * difference
            }
            let isNear = square <= limit
            near[other * wordsPerRow + word] &= ~bit
            guard isNear else { continue }
            near[other * wordsPerRow + word] |= bit
            near[row * wordsPerRow + other / 64] |= UInt64(1) << UInt64(other % 64)
        }
    }

    /// All hotspots of the window as it is, the densest first.
    ///
    /// - Complexity: O(windowSize² / 64).
    public func hotspots() -> [Hotspot] {
        var isCore = [Bool](repeating: false, count: filled)
        for row in 0..<filled {
            var count = 0
            for word in 0..<wordsPerRow { count += near[row * wordsPerRow + word].nonzeroBitCount }
            isCore[row] = count >= options.minimumNumberOfPointsInAHotspot
        }
        var hotspots: [Hotspot] = []
        var isDone = [Bool](repeating: false, count: filled)
        for row in 0..<filled where isCore[row] && !isDone[row] {
            hotspots.append(hotspot(around: row, isCore, &isDone))
        }
        return hotspots.sorted { $0.density > $1.density }
    }

    /// Collects what is connected with a core.
    private func hotspot(around first: Int, _ isCore: [Bool], _ isDone: inout [Bool]) -> Hotspot {
        var members = [UInt64](repeating: 0, count: wordsPerRow)
        var pending = [first]
        isDone[first] = true
        while let core = pending.popLast() {
            for word in 0..<wordsPerRow {
                var new = near[core * wordsPerRow + word] & ~members[word]
                members[word] |= new
                while new != 0 {
                    let row = word * 64 + new.trailingZeroBitCount
                    new &= new - 1
                    if isCore[row] && !isDone[row] {
                        isDone[row] = true
                        pending.append(row)
                    }
                }
            }
        }
        return hotspot(of: members)
    }

    private func hotspot(of members: [UInt64]) -> Hotspot {
        var least = [Double](repeating: .infinity, count: options.columns)
        var greatest = [Double](repeating: -.infinity, count: options.columns)
        var count = 0
        for row in 0..<filled where members[row / 64] >> UInt64(row % 64) & 1 == 1 {
            count += 1
            for column in 0..<options.columns {
                let value = values[row * options.columns + column]
                least[column] = min(least[column], value)
                greatest[column] = max(greatest[column], value)
            }
        }
        return Hotspot(records: count, minValues: least, maxValues: greatest, scanRadius: options.scanRadius)
    }
}

extension KinesisHotspots {
    private static let format = SnapshotFormat(name: "KinesisHotspots", magic: "KAHS", version: 1)

    /// The window as bytes: restored from them, it continues alike. Who is near whom follows from the records.
    public func snapshot() -> [UInt8] {
        Self.format.encode { writer in
            writer.write(UInt16(options.columns))
            writer.write(UInt16(options.windowSize))
            writer.write(options.scanRadius)
            writer.write(UInt16(options.minimumNumberOfPointsInAHotspot))
            writer.write(records)
            for value in values { writer.write(value) }
        }
    }

    /// Restores a window that was made with the same options.
    ///
    /// - Throws: any `SnapshotError`; `.otherOptions` names the first option that differs.
    public init(snapshot: [UInt8], options: HotspotOptions) throws(SnapshotError) {
        var reader = try Self.format.decode(snapshot)
        let own = HotspotOptions(
            columns: Int(try reader.read(UInt16.self)),
            windowSize: Int(try reader.read(UInt16.self)),
            scanRadius: try reader.read(Double.self),
            minimumNumberOfPointsInAHotspot: Int(try reader.read(UInt16.self))
        )
        do { try own.validate() } catch { throw .damaged(reason: "its options: \(error)") }
        try options.requireEqual(toSnapshot: own)
        self.init(validated: own)
        let count = try reader.read(UInt64.self)
        guard count < 1 << 62 else { throw .damaged(reason: "its count of records cannot be") }
        for index in values.indices { values[index] = try reader.read(Double.self) }
        try reader.finish()
        records = count
        for row in 0..<filled { compare(row) }
    }
}

extension HotspotOptions {
    fileprivate func requireEqual(toSnapshot other: HotspotOptions) throws(SnapshotError) {
        let minimum = "minimumNumberOfPointsInAHotspot"
        let triples = [
            ("columns", "\(other.columns)", "\(columns)"),
            ("windowSize", "\(other.windowSize)", "\(windowSize)"),
            ("scanRadius", "\(other.scanRadius)", "\(scanRadius)"),
            (minimum, "\(other.minimumNumberOfPointsInAHotspot)", "\(minimumNumberOfPointsInAHotspot)"),
        ]
        for (option, snapshot, wanted) in triples where snapshot != wanted {
            throw .otherOptions(option: option, snapshot: snapshot, wanted: wanted)
        }
    }
}
