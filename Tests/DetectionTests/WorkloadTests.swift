import Detection
import RandomCutForest
import Testing

/// The shipped workload: `accuracy` is 10...20, and 90...100 with a small probability.
@Suite struct WorkloadTests {
    #if DEBUG
        // Unoptimised, a forest is some forty times slower.
        static let seeds: Range<UInt64> = 0..<4
        static let records = 2500
    #else
        static let seeds: Range<UInt64> = 0..<10
        static let records = 20_000
    #endif

    struct Counts {
        var hits = 0
        var misses = 0
        var falseAlarms = 0
        var precision: Double { Double(hits) / Double(max(1, hits + falseAlarms)) }
        var recall: Double { Double(hits) / Double(max(1, hits + misses)) }
    }

    /// Judges `records` records, counted after `history` of the same kind and once the detector is warm.
    private func judge(chance: Double, history: Int, seed: UInt64) throws -> Counts {
        var detector = try Detector(DetectorOptions(forest: ForestOptions(seed: seed)))
        var stream = TestStream(seed: seed &* 1_000_003 &+ UInt64(chance * 1000))
        var counts = Counts()
        for index in 0..<(history + Self.records) {
            let isAnomaly = stream.unit() < chance
            let accuracy = [Double((isAnomaly ? 90 : 10) + stream.next() % 11)]
            let judgement = try detector.judge(accuracy.span)
            guard index >= history, judgement.isWarm else { continue }
            switch (isAnomaly, judgement.isFinding) {
            case (true, true): counts.hits += 1
            case (true, false): counts.misses += 1
            case (false, true): counts.falseAlarms += 1
            case (false, false): break
            }
        }
        return counts
    }

    @Test(arguments: seeds)
    func `anomalies at two per cent are found, all but one in a hundred, and little else`(seed: UInt64) throws {
        let counts = try judge(chance: 0.02, history: 1000, seed: seed)
        #expect(counts.precision >= 0.99 && counts.recall >= 0.99, "\(counts)")
    }

    @Test(arguments: [0.005, 0.01, 0.05])
    func `and so they are at other rates`(chance: Double) throws {
        let counts = try judge(chance: chance, history: 1500, seed: 1)
        #expect(counts.precision >= 0.99 && counts.recall >= 0.99, "\(counts)")
    }

    @Test(arguments: [0.005, 0.02])
    func `a stream that starts cold is judged as well from the moment the detector is warm`(chance: Double) throws {
        let counts = try judge(chance: chance, history: 0, seed: 5)
        #expect(counts.hits > 0)
        #expect(counts.precision >= 0.99 && counts.recall >= 0.97, "\(counts)")
    }
}
