package import Logging
import Synchronization

/// A shard that is judged at a steady rate while its scripts are saved again and again, for benchmarks: the real watch,
/// gate, state and detector, on a real disk.
package struct ReloadSample: Sendable {
    package struct Figures: Sendable {
        /// Milliseconds from a save's end to the commit of the first record that was judged by it.
        package var takes: [Double] = []
        /// Milliseconds from a record's arrival to its commit, batch by batch: within 300 ms after a save, and else.
        package var reloading: [Double] = []
        package var quiet: [Double] = []
        package var records = 0
        package var scored = 0
        package var repeated = 0
    }

    private struct Progress {
        /// When how many records had been put.
        var put: [(records: Int, at: ContinuousClock.Instant)] = []
        var saves: [ContinuousClock.Instant] = []
        var figures = Figures()
        var generation = ""
        var isOver = false
    }

    private final class Notes: Sendable {
        let progress = Mutex(Progress())
    }

    /// Records a second, in as many puts.
    private static let putsASecond = 100
    private static let shadow = Duration.milliseconds(300)

    private let directory: String
    private let rate: Int
    private let log: Logger

    /// - Parameters:
    ///   - directory: an empty one.
    ///   - rate: records a second.
    package init(directory: String, rate: Int, log: Logger) {
        self.directory = directory
        self.rate = rate
        self.log = log
    }

    /// Saves detect.lua so often, `pause` after the one before was taken.
    package func run(saves: Int, pause: Duration) async throws -> Figures {
        let files = DiskFileSystem()
        var configuration = Configuration()
        configuration.state.directory = "\(directory)/state"
        let state = try StateStore(directory: configuration.state.directory, files: files)
        let clock = SystemClock()
        let stream = try LocalStream(directory: "\(directory)/stream", shards: 1, files: files, clock: clock)
        try files.makeDirectory("\(directory)/scripts")
        try save(0, files)
        let environment = ScriptEnvironment(configuration, seed: 1, log: log)
        let library = try ScriptLibrary(
            "\(directory)/scripts",
            files: files,
            environment: environment,
            history: GenerationHistory(state, clock: clock, isKeeper: true),
            log: log
        )
        let recent = RecentRecords(shards: 1)
        library.setTrial(ScriptLibrary.Trial(windows: [recent], limits: configuration.recordLimits, factor: 10))
        let report = RoleReport(.detect, state: state, clock: clock)
        let shard = try await stream.shards()[0]
        let detector = try ShardDetector(
            shard: shard,
            options: ShardDetector.Options(configuration, shards: 1),
            stream: stream,
            rules: try DetectScripts(library, environment: environment),
            state: state,
            snapshots: try Snapshots(directory: configuration.state.directory, files: files),
            files: files,
            warmStart: nil,
            recent: recent,
            clock: clock,
            report: report,
            console: SilentConsole(),
            log: log
        )
        let notes = Notes()
        let wake = Wakeup()
        let over = Latch()
        let reloader = ScriptReloader(library, watch: try DiskWatch("\(directory)/scripts"), interval: .seconds(2))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await reloader.run(until: over) }
            group.addTask { try await put(into: stream, notes, wake) }
            group.addTask { try await judge(detector, report, notes, wake) }
            for number in 1...saves {
                await clock.sleep(pause)
                // A saved file is new, whatever stood there before.
                let before = notes.progress.withLock { $0.generation }
                try save(number, files)
                let saved = ContinuousClock.now
                notes.progress.withLock { $0.saves.append(saved) }
                while notes.progress.withLock({ $0.generation }) == before, ContinuousClock.now - saved < .seconds(10) {
                    await clock.sleep(.milliseconds(1))
                }
            }
            await clock.sleep(pause)
            notes.progress.withLock { $0.isOver = true }
            over.set()
            wake.notify()
            try await group.waitForAll()
        }
        var figures = notes.progress.withLock { $0.figures }
        let totals = try state.read { try Ledger.totals(in: $0) }
        (figures.scored, figures.repeated) = (totals[.scored] ?? 0, totals[.repeated] ?? 0)
        return figures
    }

    private func put(into stream: LocalStream, _ notes: Notes, _ wake: Wakeup) async throws {
        var random = SeededRandom(seed: 1, package: 0, purpose: "reload benchmark")
        var records = 0
        let start = ContinuousClock.now
        var next = start
        while !notes.progress.withLock({ $0.isOver }) {
            var entries: [StreamEntry] = []
            for _ in 0..<rate / Self.putsASecond {
                records += 1
                let accuracy = records % 50 == 0 ? 95 : 10 + Int(random.next(below: 11))
                let identity = RecordIdentity(package: PackageID(value: 1), line: records)
                entries.append(
                    StreamEntry(
                        data: Array("{\"name\":\"n\(records % 3)\",\"accuracy\":\(accuracy)}".utf8),
                        partitionKey: identity.partitionKey(isHistory: false),
                        hashKey: identity.hashKey
                    )
                )
            }
            try await stream.put(entries)
            notes.progress.withLock { progress in
                progress.put.append((records, ContinuousClock.now))
                progress.figures.records = records
            }
            wake.notify()
            next += .seconds(1) / Self.putsASecond
            let rest = next - ContinuousClock.now
            if rest > .zero { try await Task.sleep(for: rest) }
        }
    }

    private func judge(
        _ detector: ShardDetector,
        _ report: RoleReport,
        _ notes: Notes,
        _ wake: Wakeup
    ) async throws {
        var (judged, next) = (0, 0)
        while true {
            if try await detector.step() != .worked {
                let isOver = notes.progress.withLock { $0.isOver && $0.figures.records == judged }
                if isOver { return try await detector.finish() }
                await wake.wait()
                continue
            }
            let now = ContinuousClock.now
            let (generation, records) = report.progress
            judged = records
            notes.progress.withLock { progress in
                let isChange = progress.generation != generation
                progress.generation = generation
                let save = progress.saves.last
                if isChange, let save { progress.figures.takes.append((now - save).inMilliseconds) }
                while next < progress.put.count, progress.put[next].records < records { next += 1 }
                guard next < progress.put.count else { return }
                let delay = (now - progress.put[next].at).inMilliseconds
                let isShadow = save.map { now - $0 < Self.shadow } ?? false
                if isShadow { progress.figures.reloading.append(delay) } else { progress.figures.quiet.append(delay) }
            }
        }
    }

    /// As an editor does it: a file beside it, moved over it.
    private func save(_ number: Int, _ files: DiskFileSystem) throws {
        let text = """
            return {
              features = { "accuracy" },
              forest = { trees = 50, sample_size = 256 },
              refractory = "1m",
              decide = function(record, result)
                return { severity = result.score > \(3 + Double(number) / 1000) and "critical" or "warning" }
              end,
            }
            """
        try files.replace("\(directory)/scripts/detect.lua", with: Array(text.utf8))
    }
}

