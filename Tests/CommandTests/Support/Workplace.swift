import Foundation
import Testing

/// A folder of its own for a test, with the shipped scripts and an agent that knows nothing of this machine's settings.
final class Workplace: Sendable {
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Built beside the tests, because the test target depends on it.
    static let agent = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "anomalies-agent")

    let folder: URL
    private let environment: [String: String]

    /// - Parameters:
    ///   - scripts: Files of `scripts/` to write over the shipped ones, by name.
    ///   - environment: Besides `PATH` and a `HOME` without credentials.
    init(scripts: [String: String] = [:], environment: [String: String] = [:]) throws {
        let files = FileManager.default
        folder = files.temporaryDirectory.appending(path: "agent-\(UUID())")
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        try files.copyItem(at: Self.repository.appending(path: "scripts"), to: folder.appending(path: "scripts"))
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        self.environment = environment.merging(["PATH": path, "HOME": folder.path]) { given, _ in given }
        for (name, text) in scripts { try write(text, "scripts/\(name)") }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: folder.appending(path: name))
    }

    /// The names in a folder, sorted; none where there is no such folder.
    func names(in name: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path(name))) ?? []).sorted()
    }

    func contents(of name: String) throws -> Data { try Data(contentsOf: folder.appending(path: name)) }

    /// Starts the agent in the folder, to be killed after some lines of output where that is asked for.
    func start(_ arguments: [String], input: String = "", lifetime: Int? = nil) throws -> RunningAgent {
        try RunningAgent(arguments, in: self, environment: environment, input: input, lifetime: lifetime)
    }

    /// Runs the agent to its end.
    func run(_ arguments: String..., input: String = "") async throws -> Outcome {
        try await start(arguments, input: input).outcome()
    }

    /// Runs it and expects that it ends well.
    func mustRun(
        _ arguments: String...,
        input: String = "",
        at location: SourceLocation = #_sourceLocation
    ) async throws -> Outcome {
        let outcome = try await start(arguments, input: input).outcome()
        try #require(outcome.status == 0, "\(arguments): \(outcome)", sourceLocation: location)
        return outcome
    }
}

/// What a process has left behind.
struct Outcome: Sendable, CustomStringConvertible {
    /// The exit code, or the number of the signal that ended it, negative.
    var status: Int32
    var output: String
    var errors: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }

    /// Each line of the output as one JSON object.
    func objects() throws -> [JSON] { try lines.map(JSON.init(parsing:)) }

    var description: String { "status \(status)\n\(output.suffix(2000))\n\(errors.suffix(2000))" }
}

/// JSON as another reader than the agent's own sees it.
struct JSON: @unchecked Sendable {
    // Immutable Foundation values only, as JSONSerialization makes them.
    private let value: Any?

    init(parsing text: String) throws {
        value = try JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed])
    }

    private init(_ value: Any?) { self.value = value }

    subscript(name: String) -> JSON { JSON((value as? [String: Any])?[name]) }
    subscript(index: Int) -> JSON {
        (value as? [Any]).map { $0.indices.contains(index) ? JSON($0[index]) : JSON(nil) } ?? JSON(nil)
    }
    var string: String? { value as? String }
    var int: Int? { (value as? NSNumber)?.intValue }
    var double: Double? { (value as? NSNumber)?.doubleValue }
    var bool: Bool? { (value as? NSNumber)?.boolValue }
    var array: [JSON]? { (value as? [Any])?.map { JSON($0) } }
    var names: Set<String> { Set((value as? [String: Any])?.keys.map { $0 } ?? []) }
}
