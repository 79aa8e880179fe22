import Detection
public import Logging
import RandomCutForest
import Transport

/// The agent, put together. Reads in the order of a record's way:
///
///     feed ──► objects ──► relay ──► stream ──► detect ──► outbox ──► notify ──► mail
///              (S3 or a             (Kinesis or  (a shard              (SMTP or
///               directory)           a log)       a loop)               a Maildir)
///
/// Each role is a loop of its own and may as well run in a process of its own, on the same state directory. Roles are
/// started from the last to the first, so that nothing is made before somebody can take it.
public struct Agent: Sendable {
    /// Which roles run, and when they stop by themselves.
    public struct Plan: Sendable {
        public var roles: Set<Role>
        /// For the simulator; the same seed makes the same packages. `nil` takes the state's own, or a new one.
        public var seed: UInt64?
        /// Stop after so many packages, and everything that follows from them.
        public var packages: Int?
        /// Stop after so many objects.
        public var objects: Int?
        /// What a cold or changed detector learns first: `last 24h`, or files; see `--warm-from`.
        public var warmFrom: [String] = []
        /// Stop when there is nothing to do now: at the stream's end, with an empty outbox.
        public var stopsWhenIdle = false

        public init(roles: Set<Role>) { self.roles = roles }
    }

    /// How long roles have to finish the step in hand once asked to stop.
    private static let gracePeriod = Duration.seconds(25)

    private let configuration: Configuration
    private let plan: Plan
    private let outside: Outside
    private let log: Logger

    private let state: StateStore
    private let library: ScriptLibrary
    private let scripts: ScriptEnvironment
    private let ports: Ports
    private let plugins: PluginLibrary
    private let warmSource: WarmSource?
    private let locks: [FileLock]
    private let firstPackage: Int

    /// Opens everything and checks what can be checked; nothing runs yet.
    ///
    /// - Throws: ``SetupProblem`` where somebody has to change a configuration or script first.
    public init(
        configuration: Configuration,
        scripts directory: String,
        plan: Plan,
        outside: Outside,
        log: Logger
    ) async throws {
        self.configuration = configuration
        self.plan = plan
        self.outside = outside
        self.log = log
        let files = outside.files
        warmSource = try WarmSource.checked(plan.warmFrom, configuration: configuration, files: files)
        state = try StateStore(directory: configuration.state.directory, files: files)
        locks = try RoleLocks.take(plan.roles, state: configuration.state.directory, files: files)
        let seed = try Seed.settle(plan.seed, state: state)
        plugins = try PluginLibrary(configuration, outside: outside, log: log)
        var scripts = ScriptEnvironment(configuration, seed: seed, log: log)
        scripts.detectors = plugins.detectorRules
        self.scripts = scripts
        do {
            library = try ScriptLibrary(
                directory,
                files: files,
                environment: scripts,
                history: GenerationHistory(state, clock: outside.clock, isKeeper: plan.roles.contains(.detect)),
                log: log
            )
        } catch let problem as ScriptProblems {
            throw SetupProblem("\(problem)")
        } catch let error as FileError {
            throw SetupProblem("\(error)")
        }
        ports = try await Ports(configuration, plan: plan, outside: outside)
        firstPackage = try state.read { (try FeedJournal.last(in: $0)?.number ?? 0) + 1 }
    }

    /// Runs until the plan is fulfilled or `shutdown` is set, and says what came of it.
    ///
    /// - Throws: the first failure that waiting cannot help; the other roles are stopped in order then.
    public func run(until shutdown: Latch) async throws -> Summary {
        defer { withExtendedLifetime(locks) {} }
        let loops = try await self.loops()
        log.info(
            "running \(Role.allCases.filter(plan.roles.contains).map(\.rawValue).joined(separator: ", ")); scripts \(library.newest.generation), state \(configuration.state.directory)"
        )
        try await withThrowingTaskGroup(of: Ended.self) { group in
            let background = Latch()
            for loop in loops.reversed() {
                group.addTask {
                    do { try await loop.run(until: shutdown) } catch {
                        // A role that cannot go on takes the others with it: an agent that scores but cannot mail
                        // must not look healthy.
                        shutdown.set()
                        throw error
                    }
                    return .loop
                }
            }
            group.addTask {
                let interval = configuration.scripts.reloadInterval
                await ScriptReloader(library, watch: outside.watch(library.directory), interval: interval)
                    .run(until: background)
                return .background
            }
            group.addTask {
                let retention = Retention(configuration, state: state, ports: ports, outside: outside, log: log)
                await retention.run(until: background)
                return .background
            }
            group.addTask {
                await shutdown.wait()
                await outside.clock.sleep(Self.gracePeriod)
                return .gracePeriod
            }
            var running = loops.count
            var firstFailure: (any Error)?
            while running > 0, let result = await group.nextResult() {
                switch result {
                case .success(.loop): running -= 1
                case .success(.background): break
                // What is committed is durable; what is in hand is taken up again on the next start.
                case .success(.gracePeriod): group.cancelAll()
                case .failure(let error):
                    running -= 1
                    firstFailure = firstFailure ?? error
                }
            }
            background.set()
            group.cancelAll()
            if let firstFailure { throw firstFailure }
        }
        return try Summary(of: state, from: firstPackage, labels: try labels())
    }

