import Foundation
import RandomCutForest
import Testing

@testable import Detection

@Suite struct SeriesLevelTests {
    struct Recorded {
        var values: [[Double]] = []
        var times: [Double?] = []
        var levels: [Double] = []
    }

    /// Reads `series_levels.csv`, which `series_levels.py` beside that wrote.
    static func recorded(_ set: String) throws -> Recorded {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let file = tests.appending(path: "Fixtures/series_levels.csv")
        var recorded = Recorded()
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count == 4, fields[0] == set else { continue }
            recorded.times.append(Double(fields[1]))
            recorded.values.append(try fields[2].split(separator: " ").map { try #require(Double($0)) })
            recorded.levels.append(try #require(Double(fields[3])))
        }
        return recorded
    }

    @Test(arguments: [("daily", 1), ("several", 3)])
    func `levels agree with an implementation in numpy`(set: String, features: Int) throws {
        let recorded = try Self.recorded(set)
        #expect(recorded.levels.count >= 900)
        var level = try SeriesLevel(features: features, seed: 0)
        var greatest = 0.0
        for (row, values) in recorded.values.enumerated() {
            let found = try level.update(
                values.span,
                time: recorded.times[row],
                forestScore: 1 + Double(row * 37 % 11) / 20,
                residualScore: 0.9 + Double(row * 53 % 13) / 20
            )
            greatest = max(greatest, abs(found - recorded.levels[row]) / max(recorded.levels[row], 0.1))
        }
        #expect(greatest < 1e-6)
    }

    /// Minutes with a daily curve of 1440 slots would take long to learn, so ten-minute ones: 144 rows a day.
    static func daily(_ rows: Range<Int>, change: (Int) -> Double = { _ in 0 }) -> [Double] {
        var stream = TestStream(seed: 61)
        return (0..<rows.upperBound).map { row in
            50 + 20 * curve(row) + 2 * stream.gaussian() + change(row)
        }.suffix(rows.count)
    }

    /// A triangle, which is the same on every machine.
    private static func curve(_ row: Int) -> Double { abs(Double(row % 144) / 36 - 2) - 1 }

    /// Levels of one feature, with forests that find no row stranger than another: they are tested by themselves.
    static func levels(
        _ values: [Double],
        times: Bool = true,
        forestScore: Double = 1
    ) throws -> [Double] {
        var level = try SeriesLevel(features: 1, seed: 3)
        var levels: [Double] = []
        for (row, value) in values.enumerated() {
            let features = [value]
            let time = times ? Double(row) * 600 : nil
            levels.append(
                try level.update(features.span, time: time, forestScore: forestScore, residualScore: forestScore)
            )
        }
        return levels
    }

    private func mean(_ levels: ArraySlice<Double>) -> Double { levels.reduce(0, +) / Double(levels.count) }

    @Test func `a row is judged by the rows before it alone`() throws {
        let values = Self.daily(0..<1400)
        let changed = Self.daily(0..<1400) { $0 >= 1300 ? 500 : 0 }
        let (levels, others) = (try Self.levels(values), try Self.levels(changed))
        #expect(levels[..<1300] == others[..<1300])
        #expect(levels[1300] != others[1300])
    }

    @Test(arguments: [true, false])
    func `a spike stands out at once, with times and without`(times: Bool) throws {
        let levels = try Self.levels(Self.daily(0..<1500) { $0 == 1400 ? 40 : 0 }, times: times)
        #expect(levels[1400] > 1)
        #expect(levels[1000..<1400].allSatisfy { $0 < 1 })
    }

    @Test(arguments: [true, false])
    func `a shift stands out while it lasts, with times and without`(times: Bool) throws {
        let levels = try Self.levels(Self.daily(0..<1500) { (1400..<1440).contains($0) ? 25 : 0 }, times: times)
        #expect(mean(levels[1400..<1440]) > 1.5 * mean(levels[1000..<1400]))
    }

    @Test func `with times, the usual value at an unusual time stands out`() throws {
        // A day whose curve comes three hours late: forecasts of the next row hardly notice.
        var values = Self.daily(0..<1700)
        let late = Self.daily(0..<1700)
        for row in 1584..<1656 { values[row] = late[row - 18] }
        let (with, without) = (try Self.levels(values), try Self.levels(values, times: false))
        let ratio = mean(with[1590..<1656]) / mean(with[1200..<1584])
        #expect(ratio > 1.5)
        #expect(ratio > mean(without[1590..<1656]) / mean(without[1200..<1584]))
    }

    @Test(arguments: [1e3, 1e6, 1e12, 1e38, -1e38])
    func `one wild value does not blind the next hours`(wild: Double) throws {
        // An hour of minutes is 60 rows; the profile has the wild value for its slot only.
        let plain = try Self.levels(Self.daily(0..<1600) { $0 == 1460 ? 40 : 0 })
        let after = try Self.levels(Self.daily(0..<1600) { $0 == 1400 ? wild : $0 == 1460 ? 40 : 0 })
        #expect(after[1400] > 1.5)
        #expect(after[1460] > 1)
        #expect(after[1460] > 0.6 * plain[1460])
        #expect(mean(after[1500..<1600]) < 1.5 * mean(plain[1500..<1600]))
    }

    @Test(arguments: [0, 7, 0.1, -1e30, 3e38])
    func `a constant series has no level`(value: Double) throws {
        let levels = try Self.levels([Double](repeating: value, count: 1200), forestScore: 0)
        #expect(levels.allSatisfy { $0 == 0 })
    }

    @Test func `levels do not depend on the unit`() throws {
        let values = Self.daily(0..<1200)
        let (levels, scaled) = (try Self.levels(values), try Self.levels(values.map { $0 * 1024 }))
        let greatest = zip(levels, scaled).map { abs($0 - $1) }.max() ?? 0
        #expect(greatest < 1e-9)
    }

    @Test func `the same rows and seed give the same levels, another seed others`() throws {
        let values = Self.daily(0..<700)
        #expect(try Self.levels(values) == (try Self.levels(values)))
        var one = try SeriesLevel(features: 1, seed: 1)
        var other = try SeriesLevel(features: 1, seed: 2)
        var isSame = true
        for value in values {
            let features = [value]
            let level = try one.update(features.span, time: nil, forestScore: 1)
            isSame = try other.update(features.span, time: nil, forestScore: 1) == level && isSame
        }
        #expect(!isSame)
    }

    @Test(arguments: [
        ([1, .nan], DetectorError.forest(.notFinite(feature: 1))),
        ([-.infinity, 1], .forest(.notFinite(feature: 0))),
        ([1, 1e39], .valueTooLarge(feature: 1)),
        ([1], .forest(.wrongFeatureCount(expected: 2, got: 1))),
    ])
    func `what no row can be is refused, and nothing is learned`(row: [Double], error: DetectorError) throws {
        var one = try SeriesLevel(features: 2, seed: 1)
        var other = try SeriesLevel(features: 2, seed: 1)
        var stream = TestStream(seed: 62)
        for index in 0..<150 {
            let features = [stream.gaussian(), stream.walk()]
            if index % 50 == 40 {
                #expect(throws: error) { _ = try other.update(row.span, time: 0, forestScore: 1) }
            }
            let level = try one.update(features.span, time: Double(index) * 60, forestScore: 1)
            #expect(try other.update(features.span, time: Double(index) * 60, forestScore: 1) == level)
        }
    }

    @Test(arguments: 0..<6)
    func `levels are finite whatever finite values come`(seed: UInt64) throws {
        var level = try SeriesLevel(features: 2, seed: 0)
        var stream = TestStream(seed: seed)
        let interesting: [Double] = [0, -0.0, 1, -1, 3e38, -3e38, 1e-300, .leastNonzeroMagnitude, 1e9, .pi]
        let times: [Double?] = [nil, 0, -1, 1e300, .nan, .infinity, 86_399, 1.5]
        for row in 0..<1500 {
            let isWild = stream.next() % 8 < seed
            let features = (0..<2).map { _ in
                isWild ? interesting[Int(stream.next() % 10)] : stream.unit()
            }
            let time = stream.next() % 4 == 0 ? times[Int(stream.next() % 8)] : Double(row) * 900
            let found = try level.update(
                features.span,
                time: time,
                forestScore: stream.unit() * 8,
                residualScore: stream.unit()
            )
            #expect(found >= 0 && found < 1e30)
        }
    }
}
