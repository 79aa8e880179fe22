import Testing

@testable import RandomCutForest

@Suite struct ImputeTests {
    /// The second feature is twice the first, and the third is its opposite.
    private func related(seed: UInt64) throws -> RandomCutForest {
        var forest = try RandomCutForest(ForestOptions(features: 3, trees: 50, seed: seed))
        var stream = TestStream(seed: seed)
        for _ in 0..<1000 {
            let x = Float(stream.unit() * 10)
            let observation = [x, 2 * x, -x]
            try forest.update(observation.span)
        }
        return forest
    }

    @Test(arguments: [2, 5, 8] as [Float])
    func `a missing value follows from its relation to the known ones`(x: Float) throws {
        var forest = try related(seed: 3)
        let observation = [x, .nan, -x]
        let value = try #require(try forest.impute(observation.span, missing: [1])?.first)
        // 256 of 1000 points over a range of 20: neighbours are 0.08 apart; cuts miss the nearest by a few.
        #expect(abs(value - 2 * x) < 1)
        let both = [x, .nan, .infinity]
        let values = try #require(try forest.impute(both.span, missing: [2, 1]))
        #expect(abs(values[0] + x) < 1 && abs(values[1] - 2 * x) < 2)
    }

    @Test func `a value is one that was observed, in the units of the input`() throws {
        var forest = try RandomCutForest(ForestOptions(features: 2, trees: 10))
        for index in 0..<300 {
            let observation: [Float] = index % 2 == 0 ? [1, 1e30] : [2, -1e-30]
            try forest.update(observation.span)
        }
        let (one, two): ([Float], [Float]) = ([1, .nan], [2, .nan])
        #expect(try forest.impute(one.span, missing: [1]) == [1e30])
        #expect(try forest.impute(two.span, missing: [1]) == [-1e-30])
    }

    @Test func `in a shingle, the sequence tells the next value`() throws {
        var forest = try RandomCutForest(ForestOptions(shingleSize: 4, trees: 30))
        let wave: [Float] = [0, 3, 7, 3, 1, -4]
        for index in 0..<600 {
            let observation = [wave[index % 6]]
            try forest.update(observation.span)
        }
        for index in 600..<606 {
            let (unknown, known): ([Float], [Float]) = ([.nan], [wave[index % 6]])
            #expect(try forest.impute(unknown.span, missing: [0]) == known)
            try forest.update(known.span)
        }
    }

    @Test func `what an outlier should have been, is told by the rest`() throws {
        var forest = try related(seed: 5)
        let observation: [Float] = [4, 8, 60]
        let expected = try #require(try forest.expected(for: observation.span))
        #expect(expected[0] == 4 && expected[1] == 8)
        #expect(abs(expected[2] + 4) < 1.5)
        #expect(try forest.expected(for: observation.span, in: [2]) == expected)
    }

    @Test func `nothing is filled in before there is anything to go by`() throws {
        var forest = try RandomCutForest(ForestOptions(features: 2, trees: 2))
        let observation: [Float] = [1, 1]
        for _ in 0..<63 { try forest.update(observation.span) }
        #expect(try forest.impute(observation.span, missing: [0]) == nil)
        #expect(try forest.expected(for: observation.span) == nil)
        try forest.update(observation.span)
        #expect(try forest.impute(observation.span, missing: [0]) == [1])
        #expect(try forest.impute(observation.span, missing: []) == [])
        #expect(try forest.impute(observation.span, missing: [1, 0]) == [1, 1])
    }

    @Test func `a call that cannot be meant is refused`() throws {
        var forest = try RandomCutForest(ForestOptions(features: 2, trees: 2))
        let (short, bad): ([Float], [Float]) = ([1], [.nan, 1])
        #expect(throws: ForestError.wrongFeatureCount(expected: 2, got: 1)) {
            _ = try forest.impute(short.span, missing: [0])
        }
        #expect(throws: ForestError.notFinite(feature: 0)) { _ = try forest.impute(bad.span, missing: [1]) }
        #expect(throws: ForestError.noSuchFeature(2, features: 2)) { _ = try forest.impute(bad.span, missing: [2]) }
        #expect(throws: ForestError.noSuchFeature(-1, features: 2)) { _ = try forest.impute(bad.span, missing: [-1]) }
        #expect(throws: ForestError.featureNamedTwice(0)) { _ = try forest.impute(bad.span, missing: [0, 0]) }
        #expect(throws: ForestError.notFinite(feature: 0)) { _ = try forest.expected(for: bad.span, in: [0]) }
    }

    @Test func `neither attribution nor imputation learns anything`() throws {
        var forest = try related(seed: 8)
        let before = forest.snapshot()
        let observation: [Float] = [1, 2, 3]
        _ = try forest.attribution(observation.span)
        _ = try forest.expected(for: observation.span)
        #expect(forest.snapshot() == before)
    }
}
