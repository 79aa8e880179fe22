import RandomCutForest
import Testing

@testable import Detection

/// A detector whose model is that of a series.
@Suite struct SeriesDetectorTests {
    private static func options(features: Int = 1, border: Double = 1) -> DetectorOptions {
        DetectorOptions(
            forest: ForestOptions(features: features, seed: 3),
            border: border,
            missing: .previous,
            model: .series
        )
    }

    /// Ten-minute rows of a daily pattern with noise; spikes in the rows 700 and 705, of which the second is no event of
    /// its own, and a wrong time of day from row 900 on.
    private static func value(_ row: Int, _ stream: inout TestStream) -> Double {
        let hour = row % 144 / 6
        let usual = (9..<17).contains(hour) ? 50.0 : 10
        return (row >= 900 ? 60 - usual : usual) + stream.unit() + (row == 700 || row == 705 ? 400 : 0)
    }

    private static func time(_ row: Int) -> Double { 1_795_305_600 + Double(row) * 600 }

    @Test func `it judges as the model does, and what the model does not alarm about is suppressed`() throws {
        var detector = try Detector(Self.options())
        var model = try SeriesModel(features: 1, seed: 3)
        var stream = TestStream(seed: 5)
        var (alarms, echoes) = (0, 0)
        for row in 0..<960 {
            let value = [Self.value(row, &stream)]
            let judgement = try detector.judge(value.span, time: Self.time(row))
            let reading = try model.assess(value.span, time: Self.time(row))
            #expect(judgement.score == reading.alarmLevel && judgement.isWarm == reading.isWarm)
            guard reading.isWarm else { continue }
            #expect(judgement.isFinding == reading.isFinding && judgement.level == reading.alarmLevel)
            #expect(judgement.explanation?.view == (reading.isFinding ? reading.reason : nil))
            let isTold = judgement.isFinding && DecisionRules().suppression(of: judgement) == nil
            #expect(isTold == reading.isAlarm)
            if reading.isAlarm { alarms += 1 } else if judgement.isFinding { echoes += 1 }
            if row == 700 {
                #expect(judgement.isAlert && judgement.grade > 0.5 && judgement.explanation?.direction == .rises)
                #expect(judgement.explanation?.view == .range && judgement.explanation?.observed == value)
                #expect(judgement.explanation?.expected == [] && judgement.explanation?.attribution == [])
            }
        }
        #expect(alarms > 0 && echoes > 0)
    }

    @Test func `where another border makes findings, the first of an event by that border is told`() throws {
        for border in [0.5, 2.5] {
            var detector = try Detector(Self.options(border: border))
            var stream = TestStream(seed: 5)
            var told: [Int] = []
            var findings: [Int] = []
            for row in 0..<960 {
                let judgement = try detector.judge([Self.value(row, &stream)].span, time: Self.time(row))
                #expect(judgement.isFinding == (judgement.level > border))
                if judgement.isFinding { findings.append(row) }
                if judgement.isFinding, DecisionRules().suppression(of: judgement) == nil { told.append(row) }
            }
            #expect(told.contains(700) && told.first == findings.first && told.count < findings.count)
        }
    }

    @Test(arguments: [0, 60, 701])
    func `a restored detector continues bit-equal`(count: Int) throws {
        var original = try Detector(Self.options(features: 2))
        var stream = TestStream(seed: 6)
        for row in 0..<count {
            let values = [Self.value(row, &stream), row % 9 == 5 ? .nan : stream.gaussian()]
            _ = try original.judge(values.span, time: Self.time(row))
        }
        var restored = try Detector(snapshot: original.snapshot(), options: Self.options(features: 2))
        for row in count..<count + 100 {
            let values = [Self.value(row, &stream), row % 9 == 6 ? .nan : stream.gaussian()]
            let expected = try original.judge(values.span, time: Self.time(row))
            #expect(try restored.judge(values.span, time: Self.time(row)) == expected)
        }
        #expect(restored.snapshot() == original.snapshot())
    }

    @Test func `a value that is missing is that before, and a refused record leaves no trace`() throws {
        var detector = try Detector(Self.options())
        var plain = try Detector(Self.options())
        for row in 0..<400 {
            // Whole numbers, because what is repeated is remembered in 32 bits.
            let value = Double(row * 7 % 10)
            let isMissing = row % 7 == 3
            let written = isMissing ? Double((row - 1) * 7 % 10) : value
            #expect(throws: DetectorError.self) { try detector.judge([1e300].span, time: Self.time(row)) }
            let judgement = try detector.judge([isMissing ? .nan : value].span, time: Self.time(row))
            #expect(try judgement.score == plain.judge([written].span, time: Self.time(row)).score)
        }
    }

    @Test func `a score as threshold and values from a forest are refused`() throws {
        var options = Self.options()
        options.missing = .forest
        #expect(throws: DetectorError.self) { try options.validate() }
        options.missing = .refuse
        options.rule = .score(3)
        #expect { try options.validate() } throws: { "\($0)".contains("score must be left out for a series") }
    }
}
