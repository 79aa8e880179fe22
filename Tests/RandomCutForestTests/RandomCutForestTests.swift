import Testing

@testable import RandomCutForest

@Suite struct RandomCutForestTests {
    @Test(arguments: [(nil, 64), (1, 1), (256, 256), (300, 300)] as [(Int?, Int)])
    func `the score is exactly 0 until enough was learned, and then is not`(outputAfter: Int?, zeros: Int) throws {
        var forest = try RandomCutForest(ForestOptions(trees: 10, outputAfter: outputAfter, seed: 3))
        var stream = TestStream(seed: 1)
        for index in 0..<(zeros + 20) {
            let observation = [Float(stream.unit())]
            #expect(try (forest.scoreAndUpdate(observation.span) == 0) == (index < zeros))
        }
    }

    @Test func `a shingle delays the first score by its length`() throws {
        var forest = try RandomCutForest(ForestOptions(shingleSize: 4, trees: 10, outputAfter: 10))
        var zeros = 0
        for index in 0..<40 {
            let observation = [Float(index % 7)]
            if try forest.scoreAndUpdate(observation.span) == 0 { zeros += 1 }
        }
        #expect(zeros == 10 + 3)
        #expect(forest.updates == 40 - 3)
    }

    /// From the definitions: a tree of one leaf with all 256 copies scores (1 − ½) / log₂ 257 for
    /// them and 1 for anything else, both times log₂ 257; two leaves of 128 score (1 − ¼) / (1 + log₂ 129).
    @Test(
        arguments: [
            ([5, 5], 5, 0.5),
            ([5, 5], 5.000001, 8.005624549),
            ([-1, 3], 3, 0.75 / (1 + 7.011227255) * 8.005624549),
        ] as [([Float], Float, Double)]
    )
    func `scores of few distinct values follow from the definition`(
        values: [Float],
        observation: Float,
        expected: Double
    ) throws {
        var forest = try RandomCutForest(ForestOptions(trees: 3, timeDecay: .init(Int32.max)))
        for index in 0..<256 {
            let value = [values[index % 2]]
            try forest.update(value.span)
        }
        let value = [observation]
        #expect(abs(try forest.score(value.span) - expected) < 1e-7)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func `a value no box can hold is refused, and nothing is stored`(bad: Float) throws {
        var forest = try RandomCutForest(ForestOptions(features: 2, shingleSize: 2, trees: 5, outputAfter: 1))
        for index in 0..<50 {
            let observation = [Float(index), 1]
            try forest.update(observation.span)
        }
        let before = forest.snapshot()
        let observation = [0, bad]
        #expect(throws: ForestError.notFinite(feature: 1)) { _ = try forest.score(observation.span) }
        #expect(throws: ForestError.notFinite(feature: 1)) { try forest.update(observation.span) }
        #expect(throws: ForestError.notFinite(feature: 1)) { _ = try forest.scoreAndUpdate(observation.span) }
        #expect(forest.snapshot() == before)
    }

