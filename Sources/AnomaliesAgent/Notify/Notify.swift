import Logging
import Transport

/// Sends what the outbox holds: next alert → render → mail → note. Nothing leaves it but by an answer.
///
/// A mail that cannot be delivered now is tried again with growing pauses, for five days; one that is refused for good
/// is kept with the server's answer. The same alert always has the same Message-ID.
actor Notify: PipelineStep {
    /// Give up after this long, as mail servers do (RFC 5321, 4.5.4.1).
    private static let patience: Milliseconds = 5 * 24 * 3_600_000
    private static let firstPause: Milliseconds = 5_000
    private static let longestPause: Milliseconds = 3_600_000
    private static let misconfiguredPause: Milliseconds = 300_000
    private static let pollInterval = Duration.seconds(1)

    nonisolated let name = "notify"
    nonisolated let thread = RoleThread("notify")
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let sender: any MailSender
    private let envelope: Envelope
    private let templates: any NotifyRulesProvider
    private let state: StateStore
    private let clock: any PipelineClock
    private let report: RoleReport
    private let console: any Console
    private let log: Logger
    /// What notify.lua remembers, as of the last mail; `nil` before it is read.
    private var memory: ScriptState?

    init(
        sender: any MailSender,
        envelope: Envelope,
        templates: any NotifyRulesProvider,
        state: StateStore,
        clock: any PipelineClock,
        report: RoleReport,
        console: any Console,
        log: Logger
    ) {
        self.sender = sender
        self.envelope = envelope
        self.templates = templates
        self.state = state
        self.clock = clock
        self.report = report
        self.console = console
        self.log = log
    }

    func step() async throws -> StepOutcome {
        let now = clock.now
        guard let entry = try state.read({ try Outbox.next(due: now, in: $0) }) else {
            let next = try state.read { try Outbox.nextDue(in: $0) }
            return .idle(next.map { min(.milliseconds(max(1, $0 - now)), Self.pollInterval) } ?? Self.pollInterval)
        }
        // What cannot be parsed reads as nothing here; it is told below and kept as it is.
        guard let alert = (try? JSONValue(parsing: entry.alert)).flatMap(Alert.init(json:)) else {
            log.error("notify: alert \(entry.id) in the outbox is not readable; it is kept as undeliverable.")
            try state.write { try Outbox.dead(entry.id, answer: "not readable", in: $0) }
            return .worked
        }
        try await deliver(alert, entry)
        try report.write()
        return .worked
    }

    func finish() async throws { try report.write(isLast: true) }

    private func deliver(_ alert: Alert, _ entry: Outbox.Entry) async throws {
        let object = try alert.identity.flatMap { identity in
            try state.read { try RelayMemory.key(ofPackage: "\(identity.package)", in: $0) }
        }
        let rules = try templates.current()
        let memory = try self.memory ?? state.read { try ScriptStates.load(.notify, scope: "", in: $0) }
        self.memory = memory
        rules.remember(memory, at: alert.time)
        let mail = MailComposer(envelope: envelope, object: object).compose(alert, with: rules, log: log)
        report.note(rules.figures, of: "notify")
        let recipients = entry.recipients ?? mail.to.map(\.description)
        do {
            let receipt = try await sender.send(
                mail.bytes,
                identity: alert.id,
                from: envelope.from.description,
                to: recipients
            )
            for refusal in receipt.refused { log.error("notify \(alert.id): refused for good: \(refusal)") }
            let now = clock.now
            try state.write { database in
                if receipt.deferred.isEmpty {
                    try Outbox.sent(entry.id, answer: receipt.answer, in: database)
                } else {
                    try Outbox.postpone(
                        entry.id,
                        until: now + Self.pause(after: entry.attempts),
                        recipients: receipt.deferred,
                        answer: receipt.answer,
                        in: database
                    )
                }
                try ScriptStates.save(memory, .notify, scope: "", in: database)
            }
            memory.saved()
            report.progress(1, position: alert.id, lag: max(0, now - entry.created))
            console.mailed(alert, answer: receipt.answer)
        } catch let failure as MailFailure {
            // The words are made again with the next try, and what they changed then counts.
            self.memory = nil
            try putOff(entry, failure)
        }
    }

    private func putOff(_ entry: Outbox.Entry, _ failure: MailFailure) throws {
        let now = clock.now
        report.failed("\(failure)")
        // What is wrong with the configuration is no reason to give up an alert, nor to try every few seconds, which
        // may lock an account.
        if failure.kind == .misconfigured || failure.kind == .passing && now - entry.created < Self.patience {
            let pause = failure.kind == .passing ? Self.pause(after: entry.attempts) : Self.misconfiguredPause
            log.log(
                level: failure.kind == .passing ? .warning : .error,
                "notify \(entry.id): \(failure) Trying again in \(Duration.milliseconds(pause).formatted)."
            )
            try state.write {
                try Outbox.postpone(
                    entry.id,
                    until: now + pause,
                    recipients: entry.recipients,
                    answer: "\(failure)",
                    in: $0
                )
            }
        } else {
            log.error("notify \(entry.id): \(failure) Given up; the alert is kept in the state as undelivered.")
            try state.write { try Outbox.dead(entry.id, answer: "\(failure)", in: $0) }
        }
    }

    private static func pause(after attempts: Int) -> Milliseconds {
        min(firstPause << Int64(min(attempts, 12)), longestPause)
    }
}

/// Who a mail is from, and to whom where the script does not say.
struct Envelope: Sendable {
    var from: MailAddress
    var to: [MailAddress]
}

/// The newest valid templates, asked for before each mail.
protocol NotifyRulesProvider {
    func current() throws -> any NotifyRules
}

/// What notify.lua says. Each is `nil` where the built-in text serves.
protocol NotifyRules {
    var to: [MailAddress]? { get }
    /// What the functions remember from now on, and of which event time the next calls are.
    func remember(_ state: ScriptState, at time: Milliseconds)
    var figures: [FunctionFigures] { get }
    /// - Throws: ``ScriptFailure``
    func subject(_ alert: JSONValue) throws -> String?
    func text(_ alert: JSONValue) throws -> String?
    func html(_ alert: JSONValue) throws -> String?
}

extension NotifyRules {
    func remember(_ state: ScriptState, at time: Milliseconds) {}
    var figures: [FunctionFigures] { [] }
}
