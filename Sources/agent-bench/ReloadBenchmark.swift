import AnomaliesAgent
import Foundation
import Logging

/// Scripts that change while records are judged: how soon a save counts, and what the records feel of it.
struct ReloadBenchmark {
    private static let rate = 10_000

    /// - Parameters:
    ///   - saves: under load.
    ///   - reloads: without load, for what stays in memory.
    let saves: Int
    let reloads: Int

    func run(_ show: (Figure) -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "agent-bench-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let log = Logger(label: "agent-bench") { _ in SwiftLogNoOpLogHandler() }
        let sample = ReloadSample(directory: folder.appending(path: "load").path, rate: Self.rate, log: log)
        let figures = try wait { try await sample.run(saves: saves, pause: .milliseconds(700)) }
        func tell(_ name: String, _ value: Double, _ unit: String = "ms", count: Int) {
            let rounded = (value * 100).rounded() / 100
            show(Figure(benchmark: "reload", name: name, value: rounded, unit: unit, count: count))
        }
        for (name, values) in [
            ("save to first record, ", figures.takes), ("arrival to commit while reloading, ", figures.reloading),
            ("arrival to commit else, ", figures.quiet),
        ] {
            for (share, label) in [(0.5, "median"), (0.99, "p99"), (1.0, "worst")] {
                tell(name + label, quantile(values, share), count: values.count)
            }
        }
        tell("records", Double(figures.records), "records", count: 1)
        tell("records lost", Double(figures.records - figures.scored), "records", count: 1)
        tell(
            "records judged twice",
            Double(figures.repeated + max(0, figures.scored - figures.records)),
            "records",
            count: 1
        )
        let cycle = try ReloadCycle(directory: folder.appending(path: "cycle").path, log: log)
        for number in 0..<reloads / 10 { try cycle.reload(number) }
        let before = residentMegabytes
        let start = Figure.threadSeconds
        for number in 0..<reloads { try cycle.reload(reloads + number) }
        tell("CPU of a reload", (Figure.threadSeconds - start) / Double(reloads) * 1000, count: reloads)
        tell("growth over \(reloads) reloads", residentMegabytes - before, "MB", count: 1)
    }

    private func quantile(_ values: [Double], _ share: Double) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    private var residentMegabytes: Double {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
            .dropFirst()
            .first.flatMap { Double($0) }
        return (pages ?? 0) * 4096 / 1_000_000
    }

    /// The benchmarks are synchronous but for this one.
    private func wait<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let done = DispatchSemaphore(value: 0)
        let result = Box<Value>()
        Task {
            do { result.value = .success(try await body()) } catch { result.value = .failure(error) }
            done.signal()
        }
        done.wait()
        guard let value = result.value else { preconditionFailure("signalled without a result") }
        return try value.get()
    }

    // Proof for `@unchecked`: written before the signal, read after it.
    private final class Box<Value: Sendable>: @unchecked Sendable {
        var value: Result<Value, any Error>?
    }
}
