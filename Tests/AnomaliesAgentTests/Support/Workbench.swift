import Foundation
import Logging
import Transport

@testable import AnomaliesAgent

/// A state directory and what every role needs besides, for one test.
struct Workbench {
    let directory: TemporaryDirectory
    let files = DiskFileSystem()
    let clock = ManualClock()
    let console = RecordingConsole()
    let state: StateStore
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    var configuration = Configuration()

    init() throws {
        directory = try TemporaryDirectory()
        state = try StateStore(directory: directory.path, files: files)
        configuration.state.directory = directory.path
    }

    var naming: PackageNaming { PackageNaming(configuration) }

    func bucket() throws -> LocalBucket { try LocalBucket(directory: "\(directory.path)/bucket", files: files) }

    func stream(shards: Int = 1) throws -> LocalStream {
        try LocalStream(directory: "\(directory.path)/stream", shards: shards, files: files, clock: clock)
    }

    func report(_ role: Role) -> RoleReport { RoleReport(role, state: state, clock: clock) }

    var backlog: Backlog { Backlog(state: state, stream: nil, feedWaits: false) }

    var labels: LabelFile {
        get throws { try LabelFile(directory: directory.path, files: files) }
    }

    /// A script environment with the configuration's `[General]`.
    func environment(seed: UInt64 = 7) -> ScriptEnvironment { ScriptEnvironment(configuration, seed: seed, log: log) }

    /// A script directory with these files.
    func scripts(_ texts: [String: String]) throws -> String {
        for (name, text) in texts { try directory.write(text, to: "scripts/\(name)") }
        return "\(directory.path)/scripts"
    }

    func library(_ texts: [String: String], seed: UInt64 = 7) throws -> ScriptLibrary {
        try ScriptLibrary(try scripts(texts), files: files, environment: environment(seed: seed), log: log)
    }

    func feed(
        _ source: sending any PackageSource,
        into objects: any ObjectStore,
        packages: Int? = nil,
        history: Int = 0
    ) throws -> Feed {
        try Feed(
            options: Feed.Options(configuration, packages: packages, historyRecords: history),
            source: source,
            objects: objects,
            state: state,
            backlog: backlog,
            labels: try labels,
            clock: clock,
            report: report(.feed),
            console: console
        )
    }

    func relay(
        from objects: any ObjectStore,
        to stream: any RecordStream,
        keys: sending any ShardKeyProvider = NoKeys(),
        decoders: sending PluginDecoders? = nil,
        start: Milliseconds = 0
    ) throws -> Relay {
        try Relay(
            options: Relay.Options(
                window: RelayWindow(configuration),
                pollInterval: .seconds(1),
                recordLimits: configuration.recordLimits,
                gzipLimits: configuration.gzipLimits,
                objectBytes: configuration.relay.maxObjectBytes,
                objects: nil,
                start: start
            ),
            objects: objects,
            stream: stream,
            keys: keys,
            decoders: decoders,
            state: state,
            backlog: backlog,
            clock: clock,
            report: report(.relay),
            log: log
        )
    }

    func detector(
        _ rules: sending any DetectRulesProvider,
        plugins: sending DetectPlugins? = nil,
        on stream: any RecordStream,
        batchSize: Int = 50,
        snapshotRecords: Int = 200,
        keys: KeyHome.Limits = KeyHome.Limits(memory: 1 << 30, keys: 1_000),
        warmStart: WarmStart? = nil,
        state other: StateStore? = nil
    ) throws -> ShardDetector {
        let state = other ?? self.state
        return try ShardDetector(
            shard: "shardId-000000000000",
            options: ShardDetector.Options(
                batchSize: batchSize,
                snapshotRecords: snapshotRecords,
                pollInterval: .milliseconds(500),
                recordLimits: RecordLimits(),
                keys: keys
            ),
            stream: stream,
            rules: rules,
            plugins: plugins,
            state: state,
            snapshots: try Snapshots(directory: state.directory, files: files),
            files: files,
            warmStart: warmStart,
            clock: clock,
            report: RoleReport(.detect, state: state, clock: clock),
            console: console,
            log: log
        )
    }
}

/// No key is declared: records are spread evenly.
struct NoKeys: ShardKeyProvider, ShardKeys {
    func current() throws -> any ShardKeys { self }
    func hashKey(of record: [UInt8]) throws -> UInt128? { nil }
}

extension PipelineStep {
    /// Steps until there is nothing to do, which takes two idle looks, or `limit` steps were taken.
    ///
    /// - Returns: the last outcome.
    @discardableResult
    func drain(limit: Int = 2_000) async throws -> StepOutcome {
        var outcome = StepOutcome.worked
        for _ in 0..<limit {
            outcome = try await step()
            if outcome != .worked { return outcome }
        }
        return outcome
    }
}

/// A package as the feed stores it.
func gzip(_ text: String) throws -> [UInt8] { try gzip(Array(text.utf8)) }

func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    var encoder = try GzipEncoder()
    var output: [UInt8] = []
    try encoder.append(bytes.span.bytes, to: &output)
    try encoder.finish(into: &output)
    return output
}

func gunzip(_ bytes: [UInt8]) throws -> String { String(decoding: try GzipDecoder.decode(bytes), as: UTF8.self) }

extension Workbench {
    /// Nothing on standard input, no environment.
    var outside: Outside {
        Outside(files: files, clock: clock, environment: [:], input: ScriptedInput([]), console: console)
    }
}
