import Detection
import Logging
import Synchronization
import Transport

/// The pipeline of one script directory in memory: records in; findings, alerts and mails out.
///
/// The same judge, rules, refractory periods and texts as when it counts, but with a state that nobody keeps and a clock
/// that stands still: the same records give the same result, whenever and wherever.
final class Rehearsal {
    /// Records that were judged at once.
    static let batchSize = 500

    struct Record {
        var bytes: [UInt8]
        var identity: RecordIdentity
        var arrival: Milliseconds
        /// Learned, and alerted to nobody.
        var isHistory = false
    }

    struct Found {
        var finding: Finding
        /// `nil` where nobody is told, see ``Finding/suppression``.
        var alert: Alert?
    }

    struct Mail {
        var alert: Alert
        var to: [String]
        var subject: String
        var text: String
        var html: String
    }

    /// What came of some records.
    struct Outcome {
        /// In the order of the records; silence where it was noticed.
        var found: [Found] = []
        var mails: [Mail] = []
        var quarantined: [QuarantinedRecord] = []
        var scored = 0
    }

    private static let shard = "rehearsal"

    let rules: DetectRules
    private let script: DetectScript
    private let notify: (any NotifyRules)?
    private let judge: BatchJudge
    private let memory: ShardMemory
    private let state: StateStore
    private let remembered = ScriptState()
    private let mailMemory = ScriptState()
    private let envelope: Envelope
    private let log: Logger
    private let failed = CollectedFailures()
    private var batch = 0
    private var records = 0

    /// - Parameter writesMails: whether notify.lua is asked for its words.
    /// - Throws: ``ScriptProblems``, ``ScriptProblem`` where there is no detect.lua, or ``RehearsalNotPossible``.
    init(_ loader: ScriptLoader, limits: RecordLimits, keys: KeyHome.Limits, writesMails: Bool) throws {
        script = try loader.detect()
        rules = script.rules
        guard rules.plugin == nil else {
            throw RehearsalNotPossible(description: "a plugin scores, and plugins only run in the agent itself")
        }
        let builtIn: any NotifyRules = BuiltInNotifyRules()
        notify = writesMails ? try loader.notify() ?? builtIn : nil
        let failed = failed
        log = Logger(label: "rehearsal") { _ in failed }
        state = try StateStore()
        let report = RoleReport(.detect, state: state, clock: StillClock())
        judge = try BatchJudge(shard: Self.shard, limits: limits, plugins: nil, report: report, log: log)
        let home = KeyHome(shard: Self.shard, limits: keys, directory: nil, files: DiskFileSystem(), log: log)
        memory = try ShardMemory(rules, keys: home)
        remembered.version = rules.stateVersion
        script.remember(remembered)
        envelope = Envelope(from: try MailAddress("anomalies-agent@localhost"), to: [try MailAddress("you@localhost")])
    }

    /// What functions of the scripts failed with, each once.
    var failures: [String] { failed.messages }

    /// Judges records after those of before.
    ///
    /// - Parameter isLate: asked between two batches; the rest is then left.
    func take(_ records: [Record], isLate: () -> Bool = { false }) throws -> Outcome {
        var outcome = Outcome()
        let size = min(Self.batchSize, memory.batchLimit)
        for start in stride(from: 0, to: records.count, by: size) {
            if isLate() { throw RehearsalTooLong() }
            try take(records[start..<min(start + size, records.count)], into: &outcome)
        }
        return outcome
    }

    private func take(_ records: ArraySlice<Record>, into outcome: inout Outcome) throws {
        var batch = StreamBatch()
        for record in records {
            self.records += 1
            let start = batch.bytes.count
            batch.bytes += record.bytes
            batch.entries.append(
                StreamBatch.Entry(
                    sequenceNumber: "\(self.records)",
                    partitionKey: record.identity.partitionKey(isHistory: record.isHistory),
                    arrival: record.arrival,
                    range: start..<batch.bytes.count
                )
            )
        }
        self.batch += 1
        let judged = try judge.judge(batch, number: self.batch, rules, script, in: memory)
        outcome.scored += judged.retained.count
        outcome.quarantined += judged.quarantined
        let now = records.last?.arrival ?? 0
        let rules = rules
        let (findings, alerts) = try state.write { database in
            let watch = rules.expectation.map { SilenceWatch(expectation: $0, shard: Self.shard) }
            let silence = try watch?.take(judged.present, now: now, in: database) ?? []
            let findings = judged.findings + rules.telling(silence)
            let alerts = try AlertPolicy.apply(
                to: findings,
                refractory: rules.refractory,
                shard: Self.shard,
                generation: rules.generation,
                now: now,
                in: database
            )
            return (findings, alerts)
        }
        var told = Dictionary(alerts.map { ("\($0.sequenceNumber) \($0.rule)", $0) }) { first, _ in first }
        for finding in findings {
            var found = Found(finding: finding)
            found.alert = told.removeValue(forKey: "\(finding.sequenceNumber) \(finding.decision.rule)")
            if found.alert == nil, finding.suppression == nil { found.finding.suppression = .refractory }
            outcome.found.append(found)
        }
        for alert in alerts { outcome.mails += mail(alert) }
    }

    private func mail(_ alert: Alert) -> [Mail] {
        guard let notify else { return [] }
        notify.remember(mailMemory, at: alert.time)
        let composer = MailComposer(envelope: envelope, object: nil)
        let words = composer.words(for: alert, with: notify, log: log)
        return [
            Mail(
                alert: alert,
                to: (notify.to ?? envelope.to).map(\.description),
                subject: words.subject,
                text: words.text,
                html: words.html
            )
        ]
    }
}

/// The scripts need something that is only there when it counts.
struct RehearsalNotPossible: Error, CustomStringConvertible {
    let description: String
}

/// Time ran out; what was judged until then says nothing.
struct RehearsalTooLong: Error {}

/// A rehearsal happens at no time.
private struct StillClock: PipelineClock {
    var now: Milliseconds { 0 }
    func sleep(_ duration: Duration) async {}
}

/// Keeps what is logged as an error, which is what a function of the scripts failed with.
private final class CollectedFailures: LogHandler, Sendable {
    private static let limit = 20

    private let errors = Mutex<[String]>([])

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .warning }
        set {}
    }
    var messages: [String] { errors.withLock { $0 } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        guard event.level >= .error else { return }
        let text = "\(event.message)"
        errors.withLock { if $0.count < Self.limit, !$0.contains(text) { $0.append(text) } }
    }
}
