import Detection
import RandomCutForest
import Testing

@Suite struct DetectorTests {
    static let small = ForestOptions(features: 2, trees: 10, sampleSize: 64, timeDecay: 1000, seed: 4)

    /// Two features: uniform values, and one in forty far away.
    private func record(_ stream: inout TestStream) -> [Double] {
        stream.next() % 40 == 0 ? [stream.unit() + 20, stream.unit()] : [stream.unit(), stream.unit()]
    }

    @Test func `the score is the forest's own`() throws {
        var detector = try Detector(DetectorOptions(forest: Self.small))
        var forest = try RandomCutForest(Self.small)
        var stream = TestStream(seed: 1)
        for _ in 0..<300 {
            let features = record(&stream)
            let values = features.map { Float($0) }
            let expected = try forest.scoreAndUpdate(values.span)
            #expect(try detector.judge(features.span).score == expected)
        }
    }

    @Test(arguments: [0.9, 1.5, 3])
    func `with a fixed score, a finding is exactly what scores more`(threshold: Double) throws {
        var detector = try Detector(DetectorOptions(forest: Self.small, rule: .score(threshold)))
        var stream = TestStream(seed: 2)
        for _ in 0..<600 {
            let features = record(&stream)
            let judgement = try detector.judge(features.span)
            #expect((judgement.grade >= 0.5) == (judgement.score > threshold))
            #expect((0..<1).contains(judgement.grade))
            #expect(judgement.isFinding == (judgement.grade >= 0.5))
        }
    }

    @Test func `a score that equals the fixed one is no finding, and the least greater one is`() throws {
        // A constant scores exactly as in `RandomCutForestTests`: the same number each time.
        var forest = try RandomCutForest(ForestOptions(trees: 4))
        let value: [Float] = [1]
        for _ in 0..<300 { try forest.update(value.span) }
        let score = try forest.score(value.span)
        for (threshold, isFinding) in [(score, false), (score.nextDown, true), (score.nextUp, false)] {
            var detector = try Detector(DetectorOptions(forest: ForestOptions(trees: 4), rule: .score(threshold)))
            let features = [1.0]
            for _ in 0..<300 { _ = try detector.judge(features.span) }
            let judgement = try detector.judge(features.span)
            #expect(judgement.score == score && judgement.isFinding == isFinding)
        }
    }

    @Test(arguments: [DetectorOptions.Rule.calibrated, .score(1.5)], [0, 1, 25])
    func `within the refractory period findings are no alerts, and are findings all the same`(
        rule: DetectorOptions.Rule,
        refractory: Int
    ) throws {
        var detector = try Detector(DetectorOptions(forest: Self.small, rule: rule, refractory: refractory))
        var free = try Detector(DetectorOptions(forest: Self.small, rule: rule))
        var stream = TestStream(seed: 3)
        var lastAlert = -1_000_000
        var findings = 0
        for index in 0..<2000 {
            let features = record(&stream)
            let judgement = try detector.judge(features.span)
            let unsuppressed = try free.judge(features.span)
            #expect(judgement.grade == unsuppressed.grade && judgement.level == unsuppressed.level)
            #expect(unsuppressed.isAlert == unsuppressed.isFinding)
            #expect(judgement.isAlert == (judgement.isFinding && index - lastAlert > refractory))
            if judgement.isAlert { lastAlert = index }
            if judgement.isFinding { findings += 1 }
        }
        #expect(findings > 20)
    }

    @Test func `nothing is found before the detector is warm, and warm it stays`() throws {
        var detector = try Detector(DetectorOptions(forest: Self.small))
        var stream = TestStream(seed: 6)
        var wasWarm = false
        for _ in 0..<500 {
            let features = record(&stream)
            let judgement = try detector.judge(features.span)
            #expect(judgement.isWarm || (judgement.grade == 0 && !judgement.isAlert && judgement.threshold == nil))
            #expect(judgement.isWarm || !wasWarm)
            wasWarm = judgement.isWarm
        }
        #expect(wasWarm)
    }

    @Test(
        arguments: [
            ([1, .nan], DetectorError.forest(.notFinite(feature: 1))),
            ([-.infinity, 1], .forest(.notFinite(feature: 0))),
            ([1, 1e39], .valueTooLarge(feature: 1)),
            ([-3.5e38, 1], .valueTooLarge(feature: 0)),
            ([1], .forest(.wrongFeatureCount(expected: 2, got: 1))),
            ([], .forest(.wrongFeatureCount(expected: 2, got: 0))),
            ([1, 2, 3], .forest(.wrongFeatureCount(expected: 2, got: 3))),
        ] as [([Double], DetectorError)]
    )
    func `what no forest can hold is refused, and nothing is learned`(features: [Double], expected: DetectorError)
        throws
    {
        var detector = try Detector(DetectorOptions(forest: Self.small))
        let fine = [1.0, 2]
        for _ in 0..<100 { _ = try detector.judge(fine.span) }
        let before = detector.snapshot()
        #expect(throws: expected) { _ = try detector.judge(features.span) }
        #expect(detector.snapshot() == before)
        #expect(!expected.description.isEmpty)
    }

    @Test(arguments: [
        (DetectorOptions(rule: .score(0)), "score"),
        (DetectorOptions(rule: .score(.nan)), "score"),
        (DetectorOptions(rule: .score(.infinity)), "score"),
        (DetectorOptions(refractory: -1), "refractory"),
        (DetectorOptions(forest: ForestOptions(trees: 0)), "trees"),
    ])
    func `an option out of range is refused by name`(options: DetectorOptions, name: String) {
        #expect {
            _ = try Detector(options)
        } throws: { error in
            "\(error)".contains(name)
        }
    }
}
