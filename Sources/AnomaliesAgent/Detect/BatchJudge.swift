import Detection
import Logging

/// What became of one batch, before it is committed.
struct JudgedBatch {
    var redo: RedoEntry
    var findings: [Finding] = []
    var quarantined: [QuarantinedRecord] = []
    var counts: [String: [Ledger.Stage: Int]] = [:]
    var present: [Presence] = []
    /// The score above which the last record would have been a finding.
    var threshold: Double?
    /// What the next change of the scripts is tried on.
    var retained: [RecentRecords.Row] = []
}

/// Judges the records of one shard: parse → features → memory → rules. Nothing is stored here.
///
/// Belongs to the shard's thread.
final class BatchJudge {
    private let shard: String
    private let report: RoleReport
    private let log: Logger
    private let plugins: DetectPlugins?
    private let parser: RecordParser

    init(shard: String, limits: RecordLimits, plugins: DetectPlugins?, report: RoleReport, log: Logger) throws {
        self.shard = shard
        self.plugins = plugins
        self.report = report
        self.log = log
        parser = try RecordParser(limits: limits)
    }

    /// - Parameter number: the batch's; all before it are committed.
    func judge(
        _ batch: StreamBatch,
        number: Int,
        _ rules: DetectRules,
        _ functions: any DetectFunctions,
        in memory: ShardMemory
    ) throws -> JudgedBatch {
        var judged = JudgedBatch(redo: RedoEntry(detector: rules.detectorID, records: [], border: rules.border))
        judged.redo.records.reserveCapacity(batch.entries.count)
        try memory.begin(batch: number)
        var point: [Double] = []
        let watch = rules.expectation.map { SilenceWatch(expectation: $0, shard: shard) }
        for entry in batch.entries {
            let known = RecordIdentity.parse(partitionKey: entry.partitionKey)
            let package = known.map { "\($0.identity.package)" } ?? Ledger.foreign
            var record = RedoEntry.Record(outcome: .repeated, identity: known?.identity, time: entry.arrival)
            if let identity = known?.identity, !memory.repeats.insert(identity) {
                judged.counts[package, default: [:]][.repeated, default: 0] += 1
                judged.redo.records.append(record)
                continue
            }
            do {
                // For `derive`, before the record has said its own time.
                functions.note(time: entry.arrival)
                try functions.parse(batch.bytes.span.extracting(entry.range), with: parser)
                record.time = try rules.time.map { try EventTime.milliseconds(at: $0, of: parser) } ?? entry.arrival
                if let watch, known?.isHistory != true,
                    let presence = watch.presence(of: try parser.value(), time: record.time, arrival: entry.arrival)
                {
                    judged.present.append(presence)
                }
                if rules.time != nil { functions.note(time: record.time) }
                switch rules.features {
                case .declared(let paths): try parser.features(paths, into: &point, absent: rules.absent)
                case .function: point = try functions.features(of: parser)
                }
                if rules.skipsMissing, point.contains(where: \.isNaN) {
                    record.outcome = .skipped
                    judged.counts[package, default: [:]][.skipped, default: 0] += 1
                    judged.redo.records.append(record)
                    continue
                }
                record.key = try rules.forestKey.map { RecordKey(of: try parser.value(), at: $0) }
                let judgement =
                    try plugins?.judge(point, rules, in: memory)
                    ?? memory.judge(point.span, of: record.key, at: record.time, by: rules.border)
                judged.threshold = judgement.threshold
                for key in memory.takeForgotten() {
                    judged.redo.forgotten.append(RedoEntry.Forgotten(record: judged.redo.records.count, key: key))
                }
                record.outcome = .scored
                record.features = point
                record.score = judgement.score
                record.grade = judgement.grade
                judged.counts[package, default: [:]][.scored, default: 0] += 1
                judged.retained.append(
                    RecentRecords.Row(
                        sequenceNumber: entry.sequenceNumber,
                        range: entry.range,
                        time: record.time,
                        usual: memory.usual,
                        explanation: judgement.explanation,
                        isHistory: known?.isHistory == true
                    )
                )
                if judgement.isFinding, known?.isHistory != true {
                    let finding = try find(entry, record, judgement, rules, functions, memory)
                    judged.findings.append(finding)
                    if finding.isAnomaly { judged.counts[package, default: [:]][.found, default: 0] += 1 }
                }
            } catch let error as any RefusesRecord {
                record.outcome = .quarantined
                judged.counts[package, default: [:]][.quarantined, default: 0] += 1
                judged.quarantined.append(
                    QuarantinedRecord(
                        role: .detect,
                        source: known.map { "package \($0.identity.package)" } ?? "\(shard) \(entry.sequenceNumber)",
                        line: known.map { Int($0.identity.line) },
                        reason: error.refusal,
                        record: Array(batch.bytes[entry.range])
                    )
                )
            }
            judged.redo.records.append(record)
        }
        return judged
    }

    private func find(
        _ entry: StreamBatch.Entry,
        _ record: RedoEntry.Record,
        _ judgement: Judgement,
        _ rules: DetectRules,
        _ functions: any DetectFunctions,
        _ memory: ShardMemory
    ) throws -> Finding {
        let value = try parser.value()
        let details = FindingDetails(judgement, rules, hotspots: memory.hotspots(around: record.features.span))
        let verdict = try rules.verdict(on: value, judgement, details, functions) { failure in
            log.error("detect \(shard): decide failed, the finding is alerted without it: \(failure)")
            report.failed("\(failure)")
        }
        var (decision, suppression) = (verdict.decision, verdict.suppression)
        if suppression == nil, let plugins {
            let told = try plugins.decide(decision, record: value, judgement, details)
            decision = told ?? decision
            if told == nil { suppression = .rule }
            if !rules.tells(decision.severity) { suppression = suppression ?? .severity }
        }
        decision.place = decision.place ?? rules.place
        return Finding(
            sequenceNumber: entry.sequenceNumber,
            identity: record.identity,
            time: record.time,
            record: plugins?.original(value) ?? value,
            score: record.score,
            grade: record.grade,
            key: rules.key.flatMap { value[$0] }.map { $0.string ?? $0.display },
            decision: decision,
            suppression: suppression,
            details: details
        )
    }
}
