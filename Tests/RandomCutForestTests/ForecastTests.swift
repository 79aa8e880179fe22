import Foundation
import Testing

@testable import RandomCutForest

@Suite struct ForecastTests {
    static let wave: [Float] = [0, 3, 7, 3, 1, -4]

    private func periodic(_ count: Int, shingleSize: Int = 4) throws -> RandomCutForest {
        var forest = try RandomCutForest(ForestOptions(shingleSize: shingleSize, trees: 30, seed: 2))
        for index in 0..<count {
            let observation = [Self.wave[index % 6]]
            try forest.update(observation.span)
        }
        return forest
    }

    @Test func `a period that was seen often goes on`() throws {
        var forest = try periodic(601)
        let forecast = try #require(try forest.forecast(steps: 20))
        let expected = (0..<20).map { [Self.wave[(601 + $0) % 6]] }
        #expect(forecast.median == expected)
        #expect(forecast.lower == expected && forecast.upper == expected)
    }

    @Test func `a noisy wave is followed within its noise, and its band holds most of what comes`() throws {
        var forest = try RandomCutForest(ForestOptions(features: 2, shingleSize: 8, trees: 50, timeDecay: 2560))
        var stream = TestStream(seed: 12)
        func next(_ step: Int) -> [Float] {
            let phase = Double(step) * 2 * .pi / 24
            return [Float(sin(phase) * 10 + stream.gaussian() * 0.3), Float(cos(phase) * 4)]
        }
        for step in 0..<2000 { try forest.update(next(step).span) }
        let forecast = try #require(try forest.forecast(steps: 24))
        var (errors, inside) = ([0.0, 0.0], 0)
        for step in 0..<24 {
            let real = next(2000 + step)
            for feature in 0..<2 { errors[feature] += Double(abs(forecast.median[step][feature] - real[feature])) / 24 }
            let band = (forecast.lower[step][0])...(forecast.upper[step][0])
            #expect(band.contains(forecast.median[step][0]))
            if band.contains(real[0]) { inside += 1 }
        }
        // A wave of 10 and 4: to guess the mean would be 6.4 and 2.5 off.
        #expect(errors[0] < 1.5 && errors[1] < 0.8)
        #expect(inside >= 12)
    }

    @Test func `nothing is learned, and there is no forecast before the shingle is complete`() throws {
        var forest = try periodic(500)
        let before = forest.snapshot()
        _ = try forest.forecast(steps: 3)
        #expect(forest.snapshot() == before)
        var young = try periodic(40)
        #expect(try young.forecast(steps: 1) == nil)
    }

    @Test(arguments: [0, -1, 1001])
    func `a number of steps out of range is refused`(steps: Int) throws {
        var forest = try periodic(500)
        #expect(throws: ForestError.argumentOutOfRange("steps", value: "\(steps)", range: "1...1000")) {
            _ = try forest.forecast(steps: steps)
        }
        #expect(throws: ForestError.self) { _ = try forest.forecast(steps: 1, band: -0.1...0.5) }
    }
}

@Suite struct GapTests {
    /// The shingle after a gap, read from where the next point would be.
    private func shingle(_ filling: GapFilling, rows: Int, limit: Int? = nil) throws -> [Float]? {
        var forest = try RandomCutForest(ForestOptions(features: 2, shingleSize: 5, trees: 2))
        for observation in [[9, 9], [1, -1], [2, -2], [3, -3], [4, -4]] as [[Float]] {
            try forest.update(observation.span)
        }
        let next: [Float] = [10, -4]
        let continues = try forest.skip(rows: rows, before: next.span, filling: filling, limit: limit)
        #expect(continues == forest.shingle.isReady)
        return forest.shingle.isReady ? forest.shingle.history.map { $0 / Shingle.scale } : nil
    }

    @Test(
        arguments: [
            (.previous, 2, nil, [3, -3, 4, -4, 4, -4, 4, -4]),
            (.zero, 2, nil, [3, -3, 4, -4, 0, 0, 0, 0]),
            (.linear, 2, nil, [3, -3, 4, -4, 6, -4, 8, -4]),
            (.forest, 1, nil, [2, -2, 3, -3, 4, -4, 4, -4]),
            (.previous, 0, nil, [1, -1, 2, -2, 3, -3, 4, -4]),
            (.linear, 3, nil, nil),
            (.zero, 4, 4, [0, 0, 0, 0, 0, 0, 0, 0]),
            (.zero, 1, 0, nil),
            (.previous, .max, 4, nil),
        ] as [(GapFilling, Int, Int?, [Float]?)]
    )
    func `what is missing is made up in the shingle, up to a limit`(
        filling: GapFilling,
        rows: Int,
        limit: Int?,
        expected: [Float]?
    ) throws {
        #expect(try shingle(filling, rows: rows, limit: limit) == expected)
    }

    @Test(arguments: GapFilling.allCases)
    func `a gap in a period is no anomaly if it is filled by the forest`(filling: GapFilling) throws {
        var forest = try RandomCutForest(ForestOptions(shingleSize: 6, trees: 30))
        let wave: [Float] = [0, 3, 7, 3, 1, -4]
        for index in 0..<600 {
            let observation = [wave[index % 6]]
            try forest.update(observation.span)
        }
        let updates = forest.updates
        let next = [wave[2]]
        let usual = [wave[0]]
        let ordinary = try forest.score(usual.span)
        try forest.skip(rows: 2, before: next.span, filling: filling)
        #expect(forest.updates == updates)
        let score = try forest.score(next.span)
        #expect((score <= 1.2 * ordinary) == (filling == .forest))
        #expect(forest.firstViolation() == nil)
    }

    @Test func `after a restart there is no score until the shingle is complete`() throws {
        var forest = try RandomCutForest(ForestOptions(shingleSize: 4, trees: 5, outputAfter: 1))
        var stream = TestStream(seed: 2)
        for _ in 0..<100 {
            let observation = [Float(stream.unit())]
            try forest.update(observation.span)
        }
        let next: [Float] = [0.5]
        #expect(try !forest.skip(rows: 100, before: next.span, filling: .previous))
        for step in 0..<6 { #expect(try (forest.scoreAndUpdate(next.span) == 0) == (step < 3)) }
        let restored = try RandomCutForest(snapshot: forest.snapshot())
        #expect(restored.snapshot() == forest.snapshot())
    }

    @Test func `without a sequence there is nothing to fill, and nonsense is refused`() throws {
        var forest = try RandomCutForest(ForestOptions(trees: 1))
        let (next, bad): ([Float], [Float]) = ([1], [.nan])
        #expect(try forest.skip(rows: 7, before: next.span, filling: .linear))
        #expect(throws: ForestError.notFinite(feature: 0)) {
            try forest.skip(rows: 1, before: bad.span, filling: .linear)
        }
        #expect(throws: ForestError.self) { try forest.skip(rows: -1, before: next.span, filling: .zero) }
        #expect(throws: ForestError.self) { try forest.skip(rows: 1, before: next.span, filling: .zero, limit: 1) }
    }
}
