import RandomCutForest
import Testing

@testable import Detection

@Suite struct ExplanationTests {
    private static func options(features: Int, shingle: Int = 1, border: Double = 1) -> DetectorOptions {
        DetectorOptions(
            forest: ForestOptions(features: features, shingleSize: shingle, trees: 50, timeDecay: 5_000, seed: 6),
            border: border
        )
    }

    private func learned(_ options: DetectorOptions, _ count: Int = 1_000, seed: UInt64 = 1) throws -> Detector {
        var detector = try Detector(options)
        var stream = TestStream(seed: seed)
        for _ in 0..<count {
            let values = (0..<options.forest.features).map { Double($0) * 100 + stream.gaussian() }
            _ = try detector.judge(values.span)
        }
        return detector
    }

    @Test(
        arguments: [
            ([30, 100, 200], 0, Direction.rises), ([0, 60, 200], 1, .drops), ([0.5, 100, 140], 2, .drops),
            ([0, 190, 200.5], 1, .rises),
        ] as [([Double], Int, Direction)]
    )
    func `a finding names the feature it comes from, its direction, and what was expected`(
        values: [Double],
        culprit: Int,
        direction: Direction
    ) throws {
        var detector = try learned(Self.options(features: 3))
        let judgement = try detector.judge(values.span)
        let why = try #require(judgement.explanation)
        #expect(why.direction == direction)
        #expect(why.attribution.indices.max { why.attribution[$0] < why.attribution[$1] } == culprit)
        #expect(abs(why.attribution.reduce(0, +) - judgement.score) < 1e-6)
        // Gaussian, deviation 1: what is ordinary is within three of it.
        #expect(abs(why.expected[culprit] - Double(culprit) * 100) < 3)
        for feature in 0..<3 where feature != culprit { #expect(why.expected[feature] == values[feature]) }
        #expect(why.observed == values)
        #expect((0...0.01).contains(why.likelihood) && why.likelihood > 0)
        #expect(!why.isEcho && !why.isDrift && !why.isNoise)
    }

    /// The workload of the shipped scripts: of such a cluster the trees say that it lies below its own like as often as not.
    @Test(arguments: [1, -1])
    func `what lies above the ordinary rises, however many like it came before`(sign: Double) throws {
        var detector = try Detector(Self.options(features: 1))
        var stream = TestStream(seed: 4)
        var directions: [Direction] = []
        for index in 0..<4_000 {
            let isOdd = index > 500 && index % 40 == 0
            let value = [sign * (isOdd ? 90 + (10 * stream.unit()).rounded() : 10 + (10 * stream.unit()).rounded())]
            if isOdd, let why = try detector.judge(value.span).explanation { directions.append(why.direction) }
            if !isOdd { _ = try detector.judge(value.span) }
        }
        #expect(directions.count > 50)
        #expect(directions.allSatisfy { $0 == (sign > 0 ? .rises : .drops) })
    }

    @Test func `explaining changes no score: with another border the same records score the same`() throws {
        var plain = try learned(Self.options(features: 1))
        var eager = try learned(Self.options(features: 1, border: 0.01))
        var stream = TestStream(seed: 2)
        for _ in 0..<500 {
            let value = [stream.gaussian()]
            let (one, other) = (try plain.judge(value.span), try eager.judge(value.span))
            #expect(one.score == other.score && one.level == other.level && one.grade == other.grade)
            #expect(other.isFinding == (other.explanation != nil))
        }
    }

    @Test(arguments: [0.3, 0.5, 0.6])
    func `with a border of a grade, findings are what has that grade and more`(grade: Double) throws {
        var detector = try learned(Self.options(features: 1, border: DetectorOptions.border(grade: grade)))
        var stream = TestStream(seed: 3)
        var findings = 0
        for index in 0..<2_000 {
            let value = [index % 40 == 0 ? 3 + 10 * stream.unit() : stream.gaussian()]
            let judgement = try detector.judge(value.span)
            // At the border itself rounding decides.
            guard abs(judgement.grade - grade) > 1e-9 else { continue }
            #expect(judgement.isFinding == (judgement.grade > grade))
            #expect(judgement.threshold.map { judgement.isFinding == (judgement.score > $0) } == true)
            if judgement.isFinding { findings += 1 }
        }
        #expect(findings > 0)
    }

    @Test func `what a spike leaves in the shingle is an echo, and a second spike is none`() throws {
        var detector = try learned(Self.options(features: 1, shingle: 4))
        func judge(_ value: Double) throws -> Judgement { try detector.judge([value].span) }
        let spike = try judge(40)
        #expect(spike.isFinding && spike.explanation?.isEcho == false)
        let after = try [0.1, -0.2, 0.3].map { try judge($0) }
        #expect(after.contains { $0.isFinding })
        for echo in after where echo.isFinding { #expect(echo.explanation?.isEcho == true) }
        for value in [0.2, 0, -0.4, 0.1, 0.3] { _ = try judge(value) }
        _ = try judge(-40)
        _ = try judge(0.1)
        let second = try judge(60)
        #expect(second.isFinding && second.explanation?.isEcho == false)
    }

    @Test func `a level that lasts is an anomaly at first and drift then`() throws {
        var detector = try learned(DetectorOptions(forest: ForestOptions(trees: 50, seed: 6), rule: .score(1.5)))
        var stream = TestStream(seed: 4)
        let found = try (0..<12).map { _ in
            // Away from each other, so that the forest is slow to know them.
            try detector.judge([50 + 300 * stream.unit()].span)
        }
        let first = found.prefix { $0.isFinding }
        #expect(first.count >= 10)
        #expect(first.prefix(8).allSatisfy { $0.explanation?.isDrift == false })
        #expect(first.dropFirst(8).allSatisfy { $0.explanation?.isDrift == true })
    }

    @Test func `noise is what ordinary steps explain`() throws {
        var detector = try learned(Self.options(features: 1, border: 0.2))
        var stream = TestStream(seed: 5)
        for index in 0..<500 {
            let value = index % 50 == 0 ? 8.0 : stream.gaussian()
            let judgement = try detector.judge([value].span)
            guard let why = judgement.explanation else { continue }
            // Gaussian steps are 1.13 deviations on average, and noise ends at 2.66 of them: three deviations.
            let distance = abs(value - why.expected[0])
            if distance < 2 { #expect(why.isNoise) }
            if distance > 4.5 { #expect(!why.isNoise) }
        }
    }

    @Test func `likelihoods are the part of all levels that were as high`() {
        var (history, stream) = (LevelHistory(), TestStream(seed: 7))
        for _ in 0..<20_000 { history.add(2 * stream.unit()) }
        for level in [0.3, 0.5, 1, 1.5, 1.9] {
            // Bins are an eighth of an octave wide; the noise of 10,000 is a hundredth.
            let exact = 1 - level / 2
            #expect(abs(history.likelihood(of: level) - exact) < 0.06 * level + 0.02)
        }
        #expect(history.likelihood(of: 40) < 0.0002 && history.likelihood(of: 40) > 0)
        #expect(history.likelihood(of: 0) == 1)
        #expect(LevelHistory().likelihood(of: 3) == 1)
    }
}
