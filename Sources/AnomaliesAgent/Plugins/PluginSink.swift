import GRDB
import Logging
import Scripting

/// One sink: takes every finding to its plugin, alerted or not, in the order in which they were committed, in batches.
///
/// How far it has come is its own position; a batch that fails is tried again as it was, so that a finding may be
/// written twice, but none is left out.
actor PluginSink: PipelineStep {
    private static let batchLimit = 100
    private static let longestPause = Duration.seconds(300)
    private static let pollInterval = Duration.seconds(1)

    nonisolated let name: String
    nonisolated let thread: RoleThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let runner: PluginRunner
    private let state: StateStore
    private let clock: any PipelineClock
    private let log: Logger
    private let positionName: String
    private var position: Int64
    private var failures = 0
    private var due: Milliseconds = 0

    init(_ runner: sending PluginRunner, state: StateStore, clock: any PipelineClock, log: Logger) throws {
        name = "sink \(runner.name)"
        thread = RoleThread("sink \(runner.name)")
        let fact = "plugin.\(runner.name).position"
        positionName = fact
        self.runner = runner
        self.state = state
        self.clock = clock
        self.log = log
        // What was found before the sink was first set up is history.
        position = try state.write { database in
            if let known = try Meta.value(fact, in: database).flatMap(Int64.init) { return known }
            let newest = try Int64.fetchOne(database, sql: "SELECT MAX(id) FROM findings") ?? 0
            try Meta.set(fact, to: "\(newest)", in: database)
            return newest
        }
    }

    func step() async throws -> StepOutcome {
        guard runner.isReady(), clock.now >= due else {
            try runner.write(atOnce: false)
            return .idle(Self.pollInterval)
        }
        let position = position
        let findings = try state.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM findings WHERE id > ? ORDER BY id LIMIT ?",
                arguments: [position, Self.batchLimit]
            ).map { (id: $0["id"] as Int64, json: try FindingsReport.json($0)) }
        }
        guard let last = findings.last?.id else {
            try runner.write(atOnce: false)
            return .idle(Self.pollInterval)
        }
        do {
            try write(findings.map(\.json), through: last)
            failures = 0
        } catch let failure as PluginFailure {
            failures += 1
            let pause = max(
                min(Duration.seconds(5) * (1 << min(failures - 1, 10)), Self.longestPause),
                failure.after ?? .zero
            )
            due = clock.now + pause.milliseconds
            if failure.cause != .off {
                log.warning("\(name): \(failure) Trying again in \(pause.formatted).")
            }
        }
        try runner.write(atOnce: false)
        return .worked
    }

    func finish() async throws { try runner.write(atOnce: true) }

    private func write(_ findings: [JSONValue], through last: Int64) throws {
        let value = try runner.run([LuaValue(.array(findings))])
        switch try PluginDelivery(value, runner) {
        case .retry(let reason, let after): throw runner.outside(reason, isRetryable: true, after: after)
        case .refused(let reason):
            log.error("\(name): \(findings.count) findings were refused for good and are passed over: \(reason)")
        case .delivered: break
        }
        let (runner, positionName) = (runner, positionName)
        try state.write { database in
            try Meta.set(positionName, to: "\(last)", in: database)
            try runner.succeeded(in: database)
        }
        position = last
        try runner.settle(findings.count)
    }
}
