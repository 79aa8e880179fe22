import Testing

@testable import RandomCutForest

@Suite struct SamplerTests {
    /// In the steady state a record of age a is remembered with a probability proportional to
    /// e^(−a / timeDecay) as long as that is small beside 1: the ages are exponential.
    @Test func `ages of remembered points fall by e within the time decay`() throws {
        let options = ForestOptions(trees: 50, sampleSize: 100, timeDecay: 1000, seed: 11)
        var forest = try RandomCutForest(options)
        let count = 20_000
        for index in 0..<count {
            let observation = [Float(index)]
            try forest.update(observation.span)
        }
        var ages: [Double] = []
        for index in 0..<options.trees {
            let tree = forest.memory.tree(index)
            let sampler = forest.memory.sampler(index)
            for place in 0..<options.sampleSize {
                let leaf = Int(sampler.leaves[place])
                let value = tree.row(.leaf(leaf))[0] / Shingle.scale
                ages.append(Double(count - 1) - Double(value))
            }
        }
        // The probability is 1 − exp(−c e^(−age / timeDecay)) with c ≈ sampleSize / timeDecay, which gives a mean
        // of 1013 for these numbers; four standard deviations of it are 57.
        let mean = ages.reduce(0, +) / Double(ages.count)
        #expect(abs(mean - 1013) < 57)
        for (decays, expected) in [(0.5, 0.3935), (1, 0.6321), (2, 0.8647)] {
            let younger = Double(ages.count { $0 < decays * 1013 }) / Double(ages.count)
            #expect(abs(younger - expected) < 0.03)
        }
    }

    @Test func `without decay every record is as likely as any other`() throws {
        let options = ForestOptions(trees: 100, sampleSize: 50, timeDecay: Int(Int32.max), seed: 5)
        var forest = try RandomCutForest(options)
        for index in 0..<2000 {
            let observation = [Float(index)]
            try forest.update(observation.span)
        }
        var quarters = [0, 0, 0, 0]
        for index in 0..<options.trees {
            let tree = forest.memory.tree(index)
            let sampler = forest.memory.sampler(index)
            for place in 0..<options.sampleSize {
                let value = tree.row(.leaf(Int(sampler.leaves[place])))[0] / Shingle.scale
                quarters[Int(value) / 500] += 1
            }
        }
        // 5000 draws: 1250 each, and four standard deviations are 122.
        for quarter in quarters { #expect(abs(quarter - 1250) < 122) }
    }

    @Test func `the cheap bound lies above the exponential, and near it`() {
        var stream = TestStream(seed: 8)
        for _ in 0..<10_000 {
            let x = (stream.unit() - 0.5) * 1400
            let logarithm = Logarithm.natural(Logarithm.exponentialUpperBound(x))
            // Sixteen digits of a number up to 700 are good to 1e-13.
            #expect(logarithm > x - 1e-13)
            #expect(logarithm < x + 0.061)
        }
    }

    @Test(arguments: [11, 300, Int(Int32.max)])
    func `no point is turned away at once that would be remembered`(timeDecay: Int) throws {
        let options = ForestOptions(trees: 5, sampleSize: 10, timeDecay: timeDecay, seed: 6)
        var forest = try RandomCutForest(options)
        var stream = TestStream(seed: 2)
        for _ in 0..<3000 {
            let age = Double(forest.updates - forest.rebasedAt) / Double(timeDecay)
            for index in 0..<options.trees where forest.updates > 10 && age <= forest.refreshedUpTo {
                let state = forest.memory.states[index]
                // The lightest draw of those that are turned away.
                let u = Double(state.rejected).nextDown
                guard u > 0 else { continue }
                let weight = Logarithm.natural(-Logarithm.natural(u)) - age
                #expect(Float(weight) >= state.heaviest)
            }
            let observation = [Float(stream.unit())]
            try forest.update(observation.span)
        }
    }
}
