import Detection
import RandomCutForest
import Testing

@testable import AnomaliesAgent

@Suite struct KeyedDetectorsTests {
    private static let options = DetectorOptions(
        forest: ForestOptions(features: 1, trees: 10, sampleSize: 16, timeDecay: 500, seed: 3),
        rule: .score(1.8)
    )

    private let bench: Workbench

    init() throws { bench = try Workbench() }

    /// - Parameters:
    ///   - memory: how many detectors fit.
    ///   - tail: bytes of records that are stored instead of a snapshot.
    private func detectors(memory: Int, keys: Int = 1_000, tail: Int = 2_048) throws -> KeyedDetectors {
        var home = KeyHome(
            shard: "a",
            limits: KeyHome.Limits(memory: 1, keys: keys, tail: tail),
            directory: bench.directory.path,
            files: bench.files,
            log: bench.log
        )
        home.limits.memory = memory * (try KeyedDetectors(Self.options, id: "measure", in: home).keyBytes)
        return try KeyedDetectors(Self.options, id: "id", in: home)
    }

    /// Stored as snapshots, as records, and as both.
    @Test(arguments: [1, 2, 5, 100], [0, 80, 2_048])
    func `each key's scores are those of a detector that sees its records alone, whatever the memory`(
        memory: Int,
        tail: Int
    ) throws {
        final class Alone {
            var detector: Detector
            init() throws { detector = try Detector(KeyedDetectorsTests.options) }
        }
        let keyed = try detectors(memory: memory, tail: tail)
        var alone: [Int: Alone] = [:]
        var random = SeededRandom(seed: 1, package: 0, purpose: "keys")
        for batch in 1...600 {
            try keyed.begin(batch: batch)
            for _ in 0..<min(7, keyed.batchLimit) {
                let key = Int(random.next(below: 12))
                let point = [Double(key) * 100 + Double(random.next(below: 20))]
                let one = try alone[key] ?? Alone()
                alone[key] = one
                #expect(try keyed.judge(point.span, of: RecordKey("\(key)"), at: 0) == one.detector.judge(point.span))
                #expect(keyed.figures.inMemory <= memory)
            }
        }
        let figures = keyed.figures
        #expect(figures.known == 12 && figures.created == 12 && figures.forgotten == 0 && figures.damaged == 0)
        #expect((figures.evictions > 0) == (memory < 12))
        #expect(figures.evictions == figures.created + figures.loads - figures.inMemory)
        #expect(figures.bytes == figures.inMemory * keyed.keyBytes)
    }

    @Test func `of too many keys the one used longest ago is forgotten, and starts cold when it comes again`() throws {
        let keyed = try detectors(memory: 3, keys: 3)
        let point = [15.0]
        for batch in 1...40 {
            try keyed.begin(batch: batch)
            for name in ["a", "b", "c"] { _ = try keyed.judge(point.span, of: RecordKey(name), at: 0) }
        }
        #expect(keyed.takeForgotten().isEmpty)
        try keyed.begin(batch: 41)
        _ = try keyed.judge(point.span, of: RecordKey("a"), at: 0)
        _ = try keyed.judge(point.span, of: RecordKey("d"), at: 0)
        #expect(keyed.takeForgotten() == [RecordKey("b")])
        #expect(keyed.takeForgotten().isEmpty)
        #expect(keyed.figures.known == 3 && keyed.figures.forgotten == 1)
        try keyed.begin(batch: 42)
        #expect(try keyed.judge(point.span, of: RecordKey("b"), at: 0).isWarm == false)
        #expect(try keyed.judge(point.span, of: RecordKey("a"), at: 0).isWarm)
        #expect(keyed.takeForgotten() == [RecordKey("c")])
    }

    @Test func `a record that is refused leaves no trace of its key`() throws {
        let keyed = try detectors(memory: 3)
        try keyed.begin(batch: 1)
        let (short, huge): ([Double], [Double]) = ([], [1e300])
        #expect(throws: DetectorError.self) { try keyed.judge(short.span, of: RecordKey("a"), at: 0) }
        #expect(throws: DetectorError.self) { try keyed.judge(huge.span, of: RecordKey("b"), at: 0) }
        #expect(keyed.figures.known == 0)
    }

    @Test func `a stored detector that is damaged is refused, counted, and its key starts cold`() throws {
        let keyed = try detectors(memory: 1)
        let point = [15.0]
        for batch in 1...60 {
            try keyed.begin(batch: batch)
            _ = try keyed.judge(point.span, of: RecordKey(batch <= 30 ? "a" : "b"), at: 0)
        }
        let store = try KeyStore(directory: "\(bench.directory.path)/keys", shard: "a", files: bench.files)
        let damaged = [UInt8](repeating: 7, count: 5_000)
        let entry = KeyStore.Entry(key: RecordKey("a"), batch: 30, used: 30)
        try store.save([KeyStore.Change(entry: entry, snapshot: damaged, tail: [])], forgetting: [])
        try keyed.begin(batch: 61)
        #expect(try keyed.judge(point.span, of: RecordKey("a"), at: 0).isWarm == false)
        #expect(keyed.figures.damaged == 1)
        // From then on it is as good as new.
        for batch in 62...120 {
            try keyed.begin(batch: batch)
            _ = try keyed.judge(point.span, of: RecordKey(batch % 2 == 0 ? "a" : "b"), at: 0)
        }
        #expect(try keyed.judge(point.span, of: RecordKey("a"), at: 0).isWarm)
        #expect(keyed.figures.damaged == 1)
    }

    @Test func `the order of use is that of a list in which what is used moves to the end`() {
        var order = UseOrder<Int>()
        var list: [Int] = []
        var random = SeededRandom(seed: 2, package: 0, purpose: "order")
        for _ in 0..<5_000 {
            let element = Int(random.next(below: 40))
            let was = list.firstIndex(of: element).map { list.remove(at: $0) } != nil
            if random.next(below: 3) == 0 {
                #expect(order.remove(element) == was)
            } else {
                #expect(order.use(element) != was)
                list.append(element)
            }
            #expect(order.oldest == list.first && order.count == list.count)
            #expect(order.contains(element) == list.contains(element))
        }
    }
}
