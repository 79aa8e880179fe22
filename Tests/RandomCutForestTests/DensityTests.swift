import Testing

@testable import RandomCutForest

@Suite struct DensityTests {
    /// From the definition in AWS's `DensityOutput`: every tree is one leaf of 256 copies of the origin, so
    /// the share is 257 / 256, and the volume is Σ pᵢ gapᵢᵏ with pᵢ the part of the gap in both.
    @Test(
        arguments: [
            ([0], nil, 0),
            ([2], nil, 2),
            ([3, -1], nil, 0.75 * 9 + 0.25 * 1),
            ([3, -1], 1, 0.75 * 3 + 0.25 * 1),
        ] as [([Float], Int?, Double)]
    )
    func `beside one known point the density follows from the definition`(
        observation: [Float],
        manifold: Int?,
        volume: Double
    ) throws {
        var forest = try RandomCutForest(ForestOptions(features: observation.count, trees: 3))
        let origin = [Float](repeating: 0, count: observation.count)
        for _ in 0..<256 { try forest.update(origin.span) }
        let density = try forest.density(observation.span, manifold: manifold)
        let share = 257.0 / 256
        #expect(abs(density.value / (share / (0.001 * share + volume)) - 1) < 1e-6)
        #expect(abs((density.rises + density.drops).reduce(0, +) / density.value - 1) < 1e-9)
        if observation.count == 2 {
            #expect(abs(density.rises[0] / density.value - 0.75) < 1e-6)
            #expect(abs(density.drops[1] / density.value - 0.25) < 1e-6)
        }
    }

    @Test func `it is higher where there are more points, and says on which side they are`() throws {
        var forest = try RandomCutForest(ForestOptions(features: 2, trees: 50, seed: 3))
        var stream = TestStream(seed: 4)
        for _ in 0..<1000 {
            let observation = [Float(stream.gaussian()), Float(stream.gaussian())]
            try forest.update(observation.span)
        }
        var previous = Double.infinity
        for distance in [0, 1, 2, 3, 5, 20] as [Float] {
            let observation = [distance, 0]
            let density = try forest.density(observation.span)
            #expect(density.value < previous && density.value > 0)
            previous = density.value
            if distance >= 3 { #expect(density.rises[0] > 10 * density.drops[0]) }
        }
    }

    @Test(arguments: [Float.greatestFiniteMagnitude, .leastNonzeroMagnitude])
    func `it is a number, however far apart points are`(unit: Float) throws {
        var forest = try RandomCutForest(ForestOptions(features: 5, shingleSize: 6, trees: 3, sampleSize: 20))
        var stream = TestStream(seed: 1)
        for _ in 0..<200 {
            let observation = (0..<5).map { _ in stream.next() % 2 == 0 ? unit : -unit }
            let density = try forest.density(observation.span)
            #expect((0...1000).contains(density.value))
            #expect((density.rises + density.drops).allSatisfy { $0.isFinite && $0 >= 0 })
            try forest.update(observation.span)
        }
    }

    @Test func `there is none before samples are full, and none for what is no number`() throws {
        var forest = try RandomCutForest(ForestOptions(trees: 2, sampleSize: 20))
        let (observation, bad): ([Float], [Float]) = ([1], [.infinity])
        for _ in 0..<19 { try forest.update(observation.span) }
        #expect(try forest.density(observation.span).value == 0)
        try forest.update(observation.span)
        #expect(try forest.density(observation.span).value > 0)
        #expect(throws: ForestError.notFinite(feature: 0)) { _ = try forest.density(bad.span) }
        #expect(throws: ForestError.argumentOutOfRange("manifold", value: "2", range: "1...1")) {
            _ = try forest.density(observation.span, manifold: 2)
        }
    }
}

@Suite struct NeighborTests {
    @Test func `neighbours are remembered points, the nearest first, and few trees miss the nearest`() throws {
        var forest = try RandomCutForest(ForestOptions(features: 2, trees: 50, sampleSize: 100, seed: 3))
        var stream = TestStream(seed: 6)
        var all: [[Float]] = []
        for _ in 0..<100 {
            let observation = [Float(stream.gaussian()), Float(stream.gaussian())]
            try forest.update(observation.span)
            all.append(observation)
        }
        func distance(_ a: [Float], _ b: [Float]) -> Double {
            let (x, y) = (Double(a[0]) - Double(b[0]), Double(a[1]) - Double(b[1]))
            return (x * x + y * y).squareRoot()
        }
        for _ in 0..<20 {
            let observation = [Float(stream.gaussian()), Float(stream.gaussian())]
            let neighbors = try forest.neighbors(of: observation.span)
            #expect(neighbors.map(\.trees).reduce(0, +) == 50)
            let distances = neighbors.map(\.distance)
            #expect(distances == distances.sorted())
            for neighbor in neighbors {
                #expect(all.contains(neighbor.point))
                #expect(abs(neighbor.distance - distance(neighbor.point, observation)) < 1e-12)
            }
            // Of fifty random partitions of a hundred points some keep the two that are nearest together.
            let nearest = all.map { distance($0, observation) }.min()
            #expect(abs(distances[0] - (nearest ?? .infinity)) < 1e-12)
            let score = try forest.score(observation.span)
            let mean = neighbors.map { $0.score * Double($0.trees) }.reduce(0, +) / 50
            #expect(abs(mean - score) < 1e-9 * score)
            let near = try forest.neighbors(of: observation.span, within: distances[0])
            #expect(near.isEmpty)
        }
        let known = all[0]
        #expect(try forest.neighbors(of: known.span).first?.distance == 0)
    }

    @Test func `none are found before the forest is warm, and a distance is not negative`() throws {
        var forest = try RandomCutForest(ForestOptions(trees: 2))
        let observation: [Float] = [1]
        #expect(try forest.neighbors(of: observation.span) == [])
        for distance in [-1, Double.nan] {
            #expect(throws: ForestError.self) { _ = try forest.neighbors(of: observation.span, within: distance) }
        }
    }
}
