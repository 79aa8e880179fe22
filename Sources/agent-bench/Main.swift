import AnomaliesAgent
import ArgumentParser
import Foundation
import Logging

/// Speed and memory of the parts, in CPU time, so that a busy machine changes little.
@main
struct Main: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent-bench",
        abstract: "Measures the agent's parts and prints one JSON line a figure: medians of \(Figure.runs) runs.",
        discussion: """
            EXAMPLE
              swift run -c release agent-bench feed
              swift run -c release agent-bench forest --dimensions 8 --trees 50
              swift run -c release agent-bench keys --keys 10000 --trees 50
            """
    )

    @Argument(help: ArgumentHelp("Which to run (default: all but keys and reload).", valueName: "NAME"))
    var names: [String] = []
    @Flag(help: "Print the names and what they measure.")
    var list = false
    @Option(help: "The script directory that describes the workload.")
    var scripts = "scripts"
    @Option(help: "Of the forest: values per point, 1 to 30.")
    var dimensions = 1
    @Option(help: "Of the forest: 1 to 1000.")
    var trees = 100
    @Option(help: "Of the forest: CPU seconds of each of the five runs of a case.")
    var seconds = 1.0
    @Option(help: "Of reloading: saves under load, 1 to 1000.")
    var saves = 100
    @Option(help: "Of reloading: reloads whose memory is measured, 10 to 1000000.")
    var reloads = 10_000
    @Option(help: "Of the forests per key: how many keys, 1 to 1000000.")
    var keys = 10_000
    @Option(help: "Of the forests per key: megabytes in memory.")
    var keyMemory = 1_000

    private static let all: [(name: String, about: String)] = [
        ("feed", "packages of 10,000 simulated records, gzipped at level 6 and not"),
        ("forest", "standard normal points, every 100th 6 away"),
        ("detect", "the detector in memory on the simulated workload"),
        (
            "keys",
            "a forest per key, most on disk: each filled, then 20,000 records evenly and by Zipf; only when named"
        ),
        ("scripts", "JSON lines with a field derived by a declaration and by functions"),
        ("relay", "taking a package of 10,000 records apart"),
        ("reload", "scripts saved while 10,000 records a second are judged: a minute or two, and only when named"),
        ("start", "a process's start to its first log line, and its resident memory when idle"),
    ]

    func validate() throws {
        let known = Self.all.map(\.name)
        if let unknown = names.first(where: { !known.contains($0) }) {
            throw ValidationError("There is no benchmark \"\(unknown)\". There are: \(known.joined(separator: ", ")).")
        }
        if !(1...30).contains(dimensions) { throw ValidationError("--dimensions takes 1 to 30, got \(dimensions).") }
        if !(1...1_000_000).contains(keys) { throw ValidationError("--keys takes 1 to 1000000, got \(keys).") }
        if !(1...1_000_000).contains(keyMemory) {
            throw ValidationError("--key-memory takes 1 to 1000000 megabytes, got \(keyMemory).")
        }
        if !(1...1000).contains(saves) { throw ValidationError("--saves takes 1 to 1000, got \(saves).") }
        if !(10...1_000_000).contains(reloads) {
            throw ValidationError("--reloads takes 10 to 1000000, got \(reloads).")
        }
        if !(1...1000).contains(trees) { throw ValidationError("--trees takes 1 to 1000, got \(trees).") }
        if !(0.01...60).contains(seconds) { throw ValidationError("--seconds takes 0.01 to 60, got \(seconds).") }
    }

    func run() throws {
        guard !list else {
            for (name, about) in Self.all { print("\(name)\t\(about)") }
            return
        }
        let chosen = names.isEmpty ? Self.all.map(\.name).filter { !["keys", "reload"].contains($0) } : names
        for name in chosen {
            // At once, whatever standard output is: some take a minute.
            let show: (Figure) -> Void = { FileHandle.standardOutput.write(Data("\($0.line)\n".utf8)) }
            switch name {
            case "feed": try WorkloadBenchmarks(scripts: scripts).feed(show)
            case "forest": try ForestBenchmark(dimensions: dimensions, trees: trees, seconds: seconds).run(show)
            case "detect": try WorkloadBenchmarks(scripts: scripts).detect(show)
            case "keys": try KeysBenchmark(keys: keys, trees: trees, memory: keyMemory * 1_000_000).run(show)
            case "reload": try ReloadBenchmark(saves: saves, reloads: reloads).run(show)
            case "scripts": try ScriptsBenchmark(scripts: scripts).run(show)
            case "relay": try WorkloadBenchmarks(scripts: scripts).relay(show)
            default: try StartBenchmark(scripts: scripts).run(show)
            }
        }
    }

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            let code = exitCode(for: error)
            let isUsage = code == .validationFailure
            guard !code.isSuccess else { exit(withError: error) }
            let text = isUsage ? fullMessage(for: error) : "agent-bench: \(error)"
            FileHandle.standardError.write(Data("\(text)\n".utf8))
            Foundation.exit(isUsage || error is SetupProblem ? 2 : 1)
        }
    }
}
