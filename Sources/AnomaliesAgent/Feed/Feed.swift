import Logging

/// Makes packages and stores them: source → package → gzip → object store.
///
/// A package is planned in the state (number, key), stored, and then noted as stored. A crash in between is
/// finished under the same key, so that nothing is skipped and nothing is stored twice.
actor Feed: PipelineStep {
    struct Options: Sendable {
        var naming: PackageNaming
        /// From one package to the next; what comes in by itself sets its own pace, and has none here.
        var pace: Duration
        var packageSize: Int
        var format: Configuration.PackageFormat
        var compressionLevel: Int
        /// Stop after so many packages; `nil` goes on for ever. History is not counted.
        var packages: Int?
        /// How many records of back-dated history to make on a first start, 0 for none.
        var historyRecords: Int

        init(_ configuration: Configuration, packages: Int?, historyRecords: Int) {
            naming = PackageNaming(configuration)
            pace = configuration.general.uploadInterval
            packageSize = configuration.general.packageSize
            format = configuration.general.packageFormat
            compressionLevel = configuration.general.compressionLevel
            self.packages = packages
            self.historyRecords = historyRecords
        }
    }

    /// A package that takes longer to fill is asked for again after this pause.
    private static let fillPause = Duration.milliseconds(100)

    nonisolated let name = "feed"
    nonisolated let thread = RoleThread("feed")
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let options: Options
    private var source: any PackageSource
    private let objects: any ObjectStore
    private let state: StateStore
    private let backlog: Backlog
    private let labels: LabelFile
    private let clock: any PipelineClock
    private let report: RoleReport
    private let console: any Console

    private var names: PackageNames
    private var draft: PackageDraft?
    /// Instants of the packages of history that are still to be made, the last one first.
    private var history: [Milliseconds] = []
    private var number: Int
    /// What a crash left planned.
    private var unfinished: PlannedPackage?
    /// What is planned and not stored yet, because the store did not take it.
    private var packed: Packed?
    private var made = 0
    private var due: Milliseconds
    private var hasEnded = false

    init(
        options: Options,
        source: sending any PackageSource,
        objects: any ObjectStore,
        state: StateStore,
        backlog: Backlog,
        labels: LabelFile,
        clock: any PipelineClock,
        report: RoleReport,
        console: any Console
    ) throws {
        self.options = options
        self.source = source
        self.objects = objects
        self.state = state
        self.backlog = backlog
        self.labels = labels
        self.clock = clock
        self.report = report
        self.console = console
        let (last, unfinished) = try state.read { (try FeedJournal.last(in: $0), try FeedJournal.unfinished(in: $0)) }
        if let unfinished, !source.canRepeat {
            // Its records are gone with the process that read them; its number and name are not used again.
            try state.write { try FeedJournal.abandon(unfinished, in: $0) }
        } else {
            self.unfinished = unfinished
        }
        number = (last?.number ?? 0) + 1
        names = PackageNames(naming: options.naming, uploadInterval: options.pace, after: last?.key)
        let now = clock.now
        due = now
        if last?.isHistory != false, options.historyRecords > 0 {
            // Back-dated by the pace at which they would have been made, at least a second so that names differ. A history
            // that was interrupted is made to its end.
            let made = try state.read { try FeedJournal.historyCount(in: $0) }
            let count = (options.historyRecords + options.packageSize - 1) / options.packageSize
            let pace = max(options.pace.milliseconds, 1000)
            let start = last?.time ?? now - Int64(count + 1) * pace
            history = (0..<max(0, count - made)).map { start + Int64($0 + 1) * pace }.reversed()
        }
    }

    func step() async throws -> StepOutcome {
        if let packed { return try await store(packed) }
        if let plan = unfinished { return try await takeUp(plan) }
        if try backlog.feedIsAhead(at: number) { return .waiting(Self.fillPause) }
        let isHistory = !history.isEmpty
        if !isHistory {
            if hasEnded || options.packages.map({ made >= $0 }) == true { return .finished }
            let now = clock.now
            if now < due { return .idle(.milliseconds(due - now)) }
        }
        var draft = try self.draft.take() ?? PackageDraft(format: options.format, level: options.compressionLevel)
        let fill = try source.fill(&draft, number: number, limit: options.packageSize)
        hasEnded = fill == .ended
        guard fill != .waiting else {
            self.draft = consume draft
            return .idle(Self.fillPause)
        }
        guard !draft.isEmpty else { return hasEnded ? .finished : .idle(Self.fillPause) }
        if draft.records == 0 {
            try refuse(draft.quarantined)
            return .worked
        }
        let packed = try plan(draft, at: history.popLast() ?? clock.now, isHistory: isHistory)
        return try await store(packed)
    }

    func finish() async throws {
        if !source.canRepeat {
            // It was read and cannot be read again.
            if let packed { _ = try await store(packed) }
            if let draft = draft.take(), draft.records > 0 {
                let packed = try plan(draft, at: clock.now, isHistory: false)
                _ = try await store(packed)
            }
        }
        try report.write(isLast: true)
    }

    // MARK: - Plan, store, note

    private struct Packed: Sendable {
        var plan: PlannedPackage
        var body: [UInt8]
        /// What a crash left is not one of the packages that were asked for now.
        var isCounted = true
    }

    private func plan(_ draft: consuming PackageDraft, at time: Milliseconds, isHistory: Bool) throws -> Packed {
        let plan = PlannedPackage(
            number: number,
            key: names.next(at: time * 1000).key,
            time: time,
            records: draft.records,
            injected: draft.labels.count,
            isHistory: isHistory
        )
        let quarantined = draft.quarantined
        try state.write { database in
            try FeedJournal.plan(plan, in: database)
            try source.plan(in: database)
            try Quarantine.add(quarantined, time: clock.now, in: database)
        }
        // From here on it is this package or none: a failure of the store does not make another.
        number += 1
        try labels.append(draft.labels, object: plan.key, time: plan.time)
        let packed = Packed(plan: plan, body: try draft.writer.close())
        self.packed = packed
        return packed
    }

    private func store(_ packed: Packed) async throws -> StepOutcome {
        let etag = try await objects.put(packed.body, key: packed.plan.key)
        self.packed = nil
        unfinished = nil
        try noted(packed.plan, etag: etag, bytes: packed.body.count)
        if packed.isCounted, !packed.plan.isHistory {
            made += 1
            // From when it was due, so that the pace is kept; from now, when it cannot be.
            due = max(due + options.pace.milliseconds, clock.now - options.pace.milliseconds)
        }
        return .worked
    }

    /// Takes up what a crash left between plan and store, or between store and note.
    private func takeUp(_ plan: PlannedPackage) async throws -> StepOutcome {
        if let etag = try await objects.etag(of: plan.key) {
            // It was stored; only the note of it is missing.
            unfinished = nil
            try noted(plan, etag: etag, bytes: 0)
            return .worked
        }
        var draft = try PackageDraft(format: options.format, level: options.compressionLevel)
        try source.refill(&draft, number: plan.number, limit: plan.records)
        guard draft.records > 0 else {
            // What it was to be made of is gone.
            try state.write { try FeedJournal.abandon(plan, in: $0) }
            unfinished = nil
            return .worked
        }
        var plan = plan
        plan.records = draft.records
        plan.injected = draft.labels.count
        try labels.append(draft.labels, object: plan.key, time: plan.time)
        let packed = Packed(plan: plan, body: try draft.writer.close(), isCounted: false)
        self.packed = packed
        return try await store(packed)
    }

    private func noted(_ plan: PlannedPackage, etag: String, bytes: Int) throws {
        let id = PackageID(key: plan.key, etag: etag).description
        try state.write { database in
            try FeedJournal.stored(plan, id: id, bytes: bytes, in: database)
            try source.note(in: database)
        }
        try source.stored()
        report.note(source.figures, of: "feed")
        report.progress(plan.records, position: plan.key, lag: nil)
        try report.write()
        console.package(plan, bytes: bytes)
    }

    /// There is nothing to store, only something to put aside.
    private func refuse(_ quarantined: [QuarantinedRecord]) throws {
        try state.write { database in
            try Quarantine.add(quarantined, time: clock.now, in: database)
            try source.plan(in: database)
            try source.note(in: database)
        }
        try source.stored()
    }
}
