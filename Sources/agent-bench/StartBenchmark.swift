import AnomaliesAgent
import Foundation

/// The agent as a process of its own, with embedded ports: how soon it speaks, and what it holds when idle.
struct StartBenchmark {
    private enum Load: String {
        /// No feed at all.
        case none = "idle"
        /// The simulator's history has gone through the whole path, and its next package is hours away.
        case warmedUp = "idle after warm-up"
    }

    /// Until nothing changes any more: the history takes about a second.
    private static let settling = 4.0

    let scripts: String

    func run(_ show: (Figure) -> Void) throws {
        var starts: [Double] = []
        for _ in 0..<Figure.runs { starts.append(try measure(.none, settling: 0).milliseconds) }
        show(figure("start to first log line", Figure.median(starts), "ms"))
        for load in [Load.none, .warmedUp] {
            var sizes: [Double] = []
            for _ in 0..<Figure.runs { sizes.append(try measure(load, settling: Self.settling).megabytes) }
            show(figure("resident \(load.rawValue)", Figure.median(sizes), "MB"))
        }
    }

    private func figure(_ name: String, _ value: Double, _ unit: String) -> Figure {
        Figure(benchmark: "start", name: name, value: (value * 10).rounded() / 10, unit: unit)
    }

    private func measure(_ load: Load, settling: Double) throws -> (milliseconds: Double, megabytes: Double) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "agent-bench-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let configuration = folder.appending(path: "anomalies.cfg")
        let source = load == .none ? "none" : "simulate"
        try Data("[General]\nupload-interval: 86400\n[Feed]\nsource: \(source)\n".utf8).write(to: configuration)

        let errors = Pipe()
        let process = Process()
        let executable = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: "anomalies-agent")
        process.executableURL = executable
        process.arguments = ["run", scripts, "--config", configuration.path, "--state", "\(folder.path)/state"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        let start = ContinuousClock.now
        do { try process.run() } catch {
            throw SetupProblem("\(executable?.path ?? ""): \(error). Build it first: swift build -c release.")
        }
        let first = errors.fileHandleForReading.availableData
        let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        guard !first.isEmpty, process.isRunning else {
            throw SetupProblem("anomalies-agent ended at once: \(String(decoding: first, as: UTF8.self))")
        }
        if settling > 0 { Thread.sleep(forTimeInterval: settling) }
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let resident = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let kilobytes = resident?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Double($0) } ?? .nan
        return (milliseconds, kilobytes / 1000 * 1.024)
    }
}