    /// Which of the tasks has ended.
    private enum Ended { case loop, background, gracePeriod }

    // MARK: - From the first role to the last

    private func loops() async throws -> [RoleLoop] {
        let wake = Dictionary(uniqueKeysWithValues: Role.allCases.map { ($0, Wakeup()) })
        let done = Dictionary(uniqueKeysWithValues: Role.allCases.map { ($0, Countdown()) })
        var loops: [RoleLoop] = []
        func add(_ role: Role, _ step: any PipelineStep, _ report: RoleReport) {
            let before = Role.allCases.firstIndex(of: role).flatMap { $0 > 0 ? Role.allCases[$0 - 1] : nil }
            let after = Role.allCases.firstIndex(of: role).flatMap { $0 + 1 < 4 ? Role.allCases[$0 + 1] : nil }
            // What comes before runs here: wait for its end. It runs elsewhere: the plan says whether to wait at all.
            let upstream = before.flatMap { plan.roles.contains($0) ? done[$0]?.latch : nil }
            done[role]?.add()
            loops.append(
                RoleLoop(
                    step: step,
                    upstream: upstream ?? Latch(isSet: plan.stopsWhenIdle),
                    wake: wake[role] ?? Wakeup(),
                    downstream: after.flatMap { wake[$0] },
                    finished: done[role] ?? Countdown(),
                    clock: outside.clock,
                    report: report,
                    log: log
                )
            )
        }
        func report(_ role: Role) -> RoleReport { RoleReport(role, state: state, clock: outside.clock) }
        if plan.roles.contains(.feed), let source = try await feedSource() {
            let report = report(.feed)
            add(.feed, try feed(source, report), report)
        }
        if plan.roles.contains(.relay) {
            let report = report(.relay)
            add(.relay, try await relay(report), report)
        }
        if plan.roles.contains(.detect) {
            let report = report(.detect)
            let shards = try await ports.stream.shards()
            try checkOrder(over: shards.count)
            let windows = shards.map { _ in RecentRecords(shards: shards.count) }
            library.setTrial(
                ScriptLibrary.Trial(
                    windows: windows,
                    limits: configuration.recordLimits,
                    factor: configuration.scripts.reloadAlertFactor
                )
            )
            for (shard, recent) in zip(shards, windows) {
                add(.detect, try detector(shard, of: shards, recent, report), report)
            }
        }
        if plan.roles.contains(.notify) {
            let report = report(.notify)
            add(.notify, try notify(report), report)
            for step in try plugins.steps(state: state, outside: outside) { add(.notify, step, report) }
        }
        return loops
    }

    private func feedSource() async throws -> sending (any PackageSource)? {
        let choice = try await FeedChoice(configuration, state: state, objects: ports.objects).source()
        let limits = configuration.recordLimits
        switch choice {
        case .auto, .simulate:
            guard library.newest.texts[.record] != nil else {
                throw SetupProblem(
                    "\(library.newest.path(.record)): there is none, and the simulator needs it. Write one, or set [Feed] source."
                )
            }
            return SimulatedSource(scripts: try FeedScripts(library, environment: scripts), seed: scripts.seed)
        case .stdin:
            return try StreamSource(
                input: outside.input,
                limits: limits,
                patience: max(configuration.general.uploadInterval, .seconds(1)),
                clock: outside.clock
            )
        case .directory:
            return try DirectorySource(
                directory: configuration.feed.directory,
                files: outside.files,
                limits: limits,
                gzipLimits: configuration.gzipLimits,
                state: state
            )
        case .plugin: return try plugins.source(state: state, outside: outside)
        case .none: return nil
        }
    }

    private func feed(_ source: sending any PackageSource, _ report: RoleReport) throws -> Feed {
        let isSimulated = source is SimulatedSource
        var options = Feed.Options(
            configuration,
            packages: plan.packages,
            historyRecords: isSimulated && configuration.feed.warmUp ? try historyRecords() : 0
        )
        if !isSimulated { options.pace = .zero }
        return try Feed(
            options: options,
            source: source,
            objects: ports.objects,
            state: state,
            backlog: backlog,
            labels: try labels(),
            clock: outside.clock,
            report: report,
            console: outside.console
        )
    }

