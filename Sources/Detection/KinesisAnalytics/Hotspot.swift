/// A small region with many records of a window.
public struct Hotspot: Sendable, Equatable {
    /// Records in it.
    public let records: Int
    /// `records` divided by the volume of the box around them. A side without length counts as
    /// `scanRadius`, within which records are not told apart.
    public let density: Double
    /// The greatest value of each column, in the columns' order.
    public let maxValues: [Double]
    /// The least value of each column.
    public let minValues: [Double]

    init(records: Int, minValues: [Double], maxValues: [Double], scanRadius: Double) {
        self.records = records
        self.minValues = minValues
        self.maxValues = maxValues
        var volume = 1.0
        for column in minValues.indices {
            let side = maxValues[column] - minValues[column]
            volume *= side > 0 ? side : scanRadius
        }
        // JSON has no infinity.
        density = min(Double(records) / volume, .greatestFiniteMagnitude)
    }

    /// Whether a record lies between ``minValues`` and ``maxValues`` in every column, bounds included: all that the
    /// function tells of where a hotspot is. What is no number lies in none.
    ///
    /// - Precondition: `record` has one value per column.
    public func contains(_ record: borrowing Span<Double>) -> Bool {
        precondition(record.count == minValues.count, "a record of other columns")
        for column in record.indices
        where !(record[column] >= minValues[column] && record[column] <= maxValues[column]) { return false }
        return true
    }

    /// What the function returns as `HOTSPOTS_RESULT`:
    ///
    ///     {"hotspots":[{"density":12.5,"maxValues":[1.5,2.0],"minValues":[1.0,1.5]},…]}
    ///
    /// Source: `hotspots_viewer.js` in Amazon's Developer Guide, which reads it.
    public static func json(_ hotspots: [Hotspot]) -> String {
        "{\"hotspots\":[" + hotspots.map(\.json).joined(separator: ",") + "]}"
    }

    private var json: String {
        "{\"density\":\(density),\"maxValues\":\(Self.array(maxValues)),\"minValues\":\(Self.array(minValues))}"
    }

    private static func array(_ values: [Double]) -> String {
        "[" + values.map { "\($0)" }.joined(separator: ",") + "]"
    }
}

/// The parameters of `HOTSPOTS` in Amazon Kinesis Data Analytics, with its names and ranges.
public struct HotspotOptions: Sendable, Equatable {
    /// Numeric columns of a record. 1...30.
    public var columns: Int
    /// Records that are considered, the newest. 100...1000.
    public var windowSize: Int
    /// How near two neighbours in a hotspot are at most, in the units of the columns. Greater than 0, finite.
    public var scanRadius: Double
    /// 2...windowSize.
    public var minimumNumberOfPointsInAHotspot: Int

    public init(columns: Int, windowSize: Int, scanRadius: Double, minimumNumberOfPointsInAHotspot: Int) {
        self.columns = columns
        self.windowSize = windowSize
        self.scanRadius = scanRadius
        self.minimumNumberOfPointsInAHotspot = minimumNumberOfPointsInAHotspot
    }

    /// - Throws: `.optionOutOfRange`, for the first parameter outside its range.
    public func validate() throws(DetectorError) {
        try KinesisForestOptions.check("columns", columns, 1...30)
        try KinesisForestOptions.check("windowSize", windowSize, 100...1000)
        guard scanRadius > 0 && scanRadius.isFinite else {
            throw .optionOutOfRange(parameter: "scanRadius", value: "\(scanRadius)", range: "greater than 0 and finite")
        }
        guard (2...windowSize).contains(minimumNumberOfPointsInAHotspot) else {
            throw .optionOutOfRange(
                parameter: "minimumNumberOfPointsInAHotspot",
                value: "\(minimumNumberOfPointsInAHotspot)",
                range: "2...\(windowSize), which is windowSize"
            )
        }
    }
}
