import Testing

@testable import RandomCutForest

@Suite struct AttributionTests {
    /// A forest that knows a single value: every tree is one leaf, so a point elsewhere scores log₂ 257 and each
    /// side's part is its share of the distance.
    @Test(
        arguments: [
            ([4, 4], [5, 5], [0.5, 0.5], [0, 0]),
            ([4, 5], [8, 1], [0.5, 0], [0, 0.5]),
            ([5, 5], [2, 1], [0, 0], [3.0 / 7, 4.0 / 7]),
            ([5, 2], [2, 3], [0, 0.25], [0.75, 0]),
        ] as [([Float], [Float], [Double], [Double])]
    )
    func `beside one known point, each side has its part of the distance`(
        known: [Float],
        observation: [Float],
        rises: [Double],
        drops: [Double]
    ) throws {
        var forest = try RandomCutForest(ForestOptions(features: 2, trees: 3))
        for _ in 0..<256 { try forest.update(known.span) }
        let attribution = try forest.attribution(observation.span)
        let score = 8.005624549193878
        for feature in 0..<2 {
            #expect(abs(attribution.rises[feature] - rises[feature] * score) < 1e-9)
            #expect(abs(attribution.drops[feature] - drops[feature] * score) < 1e-9)
        }
    }

    @Test func `a point that is all the forest knows is equally strange everywhere`() throws {
        var forest = try RandomCutForest(ForestOptions(features: 2, trees: 3))
        let known: [Float] = [4, 4]
        for _ in 0..<256 { try forest.update(known.span) }
        let attribution = try forest.attribution(known.span)
        // From the definition: (1 − ½) / log₂ 257, times log₂ 257, over four sides.
        for value in attribution.rises + attribution.drops { #expect(abs(value - 0.125) < 1e-9) }
    }

    @Test(arguments: [(1, 1), (3, 1), (1, 8), (5, 4), (30, 1)], [false, true])
    func `all parts together are the score`(shape: (features: Int, shingleSize: Int), hasCopies: Bool) throws {
        var forest = try RandomCutForest(
            ForestOptions(
                features: shape.features,
                shingleSize: shape.shingleSize,
                trees: 10,
                sampleSize: 64,
                timeDecay: 640,
                seed: 4
            )
        )
        var stream = TestStream(seed: 14)
        for step in 0..<400 {
            let observation = (0..<shape.features).map { _ in
                hasCopies ? Float(stream.next() % 3) : Float(stream.gaussian() * (step % 50 == 0 ? 5 : 1))
            }
            let attribution = try forest.attribution(observation.span)
            let score = try forest.scoreAndUpdate(observation.span)
            #expect(attribution.rises.count == shape.features * shape.shingleSize)
            #expect(attribution.rises.allSatisfy { $0 >= 0 } && attribution.drops.allSatisfy { $0 >= 0 })
            #expect(abs(attribution.total - score) <= 1e-9 * score)
            #expect(abs(attribution.byFeature(shape.features).total - score) <= 1e-9 * score)
        }
    }

    @Test(arguments: [(0, Float(40)), (1, -40), (2, 40)])
    func `the feature that strays gets the blame, in its direction`(feature: Int, distance: Float) throws {
        var forest = try RandomCutForest(ForestOptions(features: 3, shingleSize: 2, trees: 30, seed: 1))
        var stream = TestStream(seed: 2)
        for _ in 0..<500 {
            let observation = (0..<3).map { _ in Float(stream.gaussian()) }
            try forest.update(observation.span)
        }
        var observation: [Float] = [0, 0, 0]
        observation[feature] = distance
        let attribution = try forest.attribution(observation.span)
        let blamed = distance > 0 ? attribution.rises : attribution.drops
        #expect(blamed[3 + feature] > 0.8 * attribution.total)
        #expect(attribution.ofNewest(3).total > 0.85 * attribution.total)
    }

    @Test func `nothing is attributed before there is a score`() throws {
        var forest = try RandomCutForest(ForestOptions(shingleSize: 3, trees: 2))
        let observation: [Float] = [1]
        #expect(try forest.attribution(observation.span) == Attribution(rises: [0, 0, 0], drops: [0, 0, 0]))
        let bad: [Float] = [.nan]
        #expect(throws: ForestError.notFinite(feature: 0)) { _ = try forest.attribution(bad.span) }
    }
}
