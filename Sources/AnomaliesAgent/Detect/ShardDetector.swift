import Detection
import Logging

/// One shard, read → features → judge → decide → commit, a batch at a time.
///
/// Nothing is read before the batch ahead of it is committed; that is all the back-pressure there is. The commit is
/// one transaction: redo entry, position, findings, outbox, ledger. A crash leaves the whole batch or none of it.
actor ShardDetector: PipelineStep {
    struct Options: Sendable {
        var batchSize: Int
        /// Records of redo log that a snapshot shortens.
        var snapshotRecords: Int
        var pollInterval: Duration
        var recordLimits: RecordLimits
        var keys: KeyHome.Limits
    }

    private static let quietPeriod: Milliseconds = 10_000
    private static let keysPeriod: Milliseconds = 60_000

    nonisolated let name: String
    nonisolated let thread: RoleThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let shard: String
    private let options: Options
    private let stream: any RecordStream
    private let rules: any DetectRulesProvider
    private let state: StateStore
    private let recovery: ShardRecovery
    private let clock: any PipelineClock
    private let report: RoleReport
    private let console: any Console
    private let log: Logger
    private let parser: RecordParser

    private var memory: ShardMemory?
    private var position = ShardPosition()
    private var detectorID = ""
    private var unsnapshotted = 0
    /// When the log was told of the keys last.
    private var keysTold: Milliseconds = 0
    /// When the clock was first asked about silence.
    private var watching: Milliseconds?
    /// Records in quarantine that the log has not told of, and when it may again.
    private var untold = 0
    private var tellAgain: Milliseconds = 0

    init(
        shard: String,
        options: Options,
        stream: any RecordStream,
        rules: any DetectRulesProvider,
        state: StateStore,
        snapshots: Snapshots,
        files: any FileSystem,
        warmStart: WarmStart?,
        clock: any PipelineClock,
        report: RoleReport,
        console: any Console,
        log: Logger
    ) throws {
        name = "detect \(shard)"
        thread = RoleThread("detect \(shard)")
        self.shard = shard
        self.options = options
        self.stream = stream
        self.rules = rules
        self.state = state
        self.clock = clock
        self.report = report
        self.console = console
        self.log = log
        let keys = KeyHome(shard: shard, limits: options.keys, directory: state.directory, files: files, log: log)
        recovery = ShardRecovery(
            shard: shard,
            state: state,
            snapshots: snapshots,
            keys: keys,
            warmStart: warmStart,
            log: log
        )
        parser = try RecordParser(limits: options.recordLimits)
    }

    func step() async throws -> StepOutcome {
        let (rules, functions) = try self.rules.current()
        try await prepare(rules, functions)
        let limit = min(options.batchSize, memory?.batchLimit ?? .max)
        let batch = try await stream.read(shard: shard, after: position.sequenceNumber, limit: limit)
        guard !batch.entries.isEmpty else {
            if batch.behind ?? 0 == 0 { try noticeSilence(rules) }
            return batch.isClosed ? .finished : batch.behind ?? 0 > 0 ? .worked : .idle(options.pollInterval)
        }
        do {
            let judged = try judge(batch, rules, functions)
            try commit(judged, batch, rules)
        } catch {
            // The detector may have learned what was not committed: it is built again from what was.
            memory = nil
            throw error
        }
        try saveSnapshot(after: max(options.snapshotRecords, memory?.snapshotInterval ?? 0))
        return .worked
    }

    func finish() async throws {
        try saveSnapshot(after: 1)
        tellKeys(isLast: true)
        try report.write(isLast: true)
    }

    /// Brings the memory to the last commit, and to the newest rules.
    private func prepare(_ rules: DetectRules, _ functions: any DetectFunctions) async throws {
        guard detectorID != rules.detectorID || memory == nil else { return }
        var repeats = memory?.repeats
        var isCold = false
        if memory == nil {
            let recovered = try recovery.recover(rules)
            position = recovered.position
            unsnapshotted = recovered.unsnapshotted
            report.loaded(generation: rules.generation)
            isCold = recovered.start == .cold
            if recovered.start != .changed { memory = recovered.memory }
            if recovered.start == .continued {
                detectorID = rules.detectorID
                return recovery.tellThatItIsWarm(records: position.records)
            }
        }
        if repeats == nil { repeats = try recovery.repeats() }
        // Put down first: should it fail, everything is tried again from what is committed.
        let cold = isCold ? memory : nil
        memory = nil
        let renewed = try await recovery.renew(
            rules,
            functions,
            repeats: repeats ?? RepeatWindow(),
            batch: position.batch,
            isCold: isCold
        )
        memory = renewed ?? cold
        detectorID = rules.detectorID
        guard renewed != nil else { return }
        // What it was warmed from may be trimmed later: from here on the snapshot stands for it.
        unsnapshotted = max(unsnapshotted, 1)
        try saveSnapshot(after: 1)
    }

    // MARK: - One batch

    private struct Judged {
        var redo: RedoEntry
        var findings: [Finding] = []
        var quarantined: [QuarantinedRecord] = []
        var counts: [String: [Ledger.Stage: Int]] = [:]
        var present: [Presence] = []
        /// The score above which the last record would have been a finding.
        var threshold: Double?
    }

    private func judge(
        _ batch: StreamBatch,
        _ rules: DetectRules,
        _ functions: any DetectFunctions
    ) throws -> Judged {
        guard let memory else { preconditionFailure("judged before the memory was prepared") }
        var judged = Judged(redo: RedoEntry(detector: rules.detectorID, records: []))
        judged.redo.records.reserveCapacity(batch.entries.count)
        try memory.begin(batch: position.batch + 1)
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
                try functions.parse(batch.bytes.span.extracting(entry.range), with: parser)
                record.time = try rules.time.map { try EventTime.milliseconds(at: $0, of: parser) } ?? entry.arrival
                if let watch, known?.isHistory != true,
                    let presence = watch.presence(of: try parser.value(), time: record.time, arrival: entry.arrival)
                {
                    judged.present.append(presence)
                }
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
                let judgement = try memory.judge(point.span, of: record.key, at: record.time)
                judged.threshold = judgement.threshold
                for key in memory.takeForgotten() {
                    judged.redo.forgotten.append(RedoEntry.Forgotten(record: judged.redo.records.count, key: key))
                }
                record.outcome = .scored
                record.features = point
                record.score = judgement.score
                record.grade = judgement.grade
                judged.counts[package, default: [:]][.scored, default: 0] += 1
                if judgement.isFinding, known?.isHistory != true {
                    let finding = try find(entry, record, judgement, rules, functions)
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
        _ functions: any DetectFunctions
    ) throws -> Finding {
        let value = try parser.value()
        var decision: Decision? = Decision()
        var suppression = rules.decision.suppression(of: judgement)
        if suppression == nil, rules.decides {
            do {
                decision = try functions.decide(record: value, judgement)
            } catch let failure as ScriptFailure {
                // The native threshold stands in for a rule that fails: nobody is left in the dark by a typing error.
                log.error("\(name): decide failed, the finding is alerted without it: \(failure)")
                report.failed("\(failure)")
            }
        }
        if suppression == nil, decision == nil { suppression = .rule }
        if suppression == nil, let severity = decision?.severity, !rules.tells(severity) { suppression = .severity }
        return Finding(
            sequenceNumber: entry.sequenceNumber,
            identity: record.identity,
            time: record.time,
            record: value,
            score: record.score,
            grade: record.grade,
            key: rules.key.flatMap { value[$0] }.map { $0.string ?? $0.display },
            decision: decision ?? Decision(),
            suppression: suppression,
            details: FindingDetails(judgement, rules)
        )
    }

    private func commit(_ judged: Judged, _ batch: StreamBatch, _ rules: DetectRules) throws {
        guard let last = batch.entries.last else { return }
        let now = clock.now
        var next = position
        next.sequenceNumber = last.sequenceNumber
        next.batch += 1
        next.records += batch.entries.count
        let (shard, position) = (shard, next)
        let watch = rules.expectation.map { SilenceWatch(expectation: $0, shard: shard) }
        let alerts = try state.write { database in
            try RedoLog.append(judged.redo, shard: shard, batch: position.batch, time: now, in: database)
            try position.save(shard: shard, time: now, in: database)
            try Quarantine.add(judged.quarantined, time: now, in: database)
            let silence = try watch?.take(judged.present, now: now, in: database) ?? []
            let alerts = try AlertPolicy.apply(
                to: judged.findings + rules.telling(silence),
                refractory: rules.refractory,
                shard: shard,
                generation: rules.generation,
                now: now,
                in: database
            )
            for (package, counts) in judged.counts {
                for (stage, count) in counts { try Ledger.add(count, stage, package: package, in: database) }
            }
            try Ledger.add(silence.count, .found, package: Ledger.foreign, in: database)
            for alert in alerts {
                let package = alert.identity.map { "\($0.package)" } ?? Ledger.foreign
                try Ledger.add(1, .alerted, package: package, in: database)
            }
            return alerts
        }
        self.position = next
        unsnapshotted += batch.entries.count
        for alert in alerts { console.alert(alert) }
        tell(judged.quarantined)
        report.loaded(generation: rules.generation)
        report.judging(shard, above: judged.threshold)
        report.progress(batch.entries.count, position: last.sequenceNumber, lag: batch.behind)
        tellKeys()
        try report.write()
    }

    /// While the stream has nothing to read, only the clock says that something is missing.
    private func noticeSilence(_ rules: DetectRules) throws {
        guard let watch = rules.expectation.map({ SilenceWatch(expectation: $0, shard: self.shard) }) else { return }
        let now = clock.now
        let since = watching ?? now
        watching = since
        guard try state.read({ try watch.isDue(now: now, since: since, in: $0) }) else { return }
        let shard = shard
        let alerts = try state.write { database in
            let silence = try watch.look(now: now, since: since, in: database)
            let alerts = try AlertPolicy.apply(
                to: rules.telling(silence),
                refractory: rules.refractory,
                shard: shard,
                generation: rules.generation,
                now: now,
                in: database
            )
            try Ledger.add(silence.count, .found, package: Ledger.foreign, in: database)
            try Ledger.add(alerts.count, .alerted, package: Ledger.foreign, in: database)
            return alerts
        }
        for alert in alerts { console.alert(alert) }
    }

    /// One line in ten seconds: a field that is missing is missing everywhere.
    private func tell(_ quarantined: [QuarantinedRecord]) {
        untold += quarantined.count
        let now = clock.now
        guard let first = quarantined.first, now >= tellAgain else { return }
        log.warning("\(name): \(untold) records went to quarantine unscored, the last ones because \(first.reason)")
        untold = 0
        tellAgain = now + Self.quietPeriod
    }

    /// To `status` at once, and to the log once a minute.
    private func tellKeys(isLast: Bool = false) {
        guard let figures = memory?.keyFigures else { return }
        report.note(figures, shard: shard)
        let now = clock.now
        guard isLast || now - keysTold >= Self.keysPeriod else { return }
        keysTold = now
        log.info("\(name): \(report.keyText)")
    }

    private func saveSnapshot(after records: Int) throws {
        guard unsnapshotted >= records, let snapshot = try memory?.snapshot(batch: position.batch) else { return }
        try recovery.snapshots.save(
            snapshot,
            shard: shard,
            batch: position.batch,
            detector: detectorID,
            window: options.snapshotRecords,
            time: clock.now,
            state: state
        )
        unsnapshotted = 0
    }
}

/// The newest valid rules, asked for between two batches.
protocol DetectRulesProvider {
    func current() throws -> (DetectRules, any DetectFunctions)
}
