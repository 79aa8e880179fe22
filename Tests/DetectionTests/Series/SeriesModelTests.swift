import RandomCutForest
import Testing

@testable import Detection

@Suite struct SeriesModelTests {
    private static let start = 1_400_000_000.0

    /// Rows of five minutes: days, noise, and a spike in row 1000.
    private static func value(_ row: Int, _ stream: inout TestStream) -> Double {
        let phase = (row * 300) % 86_400
        return Double(abs(phase - 43_200)) / 4_320 + stream.unit() + (row == 1000 ? 40 : 0)
    }

    private static func readings(_ values: [Double], hasClock: Bool = true) throws -> [SeriesReading] {
        var model = try SeriesModel(features: 1, seed: 3)
        return try values.enumerated().map { row, value in
            try model.assess([value].span, time: hasClock ? start + Double(row) * 300 : nil)
        }
    }

    private static func sample(_ count: Int = 1_100) -> [Double] {
        var stream = TestStream(seed: 11)
        return (0..<count).map { value($0, &stream) }
    }

    @Test func `a spike is an alarm, its reason is the range, and nothing else is one`() throws {
        let readings = try Self.readings(Self.sample())
        #expect(readings[1000].isAlarm && readings[1000].reason == .range)
        #expect(readings[1000].grade > 0.5)
        #expect(readings.indices.filter { readings[$0].isAlarm } == [1000])
        #expect(readings.allSatisfy { (0..<1).contains($0.grade) && ($0.grade >= 0.5) == $0.isAlarm })
    }

    @Test func `what comes later changes no earlier reading`() throws {
        let values = Self.sample(900)
        let whole = try Self.readings(values)
        let other = try Self.readings(Array(values.prefix(700)) + [1e9, -4, 0, 77])
        #expect(other.prefix(700) == whole.prefix(700))
    }

    @Test(arguments: [(1024.0, 0.0), (0.0078125, 0.0), (-1.0, 0.0)])
    func `another unit, by a power of two, changes no reading`(scale: Double, shift: Double) throws {
        let values = Self.sample(700)
        let scaled = try Self.readings(values.map { $0 * scale + shift })
        for (one, other) in zip(try Self.readings(values), scaled) {
            #expect(one.isAlarm == other.isAlarm)
            // Only the least deviation of 1e-9 and, for the mirrored values, the forests' cuts know a difference.
            if scale > 0 { #expect(abs(one.level - other.level) <= 1e-4) }
        }
    }

    @Test func `without a clock nothing is said of days and weeks, and a spike is found all the same`() throws {
        let readings = try Self.readings(Self.sample(), hasClock: false)
        #expect(readings[1000].isAlarm)
        #expect(!readings.contains { [.week, .day, .dayRank].contains($0.reason) })
    }

    @Test func `nothing is strange about values that never change`() throws {
        for reading in try Self.readings([Double](repeating: 5, count: 1000)) { #expect(reading.level == 0) }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e39])
    func `a value that no forest can take is refused, and nothing is learned`(value: Double) throws {
        var model = try SeriesModel(features: 2, seed: 1)
        for row in 0..<60 { _ = try model.assess([Double(row % 5), 1].span, time: Double(row) * 60) }
        let before = model.snapshot()
        let expected: DetectorError = value == 1e39 ? .valueTooLarge(feature: 1) : .forest(.notFinite(feature: 1))
        #expect(throws: expected) { _ = try model.assess([1, value].span, time: 0) }
        #expect(throws: DetectorError.forest(.wrongFeatureCount(expected: 2, got: 1))) {
            _ = try model.assess([1].span, time: 0)
        }
        #expect(model.snapshot() == before)
        #expect(model.rows == 60)
    }

    @Test func `a time that is no number counts as none`() throws {
        var (one, other) = (try SeriesModel(features: 1), try SeriesModel(features: 1))
        for row in 0..<400 {
            let value = [Double(row % 13)]
            let time: Double = row % 2 == 0 ? .nan : .infinity
            #expect(try one.assess(value.span, time: time) == other.assess(value.span, time: nil))
        }
    }

    @Test(arguments: [0, 101])
    func `there are 1 to 100 features`(features: Int) {
        #expect(throws: DetectorError.self) { _ = try SeriesModel(features: features) }
    }

    @Test(arguments: [(1, 8), (2, 16), (3, 10), (19, 70), (100, 300)])
    func `what a model may come to hold is known beforehand`(features: Int, mebibytes: Int) throws {
        let model = try SeriesModel(features: features)
        #expect(model.memoryBytes <= mebibytes << 20, "\(model.memoryBytes)")
    }

    @Test func `what happens to all features at once is an alarm`() throws {
        var model = try SeriesModel(features: 10, seed: 5)
        var stream = TestStream(seed: 2)
        var alarms: [Int] = []
        for row in 0..<900 {
            let values = (0..<10).map { feature in
                Double(feature * feature) + stream.unit() * Double(feature + 1) * (row == 800 ? 9 : 1)
            }
            if try model.assess(values.span, time: Self.start + Double(row) * 60).isAlarm { alarms.append(row) }
        }
        #expect(alarms == [800])
    }
}
