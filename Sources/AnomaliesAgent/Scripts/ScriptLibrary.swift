import Logging
import Synchronization

/// The scripts of this process: the generation in use, and what becomes of a changed directory.
///
/// A changed directory is read beside the one in use, checked whole, tried on the records judged last, loaded for every
/// role, and only then taken by all of them at once, each between two pieces of work. On any problem the old one goes
/// on, so there is never a gap and nothing to roll back.
final class ScriptLibrary: Sendable {
    private struct State {
        var newest: ScriptSources
        /// What was read last and whether it was judged, so that a bad edit is reported once.
        var lastRead: ScriptSources
        var isJudged = true
        var slots: [WeakSlot] = []
        /// The generations that are not to be taken from the directory: refused by a person, or waiting for one.
        var held: Set<String> = []
        var trial: Trial?
    }

    private struct WeakSlot {
        weak var slot: (any PreparedScripts)?
    }

    /// What a change is tried on, and from how many alerts on it has to be approved.
    struct Trial: Sendable {
        var windows: [RecentRecords]
        var limits: RecordLimits
        /// How many times the alerts of before.
        var factor: Double
    }

    let directory: String
    private let files: any FileSystem
    private let environment: ScriptEnvironment
    private let history: GenerationHistory?
    private let testTime: Duration
    private let log: Logger
    private let state: Mutex<State>

    /// - Parameters:
    ///   - history: where generations are kept; `nil` keeps none.
    ///   - testTime: what the tests beside changed scripts may take.
    /// - Throws: ``ScriptProblems`` with everything that is wrong, or that the directory cannot be read.
    init(
        _ directory: String,
        files: any FileSystem,
        environment: ScriptEnvironment,
        history: GenerationHistory? = nil,
        testTime: Duration = ScriptTests.time,
        log: Logger
    ) throws {
        self.directory = directory
        self.files = files
        self.environment = environment
        self.history = history
        self.testTime = testTime
        self.log = log
        let sources = try ScriptSources.read(directory, files: files)
        // What nobody agreed to does not come in by way of a restart.
        if let history, let used = try history.insteadOf(sources) {
            try ScriptCheck(environment: environment).check(used)
            let why = try history.state(of: sources.generation)
            log.notice(
                "scripts: generation \(sources.generation) in \(directory) is \(why); generation \(used.generation) goes on."
            )
            state = Mutex(State(newest: used, lastRead: sources, held: [sources.generation]))
            return
        }
        try ScriptCheck(environment: environment).check(sources)
        try history?.note(sources, .running, report: "taken at the start")
        state = Mutex(State(newest: sources, lastRead: sources))
    }

    var newest: ScriptSources { state.withLock { $0.newest } }

    /// From now on `slot` gets every generation, as long as somebody holds it.
    func add(_ slot: any PreparedScripts) {
        state.withLock { state in
            state.slots.removeAll { $0.slot == nil }
            state.slots.append(WeakSlot(slot: slot))
        }
    }

    /// What changes are tried on from now on.
    func setTrial(_ trial: Trial) { state.withLock { $0.trial = trial } }

    // MARK: - A changed directory

    /// Looks once.
    ///
    /// - Parameters:
    ///   - isWhole: whether whoever wrote has said that it is done. Else what changed is judged when it reads the same
    ///     twice, because an editor may be half-way through.
    ///   - unfinished: files that somebody is writing now; they count as they were.
    func reload(isWhole: Bool = false, unfinished: Set<String> = []) {
        let sources: ScriptSources
        do {
            let last = state.withLock { $0.lastRead }
            sources = try ScriptSources.read(directory, files: files, keeping: last, of: unfinished)
        } catch {
            let isNews = state.withLock { state in
                defer { state.isJudged = false }
                return state.isJudged
            }
            if isNews { log.error("scripts: \(error); generation \(newest.generation) goes on.") }
            return
        }
        let isDue = state.withLock { state in
            let isStable = isWhole || state.lastRead == sources
            let isNew = state.lastRead != sources
            defer { state.lastRead = sources }
            if isNew { state.isJudged = false }
            guard isStable, !state.isJudged else { return false }
            state.isJudged = true
            // Once somebody has said no, only another text is a change.
            return sources != state.newest && !state.held.contains(sources.generation)
        }
        if isDue { consider(sources) }
    }

