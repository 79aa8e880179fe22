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
    private let plugins: DetectPlugins?
    private let state: StateStore
    private let recovery: ShardRecovery
    private let clock: any PipelineClock
    private let report: RoleReport
    private let console: any Console
    private let log: Logger
    private let judge: BatchJudge
    private let recent: RecentRecords

    private var memory: ShardMemory?
    private var position = ShardPosition()
    private var detectorID = ""
    /// What the memory is judged with: older than the newest rules while a detector for those is taught.
    private var active: (rules: DetectRules, functions: any DetectFunctions)?
    private var renewal: ShardRenewal?
    /// What detect.lua remembers, as of the last commit; `nil` before it is read.
    private var remembered: ScriptState?
    /// The generation whose `migrate` failed.
    private var unmigrated: String?
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
        plugins: sending DetectPlugins? = nil,
        state: StateStore,
        snapshots: Snapshots,
        files: any FileSystem,
        warmStart: WarmStart?,
        recent: RecentRecords = RecentRecords(shards: 1),
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
        self.plugins = plugins
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
            files: files,
            keys: keys,
            warmStart: warmStart,
            log: log
        )
        self.recent = recent
        judge = try BatchJudge(
            shard: shard,
            limits: options.recordLimits,
            plugins: plugins,
            report: report,
            log: log
        )
    }

    func step() async throws -> StepOutcome {
        let (newest, scripted) = try self.rules.current()
        let (rules, functions) = try await prepare(newest, plugins?.adding(to: scripted) ?? scripted)
        if let plugins, !plugins.isReady(for: rules) { return .waiting(options.pollInterval) }
        // Only other scripts help; the records wait in the stream.
        guard !functions.isStopped else { return .waiting(options.pollInterval) }
        try recall(rules, functions)
        let limit = min(options.batchSize, memory?.batchLimit ?? .max)
        let batch = try await stream.read(shard: shard, after: position.sequenceNumber, limit: limit)
        guard !batch.entries.isEmpty else {
            if batch.behind ?? 0 == 0 { try noticeSilence(rules) }
            return batch.isClosed ? .finished : batch.behind ?? 0 > 0 ? .worked : .idle(options.pollInterval)
        }
        do {
            guard let memory else { preconditionFailure("judged before the memory was prepared") }
            let judged = try judge.judge(batch, number: position.batch + 1, rules, functions, in: memory)
            try commit(judged, batch, rules)
            report.note(functions.figures, of: shard)
        } catch let stopped as ScriptStopped {
            memory = nil
            remembered = nil
            log.error("\(name) stops: \(stopped)")
            report.failed("\(stopped)")
            try report.write(isLast: false)
            return .waiting(options.pollInterval)
        } catch {
            // The detector may have learned what was not committed: it is built again from what was.
            memory = nil
            remembered = nil
            throw error
        }
        try saveSnapshot(after: max(options.snapshotRecords, memory?.snapshotInterval ?? 0))
        return .worked
    }

    func finish() async throws {
        try saveSnapshot(after: 1)
        tellKeys(isLast: true)
        try plugins?.finish()
        try report.write(isLast: true)
    }

    // MARK: - Memory and rules

    /// Brings the memory to the last commit, and as soon as can be to the newest rules.
    ///
    /// - Returns: the rules to judge by.
    private func prepare(
        _ newest: DetectRules,
        _ functions: any DetectFunctions
    ) async throws -> (DetectRules, any DetectFunctions) {
        if memory == nil || (newest.detectorID != detectorID && !canRenew(newest)) {
            // What is only learned again changes nothing that counts.
            functions.remember(ScriptState())
            try await renewInPlace(newest, functions)
        } else if newest.detectorID != detectorID, let active {
            guard try renewBeside(newest, functions) else { return active }
        }
        renewal = nil
        active = (newest, functions)
        return (newest, functions)
    }

    /// Gives the functions what the script remembers, in the form that they know.
    private func recall(_ rules: DetectRules, _ functions: any DetectFunctions) throws {
        let shard = shard
        let state = try remembered ?? self.state.read { try ScriptStates.load(.detect, scope: shard, in: $0) }
        remembered = state
        if rules.stateVersion > state.version, unmigrated != rules.generation {
            do {
                if let news = try functions.bring(state, to: rules.stateVersion) { log.notice("\(name): \(news)") }
            } catch let failure as ScriptFailure {
                unmigrated = rules.generation
                log.error("\(name): migrate failed, the state stays as it was: \(failure)")
                report.failed("\(failure)")
            }
        }
        functions.remember(state)
    }

    /// Beside the old one there is no room for detectors of each key, which share a store, nor for plugins, whose
    /// programs belong to this thread.
    private func canRenew(_ rules: DetectRules) -> Bool {
        rules.forestKey == nil && active?.rules.forestKey == nil && plugins == nil
    }

    /// - Returns: whether the memory is that of the newest rules now; until then the active ones go on.
    private func renewBeside(_ newest: DetectRules, _ functions: any DetectFunctions) throws -> Bool {
        guard let renewal, renewal.detectorID == newest.detectorID else {
            log.notice("\(name): features or forest changed; a new detector is taught while the old one goes on.")
            renewal = try ShardRenewal(
                ShardRenewal.Lesson(rules: newest, functions: functions),
                recovery: recovery,
                recent: recent,
                limits: options.recordLimits,
                batch: position.batch
            )
            return false
        }
        guard let outcome = renewal.takeOutcome() else { return false }
        // Should it have failed, another try begins anew.
        self.renewal = nil
        let taught = try outcome.get()
        if taught.isFromRecent {
            let lesson = try RecentLesson(newest, functions, limits: options.recordLimits)
            _ = try lesson.teach(taught.memory, recent.batches, after: taught.batch)
        } else {
            _ = try recovery.catchUp(taught.memory, newest, after: taught.batch)
        }
        taught.memory.repeats = memory?.repeats ?? taught.memory.repeats
        memory = taught.memory
        detectorID = newest.detectorID
        log.notice("\(name): generation \(newest.generation) judges with its new detector from here on.")
        unsnapshotted = max(unsnapshotted, 1)
        try saveSnapshot(after: 1)
        return true
    }

    /// At the start, after a failure, and where keys have detectors: records wait until it is done.
    private func renewInPlace(_ rules: DetectRules, _ functions: any DetectFunctions) async throws {
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
        memory = renewed?.memory ?? cold
        detectorID = rules.detectorID
        guard renewed != nil else { return }
        // What it was warmed from may be trimmed later: from here on the snapshot stands for it.
        unsnapshotted = max(unsnapshotted, 1)
        try saveSnapshot(after: 1)
    }

    // MARK: - One batch

    private func commit(_ judged: JudgedBatch, _ batch: StreamBatch, _ rules: DetectRules) throws {
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
            if let remembered { try ScriptStates.save(remembered, .detect, scope: shard, in: database) }
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
        remembered?.saved()
        self.position = next
        unsnapshotted += batch.entries.count
        retain(judged, batch, rules, alerts)
        for alert in alerts { console.alert(alert) }
        tell(judged.quarantined)
        report.loaded(generation: rules.generation)
        report.judging(shard, above: judged.threshold)
        report.progress(batch.entries.count, position: last.sequenceNumber, lag: batch.behind)
        tellKeys()
        try report.write()
    }

    /// Keeps what the next change of the scripts is tried on.
    private func retain(_ judged: JudgedBatch, _ batch: StreamBatch, _ rules: DetectRules, _ alerts: [Alert]) {
        var rows = judged.retained
        let told = Set(alerts.map(\.sequenceNumber))
        if !told.isEmpty {
            for index in rows.indices where told.contains(rows[index].sequenceNumber) { rows[index].isAlert = true }
        }
        recent.add(
            RecentRecords.Batch(number: position.batch, detector: rules.detectorID, bytes: batch.bytes, rows: rows)
        )
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
