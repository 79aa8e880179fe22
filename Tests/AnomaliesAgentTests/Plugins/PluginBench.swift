import AWS
import Foundation
import Logging
import Synchronization
import Testing
import Transport

@testable import AnomaliesAgent

/// A folder of plugins, a configuration that asks for them, and a network that answers as a test says.
struct PluginBench {
    var bench: Workbench
    let network = ScriptedNetwork()
    let told = TellTale()
    var environment: [String: String] = [:]
    /// The shipped ones instead of those in the bench's own folder.
    var usesShipped = false
    /// The real network instead of a script.
    var isLive = false

    init() throws { bench = try Workbench() }

    static let shipped = ShippedFileTests.root.appending(path: "plugins").path

    func write(_ name: String, _ program: String) throws {
        try bench.directory.write(program, to: "plugins/\(name)/plugin.lua")
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: "\(bench.directory.path)/plugins/\(name)")
    }

    var outside: Outside {
        var outside = bench.outside
        outside.environment = environment
        outside.network = isLive ? nil : network
        return outside
    }

    /// - Parameter text: of anomalies.cfg.
    func library(_ text: String) throws -> PluginLibrary {
        var configuration = try load(text)
        configuration.state.directory = bench.directory.path
        configuration.pluginFolder.directory = usesShipped ? Self.shipped : "\(bench.directory.path)/plugins"
        return try PluginLibrary(configuration, outside: outside, log: told.log)
    }

    /// What is wrong with a configuration and its plugins, without the folder they are in.
    func problems(_ text: String) -> [String] {
        do {
            _ = try library(text)
            return []
        } catch {
            let folder = usesShipped ? Self.shipped : "\(bench.directory.path)/plugins"
            return "\(error)".replacing(folder, with: "plugins").split(separator: "\n").map(String.init)
        }
    }

    func runner(_ library: PluginLibrary) throws -> sending PluginRunner {
        try library.runner(try #require(library.setups.first), state: bench.state, outside: outside)
    }

    func notifier(_ library: PluginLibrary) throws -> PluginNotifier {
        let step = try library.steps(state: bench.state, outside: outside).first
        return try #require(step as? PluginNotifier)
    }

    /// Puts an alert into the outbox, as detection does.
    @discardableResult
    func alert(_ record: JSONValue = ["name": "Ann", "accuracy": 95], line: Int = 1) throws -> Alert {
        let finding = Finding(
            sequenceNumber: "1",
            identity: RecordIdentity(package: PackageID(value: 1), line: line),
            time: bench.clock.now,
            record: record,
            score: 2.34567,
            grade: 0.75,
            decision: Decision(),
            suppression: nil
        )
        let alert = Alert(finding, suppressed: 0, shard: "s", generation: "g")
        try bench.state.write { try Outbox.add(id: alert.id, alert: alert.json.display, time: bench.clock.now, in: $0) }
        return alert
    }

    func status(_ name: String) throws -> JSONValue {
        try bench.state.read { try PluginStatus.all(in: $0) }.first { $0["name"]?.string == name } ?? .null
    }
}

/// Answers requests in the order of its script, and remembers them.
final class ScriptedNetwork: PluginNetwork {
    private let state = Mutex((answers: [Result<HTTPResponse, PluginCallFailure>](), requests: [HTTPRequest]()))

    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    func answer(_ answers: Result<HTTPResponse, PluginCallFailure>...) { state.withLock { $0.answers += answers } }

    func send(_ request: HTTPRequest) throws(PluginCallFailure) -> HTTPResponse {
        let answer = state.withLock { state in
            state.requests.append(request)
            return state.answers.isEmpty ? .success(HTTPResponse(status: 200)) : state.answers.removeFirst()
        }
        return try answer.get()
    }

    func perform(_ action: AWSAction) throws(PluginCallFailure) -> [UInt8] { [] }
}

/// A log that a test can read.
final class TellTale: LogHandler, @unchecked Sendable {
    // The lines are behind a lock; the other two are never changed.
    private let lines = Mutex<[String]>([])
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    var all: [String] { lines.withLock { $0 } }
    var log: Logger { Logger(label: "test") { _ in self } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { lines.withLock { $0.append("\(event.level): \(event.message)") } }
}