/// Loads a script directory again and again, for benchmarks of what stays behind.
package struct ReloadCycle {
    private let library: ScriptLibrary
    private let scripts: DetectScripts
    private let path: String

    package init(directory: String, log: Logger) throws {
        path = "\(directory)/detect.lua"
        try DiskFileSystem().makeDirectory(directory)
        try Self.write(0, to: path)
        let environment = ScriptEnvironment(Configuration(), seed: 1, log: log)
        library = try ScriptLibrary(directory, files: DiskFileSystem(), environment: environment, log: log)
        scripts = try DetectScripts(library, environment: environment)
    }

    /// One change, taken.
    package func reload(_ number: Int) throws {
        try Self.write(number, to: path)
        library.reload(isWhole: true)
        _ = try scripts.current()
    }

    private static func write(_ number: Int, to path: String) throws {
        let text = "return { features = { 'a' }, decide = function() return \(number) < 0 end }"
        try DiskFileSystem().replace(path, with: Array(text.utf8))
    }
}

private struct SilentConsole: Console {
    func package(_ package: PlannedPackage, bytes: Int) {}
    func alert(_ alert: Alert) {}
    func mailed(_ alert: Alert, answer: String) {}
}

extension Duration {
    fileprivate var inMilliseconds: Double { self / .milliseconds(1) }
}
