import RandomCutForest
import Testing

@Suite struct ForestOptionsTests {
    struct Case: CustomTestStringConvertible {
        let parameter: String, value: Int, range: ClosedRange<Int>
        let change: @Sendable (inout ForestOptions) -> Void
        var testDescription: String { "\(parameter) = \(value)" }
    }

    @Test(arguments: [
        Case(parameter: "trees", value: 0, range: 1...1000) { $0.trees = 0 },
        Case(parameter: "trees", value: 1001, range: 1...1000) { $0.trees = 1001 },
        Case(parameter: "sampleSize", value: 9, range: 10...1000) { $0.sampleSize = 9 },
        Case(parameter: "sampleSize", value: 1001, range: 10...1000) { $0.sampleSize = 1001 },
        Case(parameter: "timeDecay", value: 256, range: 257...2_147_483_647) { $0.timeDecay = 256 },
        Case(parameter: "timeDecay", value: 2_147_483_648, range: 257...2_147_483_647) { $0.timeDecay = 2_147_483_648 },
        Case(parameter: "shingleSize", value: 0, range: 1...100) { $0.shingleSize = 0 },
        Case(parameter: "shingleSize", value: 101, range: 1...100) { $0.shingleSize = 101 },
        Case(parameter: "features", value: 0, range: 1...100) { $0.features = 0 },
        Case(parameter: "features", value: 101, range: 1...100) { $0.features = 101 },
        Case(parameter: "outputAfter", value: 0, range: 1...2_147_483_647) { $0.outputAfter = 0 },
        Case(parameter: "trees", value: .min, range: 1...1000) { $0.trees = .min },
    ])
    func `an option out of range is refused with its name, value and range`(_ c: Case) {
        var options = ForestOptions()
        c.change(&options)
        let expected = ForestError.optionOutOfRange(parameter: c.parameter, value: c.value, range: c.range)
        #expect(throws: expected) { _ = try RandomCutForest(options) }
        for part in [c.parameter, "\(c.value)", "\(c.range)"] { #expect(expected.description.contains(part)) }
    }

    @Test(arguments: [
        ForestOptions(trees: 1, sampleSize: 10, timeDecay: 11),
        ForestOptions(trees: 1000),
        ForestOptions(trees: 2, sampleSize: 1000, timeDecay: 2_147_483_647),
        ForestOptions(features: 100, shingleSize: 100, trees: 2, outputAfter: 2_147_483_647),
    ])
    func `the ends of every range are in it`(options: ForestOptions) throws {
        var forest = try RandomCutForest(options)
        let observation = [Float](repeating: 1, count: options.features)
        try forest.update(observation.span)
    }

    @Test func `as many values as a point may have, as far apart as numbers go, have a score`() throws {
        let options = ForestOptions(features: 100, shingleSize: 100, trees: 1, sampleSize: 10, outputAfter: 1)
        var forest = try RandomCutForest(options)
        for step in 0..<106 {
            let value: Float = step == 103 ? .greatestFiniteMagnitude : -.greatestFiniteMagnitude
            let observation = [Float](repeating: step % 2 == 0 ? value : -value, count: 100)
            let score = try forest.scoreAndUpdate(observation.span)
            #expect((0...options.maximumScore).contains(score))
        }
    }

    @Test func `what could outgrow the limit of memory is refused`() {
        let options = ForestOptions(features: 30, shingleSize: 30, trees: 1000, sampleSize: 1000)
        #expect {
            try options.validate()
        } throws: { error in
            guard case ForestError.tooMuchMemory(let bytes, let limit) = error else { return false }
            return bytes > limit && limit == ForestOptions.memoryLimit
        }
    }

    @Test func `defaults are those of Kinesis Data Analytics, and output begins as in AWS's library`() {
        let options = ForestOptions()
        #expect(options.trees == 100 && options.sampleSize == 256 && options.timeDecay == 100_000)
        #expect(options.shingleSize == 1 && options.resolvedOutputAfter == 64)
    }

    @Test(arguments: [(1, 0.5), (8, 1.5), (30, 5.0)])
    func `fifty trees take little more memory than their data`(dimensions: Int, mebibytes: Double) throws {
        let forest = try RandomCutForest(ForestOptions(features: dimensions, trees: 50))
        #expect(Double(forest.memoryBytes) <= 1.2 * mebibytes * 1_048_576)
    }
}
