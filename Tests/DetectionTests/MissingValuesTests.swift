import Detection
import RandomCutForest
import Testing

@Suite struct MissingValuesTests {
    private static func options(_ missing: MissingValues, shingle: Int = 2) -> DetectorOptions {
        DetectorOptions(
            forest: ForestOptions(features: 2, shingleSize: shingle, trees: 10, sampleSize: 64, seed: 2),
            missing: missing
        )
    }

    @Test(
        arguments: [
            (MissingValues.zero, [0, 0, 0, 0]), (.previous, [20, 20, 30, 31]),
            // Observed so far 10, 20: one step on is 30, however long nothing comes. Then 30, 31.
            (.linear, [30, 30, 40, 32]),
        ] as [(MissingValues, [Double])]
    )
    func `a missing value is judged and learned as what stands for it`(missing: MissingValues, filled: [Double]) throws
    {
        var detector = try Detector(Self.options(missing))
        var reference = try Detector(Self.options(.refuse))
        let given: [Double] = [10, 20, .nan, .nan, 30, .nan, 31, .nan]
        var rest = filled[...]
        for (index, value) in given.enumerated() {
            let other = Double(index % 3)
            let same = value.isNaN ? rest.removeFirst() : value
            _ = try detector.judge([other, value].span)
            _ = try reference.judge([other, same].span)
        }
        var stream = TestStream(seed: 9)
        for _ in 0..<200 {
            let values = [stream.gaussian(), 15 + stream.gaussian()]
            #expect(try detector.judge(values.span).score == reference.judge(values.span).score)
        }
    }

    @Test func `the forest puts in what goes with the other values`() throws {
        var detector = try Detector(Self.options(.forest, shingle: 1))
        var stream = TestStream(seed: 3)
        // Two clusters: 0 goes with 0, 100 with 50.
        func record(_ isHigh: Bool, _ missing: Bool) -> [Double] {
            [(isHigh ? 100 : 0) + stream.gaussian(), missing ? .nan : (isHigh ? 50 : 0) + stream.gaussian()]
        }
        for index in 0..<1_000 { _ = try detector.judge(record(index % 2 == 0, false).span) }
        for index in 0..<40 {
            let judgement = try detector.judge(record(index % 2 == 0, true).span, above: 0.001)
            if let why = judgement.explanation { #expect(abs(why.observed[1] - (index % 2 == 0 ? 50 : 0)) < 5) }
        }
    }

    @Test(arguments: [MissingValues.previous, .linear, .forest])
    func `before there is anything to put in, the record is refused and nothing is learned`(missing: MissingValues)
        throws
    {
        var detector = try Detector(Self.options(missing))
        let before = detector.snapshot()
        #expect(throws: DetectorError.nothingBefore(feature: 1)) { try detector.judge([1, .nan].span) }
        #expect(detector.snapshot() == before)
        _ = try detector.judge([1, 2].span)
        _ = try detector.judge([1, .nan].span)
    }

    @Test(arguments: MissingValues.allCases)
    func `infinities are missing for nobody`(missing: MissingValues) throws {
        var detector = try Detector(Self.options(missing))
        #expect(throws: DetectorError.forest(.notFinite(feature: 0))) { try detector.judge([.infinity, 1].span) }
    }

    @Test(arguments: MissingValues.allCases.dropFirst())
    func `a restored detector puts in the same`(missing: MissingValues) throws {
        var detector = try Detector(Self.options(missing))
        var stream = TestStream(seed: 8)
        func record(_ index: Int) -> [Double] { [index % 7 == 3 ? .nan : stream.gaussian(), stream.unit()] }
        for index in 0..<200 { _ = try detector.judge(record(index).span) }
        var restored = try Detector(snapshot: detector.snapshot(), options: detector.options)
        for index in 0..<200 {
            let values = record(index)
            #expect(try restored.judge(values.span) == detector.judge(values.span))
        }
        #expect(restored.snapshot() == detector.snapshot())
    }
}
