import Logging
import Scripting

/// One notifier: takes each alert of the outbox to its plugin, whatever becomes of the mail and of other notifiers.
///
/// The plugin's function may return nothing or a text (delivered, and the answer), `{ retry = "why", after = seconds }`
/// or `{ refused = "why" }`. What fails is tried again with growing pauses, for five days.
actor PluginNotifier: PipelineStep {
    private static let patience: Milliseconds = 5 * 24 * 3_600_000
    private static let firstPause: Milliseconds = 5_000
    private static let longestPause: Milliseconds = 3_600_000
    private static let misconfiguredPause: Milliseconds = 300_000
    private static let pollInterval = Duration.seconds(1)

    nonisolated let name: String
    nonisolated let thread: RoleThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let plugin: String
    private let runner: PluginRunner
    private let state: StateStore
    private let clock: any PipelineClock
    private let start: Milliseconds
    private let log: Logger

    init(_ runner: sending PluginRunner, state: StateStore, clock: any PipelineClock, log: Logger) throws {
        let plugin = runner.name
        self.plugin = plugin
        name = "notify \(plugin)"
        thread = RoleThread("notify \(plugin)")
        self.runner = runner
        self.state = state
        self.clock = clock
        self.log = log
        let now = clock.now
        start = try state.write { try Deliveries.settleStart(of: plugin, now: now, in: $0) }
    }

    func step() async throws -> StepOutcome {
        guard runner.isReady() else {
            try runner.write(atOnce: false)
            return .idle(Self.pollInterval)
        }
        let now = clock.now
        let entry = try state.read { try Deliveries.next(of: plugin, since: start, due: now, in: $0) }
        guard let entry else {
            try runner.write(atOnce: false)
            return .idle(Self.pollInterval)
        }
        guard let alert = (try? JSONValue(parsing: entry.alert)).flatMap(Alert.init(json:)) else {
            try note(entry, .dead, answer: "not readable")
            return .worked
        }
        do {
            try deliver(alert, entry)
        } catch let failure as PluginFailure {
            try putOff(entry, failure)
        }
        try runner.write(atOnce: false)
        return .worked
    }

    func finish() async throws { try runner.write(atOnce: true) }

    private func deliver(_ alert: Alert, _ entry: Deliveries.Entry) throws {
        let object = try alert.identity.flatMap { identity in
            try state.read { try RelayMemory.key(ofPackage: "\(identity.package)", in: $0) }
        }
        let value = try runner.run([LuaValue(Self.context(of: alert, object: object))])
        let outcome = try PluginDelivery(value, runner)
        let (id, plugin, runner, now) = (entry.id, plugin, runner, clock.now)
        switch outcome {
        case .delivered(let answer):
            try state.write { database in
                try Deliveries.note(
                    id,
                    of: plugin,
                    .sent,
                    attempts: entry.attempts + 1,
                    due: now,
                    answer: answer,
                    in: database
                )
                try runner.succeeded(in: database)
            }
            try runner.settle()
            log.info("plugin \(plugin): told of alert \(id)\(answer.map { ": \($0.singleLine)" } ?? "")")
        case .refused(let reason):
            log.error("plugin \(plugin): alert \(id) is given up: \(reason)")
            try note(entry, .dead, answer: reason)
        case .retry(let reason, let after):
            throw runner.outside(reason, isRetryable: true, after: after)
        }
    }

    private func putOff(_ entry: Deliveries.Entry, _ failure: PluginFailure) throws {
        let now = clock.now
        // What is switched off waits as long as it takes, and so does what somebody has to configure.
        let waits = failure.cause == .off || failure.cause == .outside(isRetryable: false)
        guard waits || now - entry.created < Self.patience else {
            log.error("plugin \(plugin): alert \(entry.id) is given up: \(failure)")
            return try note(entry, .dead, answer: failure.description)
        }
        var pause = min(Self.firstPause << Int64(min(entry.attempts, 12)), Self.longestPause)
        switch failure.cause {
        case .off: pause = 0
        case .outside(isRetryable: false): pause = Self.misconfiguredPause
        default: pause = max(pause, failure.after.map(\.milliseconds) ?? 0)
        }
        if failure.cause != .off {
            log.warning(
                "plugin \(plugin): alert \(entry.id): \(failure) Trying again in \(Duration.milliseconds(pause).formatted)."
            )
        }
        try note(entry, .pending, answer: failure.description, due: now + pause)
    }

    private func note(_ entry: Deliveries.Entry, _ state: Deliveries.State, answer: String?, due: Milliseconds = 0)
        throws
    {
        let plugin = plugin
        try self.state.write {
            try Deliveries.note(
                entry.id,
                of: plugin,
                state,
                attempts: entry.attempts + 1,
                due: due,
                answer: answer,
                in: $0
            )
        }
    }

    /// What templates see of an alert, with the record's own text and the built-in words besides.
    static func context(of alert: Alert, object: String?) -> JSONValue {
        let context = MailComposer.context(of: alert, object: object)
        guard var fields = context.object else { return context }
        fields["record_json"] = .string(alert.record.display)
        fields["subject"] = .string(MailTemplate.render(MailTemplate.subject, context, isHTML: false))
        fields["text"] = .string(MailTemplate.render(MailTemplate.text, context, isHTML: false))
        return .object(fields)
    }
}

/// What a notifier or sink says it has done.
enum PluginDelivery: Equatable {
    case delivered(answer: String?)
    case retry(reason: String, after: Duration?)
    case refused(reason: String)

    /// - Throws: ``PluginFailure`` for anything that means nothing.
    init(_ value: LuaValue, _ runner: PluginRunner) throws(PluginFailure) {
        let form = "expected nothing, a text, { retry = \"why\", after = seconds } or { refused = \"why\" }"
        switch value {
        case .nil, .null, .boolean(true): self = .delivered(answer: nil)
        case .string(let answer): self = .delivered(answer: String(answer.prefix(500)))
        case .table(let table):
            if case .string(let reason)? = table["refused"], table.fields.count == 1 {
                self = .refused(reason: reason)
            } else if case .string(let reason)? = table["retry"] {
                let after = table["after"]?.double.map { Duration.seconds(min(max($0, 0), 86_400)) }
                self = .retry(reason: reason, after: after)
            } else {
                throw runner.wrong("\(runner.setup.manifest.kind.function) returned a table, \(form)")
            }
        default: throw runner.wrong("\(runner.setup.manifest.kind.function) returned \(value.shown), \(form)")
        }
    }
}