    /// Takes the generation, keeps it waiting, or refuses it.
    private func consider(_ sources: ScriptSources) {
        let generation = sources.generation
        do {
            try ScriptCheck(environment: environment).check(sources)
            let tests = try runTests(of: sources)
            guard generation != newest.generation else {
                state.withLock { $0.newest = sources }
                log.info("scripts: the tests changed, the scripts did not. \(tests.capitalizedFirst).")
                return
            }
            let report = try attempt(sources)
            let factor = state.withLock { $0.trial?.factor } ?? .infinity
            guard !report.exceeds(factor: factor) else {
                state.withLock { _ = $0.held.insert(generation) }
                try history?.note(sources, .waiting, report: report.text)
                log.warning(
                    """
                    scripts: \(report.text): generation \(generation) waits, \(newest.generation) goes on. \
                    Take it with: anomalies-agent scripts approve \(generation)
                    """
                )
                return
            }
            try take(sources, report: tests.isEmpty ? report.text : "\(tests); \(report.text)")
        } catch {
            log.error("scripts: the change is refused and generation \(newest.generation) goes on:\n\(error)")
            guard generation != newest.generation else { return }
            do { try history?.note(sources, .refused, report: "\(error)") } catch { log.error("scripts: \(error)") }
        }
    }

    /// Runs the tests beside the scripts, as far as their time allows.
    ///
    /// - Returns: what came of them; empty where there are none.
    /// - Throws: ``ScriptProblems`` with every test that fails.
    private func runTests(of sources: ScriptSources) throws -> String {
        guard !sources.tests.tests.isEmpty, sources.texts[.detect] != nil else { return "" }
        let limits = state.withLock { $0.trial?.limits } ?? RecordLimits()
        let start = ContinuousClock.now
        let results = try ScriptTests(sources, environment: environment, limits: limits)
            .run { ContinuousClock.now - start > testTime }
        let failures = results.filter { !$0.difference.isEmpty }
        guard failures.isEmpty else {
            throw ScriptProblems(problems: failures.map { ScriptProblem($0.failure) })
        }
        let leftOut = results.filter { $0.leftOut != nil }
        if let first = leftOut.first {
            log.warning(
                """
                scripts: \(leftOut.count) tests of generation \(sources.generation) did not count (all together have \
                \(testTime.formatted)): \(first.failure.singleLine)
                """
            )
        }
        return results.summary
    }

    /// Tries the generation on the records judged last.
    private func attempt(_ sources: ScriptSources) throws -> ReloadGate.Report {
        guard let trial = state.withLock({ $0.trial }), sources.texts[.detect] != nil else {
            return ReloadGate.Report()
        }
        let script = try ScriptLoader(sources: sources, environment: environment).detect()
        // A copy: what a trial remembers is forgotten with it.
        if let remembered = try history?.scriptState() {
            _ = try script.bring(remembered, to: script.rules.stateVersion)
            script.remember(remembered)
        }
        let start = ContinuousClock.now
        var gate = try ReloadGate(script.rules, script, limits: trial.limits) {
            ContinuousClock.now - start > $0
        }
        return gate.judge(trial.windows.map(\.batches))
    }

    /// Loads the generation for every role, then opens it to all of them.
    private func take(_ sources: ScriptSources, report: String) throws {
        let slots = state.withLock { $0.slots.compactMap(\.slot) }
        for slot in slots { try slot.prepare(sources) }
        // Before anybody uses it: what decided an alert is always on record.
        try history?.note(sources, .running, report: report)
        let old = state.withLock { state in
            defer { state.newest = sources }
            return state.newest.generation
        }
        for slot in slots { slot.open() }
        log.notice("scripts: generation \(sources.generation) replaces \(old). \(report.capitalizedFirst).")
    }

    // MARK: - What people ask for

    /// Does what somebody asked for with `anomalies-agent scripts`, if there is something new.
    func obey() {
        guard let history else { return }
        do {
            guard let request = try history.nextRequest() else { return }
            switch request.action {
            case .approve:
                guard request.sources != newest else { return }
                try ScriptCheck(environment: environment).check(request.sources)
                state.withLock { _ = $0.held.remove(request.sources.generation) }
                try take(request.sources, report: "approved by hand")
            case .rollback:
                let current = newest
                guard request.sources != current else { return }
                try ScriptCheck(environment: environment).check(request.sources)
                // The directory still holds what was rolled back: it counts again once it is changed.
                let read = state.withLock { state in
                    state.held.insert(current.generation)
                    state.held.insert(state.lastRead.generation)
                    state.held.remove(request.sources.generation)
                    return state.lastRead
                }
                try history.note(current, .withdrawn, report: "rolled back by hand")
                if read != current { try history.note(read, .withdrawn, report: "rolled back by hand") }
                try take(request.sources, report: "rolled back by hand")
            }
        } catch {
            log.error("scripts: what was asked for is not done, generation \(newest.generation) goes on: \(error)")
        }
    }
}

extension String {
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
