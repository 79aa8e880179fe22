import AnomaliesAgent
import Detection
import Foundation
import Logging
import RandomCutForest

/// A forest per key for more keys than memory holds: what is resident, and what eviction costs.
///
/// Every key's sample is full first, key after key, so that each is stored once. Then records come of keys chosen
/// evenly, which is the worst that least recently used can meet: nearly every record loads one key and evicts another.
/// Then they come of keys of which some are busier than others (Zipf's law, exponent 1).
struct KeysBenchmark {
    private static let features = 1
    /// The sample is 256.
    private static let recordsToFill = 260
    private static let records = 20_000

    let keys: Int
    let trees: Int
    /// Bytes of detectors in memory.
    let memory: Int

    func run(_ show: (Figure) -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "agent-bench-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let options = DetectorOptions(forest: ForestOptions(features: Self.features, trees: trees, seed: 7))
        let sample = try KeyedSample(
            options,
            directory: folder.path,
            memory: memory,
            keys: 2 * keys,
            log: Logger(label: "agent-bench") { _ in SwiftLogNoOpLogHandler() }
        )
        let names = (0..<keys).map { RecordKey("host-\($0)") }
        var random = SystemIndependentRandom()
        func judge(_ key: Int) throws {
            let value: InlineArray<1, Double> = [Double(key) + random.unit()]
            try sample.judge(value.span, of: names[key])
        }
        try measure("new keys", keys * Self.recordsToFill, sample, show) { try judge($0 / Self.recordsToFill) }
        try measure("keys chosen evenly", Self.records, sample, show) { _ in
            try judge(Int(random.unit() * Double(keys)))
        }
        // The rank whose probability is 1/rank is about keys^u for u even in 0..<1.
        try measure("keys by Zipf's law", Self.records, sample, show) { _ in
            try judge(min(keys - 1, Int(pow(Double(keys), random.unit())) - 1))
        }
        let start = ContinuousClock.now
        try sample.checkpoint()
        show(figure("checkpoint", (ContinuousClock.now - start) / .seconds(1), "s"))
        let counts = sample.counts
        show(figure("known", Double(counts.known), "keys"))
        show(figure("in memory", Double(counts.inMemory), "keys"))
        show(figure("memory per key", Double(counts.bytesPerKey), "bytes"))
        show(figure("resident", try Self.residentMegabytes("VmRSS"), "MB"))
        show(figure("resident at most", try Self.residentMegabytes("VmHWM"), "MB"))
        let size = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "keys").path).reduce(0) {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: folder.appending(path: "keys").appending(path: $1).path
            )
            return $0 + (attributes[.size] as? Int ?? 0)
        }
        show(figure("store per key", (Double(size) / Double(counts.known)).rounded(), "bytes"))
    }

    private func measure(
        _ name: String,
        _ records: Int,
        _ sample: KeyedSample,
        _ show: (Figure) -> Void,
        _ work: (Int) throws -> Void
    ) throws {
        let (before, seconds, start) = (sample.counts, Figure.threadSeconds, ContinuousClock.now)
        for record in 0..<records { try work(record) }
        let after = sample.counts
        let (used, elapsed) = (Figure.threadSeconds - seconds, (ContinuousClock.now - start) / .seconds(1))
        show(figure(name, (Double(records) / used).rounded(), "records/CPU-s"))
        show(figure("\(name): evictions", (Double(after.evictions - before.evictions) / elapsed).rounded(), "1/s"))
        show(figure("\(name): loads", (Double(after.loads - before.loads) / elapsed).rounded(), "1/s"))
    }

    private func figure(_ name: String, _ value: Double, _ unit: String) -> Figure {
        Figure(benchmark: "keys", name: name, value: value, unit: unit, count: 1)
    }

    /// - Parameter line: of what the kernel says about this process.
    private static func residentMegabytes(_ line: String) throws -> Double {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let resident = status.split(separator: "\n").first { $0.hasPrefix("\(line):") }
        let kilobytes = resident?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Double($0) } ?? .nan
        return (kilobytes / 1000 * 1.024).rounded()
    }
}

/// SplitMix64: the same keys and values every time.
private struct SystemIndependentRandom {
    private var state: UInt64 = 1

    mutating func unit() -> Double {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return (Double((mixed ^ mixed >> 31) >> 11) + 0.5) * 0x1p-53
    }
}
