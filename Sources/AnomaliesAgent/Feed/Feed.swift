import Logging

/// Makes packages and stores them: source → package → gzip → object store.
///
/// A package is planned in the state (number, key), stored, and then noted as stored. A crash in between is
/// finished under the same key, so that nothing is skipped and nothing is stored twice.
actor Feed: PipelineStep {
    struct Options: Sendable {
        var naming: PackageNaming
        var uploadInterval: Duration
        var packageSize: Int
        var format: Configuration.PackageFormat
        var compressionLevel: Int
        /// Stop after so many packages; `nil` goes on for ever. History is not counted.
        var packages: Int?
        /// How many records of back-dated history to make on a first start, 0 for none.
        var historyRecords: Int

        init(_ configuration: Configuration, packages: Int?, historyRecords: Int) {
            naming = PackageNaming(configuration)
            uploadInterval = configuration.general.uploadInterval
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
    private var history: [Milliseconds] = []
    private var number: Int
    private var unfinished: PlannedPackage?
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
        names = PackageNames(naming: options.naming, uploadInterval: options.uploadInterval, after: last?.key)
        let now = clock.now
        due = now
        if last?.isHistory ?? true, options.historyRecords > 0 {
            // Back-dated by the pace at which they would have been made, at least a second so that names differ.
            let count = (options.historyRecords + options.packageSize - 1) / options.packageSize
            let pace = max(options.uploadInterval.milliseconds, 1000)
            // A start that was cut short has made some of it.
            history = (0..<max(0, count - (last?.number ?? 0))).map { now - Int64($0 + 1) * pace }
        }
    }

    func step() async throws -> StepOutcome {
        if let plan = unfinished { return try await finish(plan) }
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
        guard draft.records > 0 || !draft.quarantined.isEmpty else { return hasEnded ? .finished : .idle(Self.fillPause) }

        let time = history.popLast() ?? clock.now
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
            try Quarantine.add(quarantined, time: time, in: database)
        }
        try await store(plan, draft)
        if !isHistory {
            made += 1
            // From when it was due, so that the pace is kept; from now, when it cannot be.
            due = max(due + options.uploadInterval.milliseconds, clock.now - options.uploadInterval.milliseconds)
        }
        return .worked
    }

    func finish() async throws { try report.write(isLast: true) }

    /// Takes up what a crash left between plan and store.
    private func finish(_ plan: PlannedPackage) async throws -> StepOutcome {
        if let etag = try await objects.etag(of: plan.key) {
            // It was stored; only the note of it is missing.
            try noted(plan, etag: etag, bytes: 0)
        } else {
            var draft = try PackageDraft(format: options.format, level: options.compressionLevel)
            _ = try source.fill(&draft, number: plan.number, limit: plan.records)
            var plan = plan
            plan.records = draft.records
            plan.injected = draft.labels.count
            try await store(plan, draft)
        }
        unfinished = nil
        return .worked
    }

    private func store(_ plan: PlannedPackage, _ draft: consuming PackageDraft) async throws {
        try labels.append(draft.labels, object: plan.key, time: plan.time)
        let package = try draft.writer.close()
        let etag = try await objects.put(package, key: plan.key)
        try noted(plan, etag: etag, bytes: package.count)
    }

    private func noted(_ plan: PlannedPackage, etag: String, bytes: Int) throws {
        let id = PackageID(key: plan.key, etag: etag).description
        try state.write { try FeedJournal.stored(plan, id: id, bytes: bytes, in: $0) }
        try source.stored()
        number = plan.number + 1
        report.progress(plan.records, position: plan.key, lag: nil)
        try report.write()
        console.package(plan, bytes: bytes)
    }
}