    @Test(arguments: [0, 1, 3])
    func `an observation of another length is refused`(count: Int) throws {
        var forest = try RandomCutForest(ForestOptions(features: 2, trees: 1))
        let observation = [Float](repeating: 0, count: count)
        #expect(throws: ForestError.wrongFeatureCount(expected: 2, got: count)) {
            try forest.update(observation.span)
        }
    }

    @Test(arguments: [1, 3, 30])
    func `the greatest and the least numbers are scored like others`(features: Int) throws {
        let extremes: [Float] = [
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, 0, -0.0, 1,
            .leastNormalMagnitude,
        ]
        var forest = try RandomCutForest(
            ForestOptions(features: features, shingleSize: features, trees: 5, sampleSize: 20, timeDecay: 50)
        )
        var stream = TestStream(seed: 5)
        for _ in 0..<300 {
            let observation = (0..<features).map { _ in extremes.randomElement(using: &stream) ?? 0 }
            let score = try forest.scoreAndUpdate(observation.span)
            #expect((0...forest.options.maximumScore).contains(score))
        }
        #expect(forest.firstViolation() == nil)
    }

    @Test func `a score learns nothing`() throws {
        var forest = try RandomCutForest(ForestOptions(trees: 10))
        var stream = TestStream(seed: 9)
        for _ in 0..<100 {
            let observation = [Float(stream.gaussian())]
            try forest.update(observation.span)
        }
        let before = forest.snapshot()
        let observation: [Float] = [3]
        let first = try forest.score(observation.span)
        #expect(try forest.score(observation.span) == first)
        #expect(forest.snapshot() == before)
    }

    @Test(arguments: [(1, 1), (3, 1), (1, 8), (5, 2)])
    func `scores depend on seed and input alone, and not on the unit`(features: Int, shingleSize: Int) throws {
        func scores(seed: UInt64, unit: Float) throws -> [Double] {
            var forest = try RandomCutForest(
                ForestOptions(
                    features: features,
                    shingleSize: shingleSize,
                    trees: 7,
                    sampleSize: 32,
                    timeDecay: 100,
                    seed: seed
                )
            )
            var stream = TestStream(seed: 2)
            var scores: [Double] = []
            for _ in 0..<200 {
                let observation = (0..<features).map { _ in Float(stream.gaussian()) * unit }
                scores.append(try forest.scoreAndUpdate(observation.span))
            }
            return scores
        }
        let reference = try scores(seed: 1, unit: 1)
        #expect(try scores(seed: 1, unit: 1) == reference)
        #expect(try scores(seed: 1, unit: 1024) == reference)
        #expect(try scores(seed: 2, unit: 1) != reference)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 8, 9, 30], [false, true])
    func `trees, sample and points agree with each other at any time`(features: Int, hasCopies: Bool) throws {
        var forest = try RandomCutForest(
            ForestOptions(features: features, trees: 4, sampleSize: 24, timeDecay: 60, seed: UInt64(features))
        )
        var stream = TestStream(seed: 77)
        for step in 0..<600 {
            let observation = (0..<features).map { _ in
                hasCopies ? Float(stream.next() % 3) : Float(stream.gaussian())
            }
            _ = try forest.scoreAndUpdate(observation.span)
            if step % 7 == 0 { #expect(forest.firstViolation() == nil) }
        }
    }

    /// The general way is what the order of one dimension spares.
    @Test(arguments: [10, 16, 100], [false, true])
    func `in one dimension the order of the cuts leads to the score that the tree does`(
        sampleSize: Int,
        hasCopies: Bool
    ) throws {
        var forest = try RandomCutForest(
            ForestOptions(trees: 9, sampleSize: sampleSize, timeDecay: 300, outputAfter: 1, seed: 12)
        )
        var stream = TestStream(seed: 3)
        for step in 0..<500 {
            let observation = [hasCopies ? Float(stream.next() % 6) : Float(stream.gaussian())]
            let score = try forest.score(observation.span)
            if step > 0 {
                let sum = (0..<9).reduce(0) { $0 + forest.scoreByVisit($1) }
                let mass = Int(forest.memory.states[0].mass)
                #expect(abs(score - forest.scoring.normalize(sum / 9, treeMass: mass)) < 1e-12)
            }
            try forest.update(observation.span)
        }
    }

    @Test func `a long stream moves the origin of weights and keeps its order`() throws {
        var forest = try RandomCutForest(ForestOptions(trees: 3, sampleSize: 10, timeDecay: 11))
        var stream = TestStream(seed: 4)
        for _ in 0..<(16 * 11 * 5 + 3) {
            let observation = [Float(stream.unit())]
            try forest.update(observation.span)
            #expect(forest.firstViolation() == nil)
        }
        #expect(forest.rebasedAt == 16 * 11 * 5)
    }

    /// Widths of rows that have loops of their own and that have not, trees that fill their last group and that do not.
    @Test(arguments: [(2, 1), (5, 16), (9, 17), (13, 40), (30, 33), (50, 3)])
    func `the loops for any processor and those for this one score alike to the last bit`(
        dimensions: Int,
        trees: Int
    ) throws {
        var forest = try RandomCutForest(ForestOptions(features: dimensions, trees: trees, outputAfter: 1, seed: 5))
        var stream = TestStream(seed: UInt64(dimensions))
        var last = [Float](repeating: 0, count: dimensions)
        for index in 0..<600 {
            // Some points come twice, and some are far away.
            let scale = index % 50 == 0 ? 9.0 : 1
            if index % 7 != 0 { last = (0..<dimensions).map { _ in Float(scale * stream.gaussian()) } }
            try forest.update(last.span)
            let probe = index % 3 == 0 ? last : last.map { $0 + Float(0.1 * stream.gaussian()) }
            let score = try forest.score(probe.span)
            #expect(forest.scoreByVisits(isPortable: true).bitPattern == score.bitPattern)
        }
    }

    @Test func `nodes are laid out as the loops in C expect them`() {
        #expect(MemoryLayout<Node>.stride == 16)
        #expect(MemoryLayout<Node>.offset(of: \.cut) == 0)
        #expect(MemoryLayout<Node>.offset(of: \.range) == 4)
        #expect(MemoryLayout<Node>.offset(of: \.left) == 8)
        #expect(MemoryLayout<Node>.offset(of: \.right) == 10)
        #expect(MemoryLayout<Node>.offset(of: \.axisOrDepth) == 14)
        #expect(TreeState.rootOffset == MemoryLayout<TreeState>.offset(of: \.root))
    }
}