    /// What a forest needs before its scores mean something, and calibration before grades do.
    private func historyRecords() throws -> Int {
        guard library.newest.texts[.detect] != nil else { return 0 }
        let rules = try DetectScripts(library, environment: scripts).current().0
        return max(1_000, 4 * rules.detector.forest.sampleSize)
    }

    private func relay(_ report: RoleReport) async throws -> Relay {
        try Relay(
            options: Relay.Options(
                window: RelayWindow(configuration),
                pollInterval: configuration.aws.pollInterval,
                recordLimits: configuration.recordLimits,
                gzipLimits: configuration.gzipLimits,
                objectBytes: configuration.relay.maxObjectBytes,
                objects: plan.objects,
                start: try await RelayStart(configuration, state: state, objects: ports.objects, clock: outside.clock)
                    .settle()
            ),
            objects: ports.objects,
            stream: ports.stream,
            keys: try RelayScripts(library, environment: scripts, limits: configuration.recordLimits),
            decoders: try plugins.decoders(state: state, outside: outside),
            state: state,
            backlog: backlog,
            clock: outside.clock,
            report: report,
            log: log
        )
    }

    private func detector(
        _ shard: String,
        of shards: [String],
        _ recent: RecentRecords,
        _ report: RoleReport
    ) throws -> ShardDetector {
        guard library.newest.texts[.detect] != nil else {
            throw SetupProblem(
                "\(library.newest.path(.detect)): there is none, and detection needs it. Write one, or start from the shipped scripts/detect.lua."
            )
        }
        return try ShardDetector(
            shard: shard,
            options: ShardDetector.Options(configuration, shards: shards.count),
            stream: ports.stream,
            rules: try DetectScripts(library, environment: scripts),
            plugins: try plugins.detect(state: state, outside: outside),
            state: state,
            snapshots: try Snapshots(directory: configuration.state.directory, files: outside.files),
            files: outside.files,
            warmStart: WarmStart(
                warmSource,
                configuration: configuration,
                ports: ports,
                shards: shards,
                state: state,
                outside: outside
            ),
            recent: recent,
            clock: outside.clock,
            report: report,
            console: outside.console,
            log: log
        )
    }

    /// A shingle is a sequence, and so is a series; records that are spread evenly over several shards are in none.
    private func checkOrder(over shards: Int) throws {
        guard shards > 1, library.newest.texts[.detect] != nil else { return }
        let rules = try DetectScripts(library, environment: scripts).current().0
        let isSeries = rules.detector.model == .series
        guard isSeries || rules.detector.forest.shingleSize > 1, rules.key == nil else { return }
        let what = isSeries ? "model \"series\"" : "shingle_size \(rules.detector.forest.shingleSize)"
        throw SetupProblem(
            """
            \(library.newest.path(.detect)): \(what) needs records in their order, \
            and \(shards) shards do not keep it. Declare a key, or use one shard.
            """
        )
    }

    private func notify(_ report: RoleReport) throws -> Notify {
        let templates = try NotifyScripts(library, environment: scripts)
        let mail = configuration.mail
        if !mail.host.isEmpty, mail.to.isEmpty, try templates.current().to == nil {
            throw SetupProblem(
                "[Mail] host is set and nobody is to get mail. Set [Mail] to, or `to` in \(library.newest.path(.notify))."
            )
        }
        return Notify(
            sender: ports.mail,
            envelope: Envelope(
                from: try MailAddress(mail.from.isEmpty ? "anomalies-agent@localhost" : mail.from),
                to: try (mail.to.isEmpty ? ["you@localhost"] : mail.to).map { address throws in try MailAddress(address)
                }
            ),
            templates: templates,
            state: state,
            clock: outside.clock,
            report: report,
            console: outside.console,
            log: log
        )
    }

    private var backlog: Backlog {
        Backlog(
            state: state,
            stream: plan.roles.contains(.detect) ? ports.stream as? LocalStream : nil,
            feedWaits: plan.roles.contains(.relay) && ports.objects.isEmbedded
        )
    }

    private func labels() throws -> LabelFile {
        try LabelFile(directory: configuration.state.directory, files: outside.files)
    }
}

extension Configuration {
    var recordLimits: RecordLimits { RecordLimits(record: relay.maxLineBytes, package: relay.maxPackageBytes) }
    var gzipLimits: GzipLimits { GzipLimits(outputBytes: relay.maxPackageBytes, ratio: relay.maxRatio) }
}
