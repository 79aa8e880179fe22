import RandomCutForest
import Testing

@testable import Detection

@Suite struct SeriesModelTests {
    private static let start = 1_400_000_000.0

    /// Rows of five minutes: days, noise, and a spike in row 800.
    private static func value(_ row: Int, _ stream: inout TestStream) -> Double {
        let phase = (row * 300) % 86_400
        return Double(abs(phase - 43_200)) / 4_320 + stream.unit() + (row == 800 ? 40 : 0)
    }

    private static func readings(_ values: [Double], hasClock: Bool = true) throws -> [SeriesReading] {
        var model = try SeriesModel(features: 1, seed: 3)
        return try values.enumerated().map { row, value in
            try model.assess([value].span, time: hasClock ? start + Double(row) * 300 : nil)
        }
    }

    private static func sample(_ count: Int = 810) -> [Double] {
        var stream = TestStream(seed: 11)
        return (0..<count).map { value($0, &stream) }
    }

    @Test func `a spike is an alarm, its reason is the range, and nothing else is one`() throws {
        let readings = try Self.readings(Self.sample())
        #expect(readings[800].isAlarm && readings[800].reason == .range)
        #expect(readings[800].grade > 0.5)
        // While the model has seen but one day, the second may surprise it.
        #expect(readings.indices.filter { $0 >= 600 && readings[$0].isAlarm } == [800])
        #expect(readings.allSatisfy { (0..<1).contains($0.grade) && ($0.grade >= 0.5) == $0.isAlarm })
    }

    @Test func `what comes later changes no earlier reading`() throws {
        let values = Self.sample(400)
        let whole = try Self.readings(values)
        let other = try Self.readings(Array(values.prefix(350)) + [1e9, -4, 0, 77])
        #expect(other.prefix(350) == whole.prefix(350))
    }

    @Test(arguments: [1024, 0.0078125])
    func `another unit, by a power of two, changes no reading`(scale: Double) throws {
        let values = Self.sample(400)
        let scaled = try Self.readings(values.map { $0 * scale })
        for (one, other) in zip(try Self.readings(values), scaled) {
            #expect(one.isAlarm == other.isAlarm)
            // Only the least deviation, of 1e-9, knows a difference.
            #expect(abs(one.level - other.level) <= 1e-6)
        }
    }

    @Test func `without a clock nothing is said of days and weeks, and a spike is found all the same`() throws {
        let readings = try Self.readings(Self.sample(), hasClock: false)
        #expect(readings[800].isAlarm)
        #expect(!readings.contains { [.week, .day, .dayRank].contains($0.reason) })
    }

    @Test func `nothing is strange about values that never change`() throws {
        for reading in try Self.readings([Double](repeating: 5, count: 300)) { #expect(reading.level < 1e-9) }
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
        var one = try SeriesModel(features: 1)
        var other = try SeriesModel(features: 1)
        for row in 0..<120 {
            let value = [Double(row % 13)]
            let time: Double = row % 2 == 0 ? .nan : .infinity
            let expected = try other.assess(value.span, time: nil)
            let reading = try one.assess(value.span, time: time)
            #expect(reading == expected)
        }
    }

    @Test(arguments: [0, 101])
    func `there are 1 to 100 features`(features: Int) {
        #expect(throws: DetectorError.self) { _ = try SeriesModel(features: features) }
    }

    @Test(arguments: [(1, 16), (2, 28), (3, 20), (19, 112), (100, 580)])
    func `what a model may come to hold is known beforehand`(features: Int, mebibytes: Int) throws {
        let model = try SeriesModel(features: features)
        #expect(model.memoryBytes <= mebibytes << 20, "\(model.memoryBytes)")
    }

    @Test func `what happens to all features at once is an alarm`() throws {
        var model = try SeriesModel(features: 4, seed: 5)
        var stream = TestStream(seed: 2)
        var alarms: [Int] = []
        for row in 0..<460 {
            let values = (0..<4).map { feature in
                Double(feature * feature) + stream.unit() * Double(feature + 1) * (row == 450 ? 9 : 1)
            }
            let reading = try model.assess(values.span, time: Self.start + Double(row) * 60)
            if reading.isAlarm, row >= 300 { alarms.append(row) }
        }
        #expect(alarms == [450])
    }
}
