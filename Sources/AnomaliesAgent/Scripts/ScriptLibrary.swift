import Logging
import Synchronization

/// The newest script directory that passed its checks. Roles ask for it between two batches.
///
/// A changed directory is read beside the one in use, checked whole, and only then taken: on any problem the old one
/// goes on, so there is never a gap and nothing to roll back.
final class ScriptLibrary: Sendable {
    private struct State {
        var newest: ScriptSources
        /// What was read last and what came of it, so that a bad edit is reported once.
        var lastRead: ScriptSources
        var isJudged = true
    }

    let directory: String
    private let files: any FileSystem
    private let environment: ScriptEnvironment
    private let log: Logger
    private let state: Mutex<State>

    /// - Throws: ``ScriptProblems`` with everything that is wrong, or that the directory cannot be read.
    init(_ directory: String, files: any FileSystem, environment: ScriptEnvironment, log: Logger) throws {
        self.directory = directory
        self.files = files
        self.environment = environment
        self.log = log
        let sources = try ScriptSources.read(directory, files: files)
        try ScriptCheck(environment: environment).check(sources)
        state = Mutex(State(newest: sources, lastRead: sources))
    }

    var newest: ScriptSources { state.withLock { $0.newest } }

    /// Looks once. What changed is judged when it reads the same twice, because an editor may be half-way through.
    func reload() {
        let sources: ScriptSources
        do {
            sources = try ScriptSources.read(directory, files: files)
        } catch {
            let isNews = state.withLock { state in
                defer { state.isJudged = false }
                return state.isJudged
            }
            if isNews { log.error("scripts: \(error); generation \(newest.generation) goes on.") }
            return
        }
        let isDue = state.withLock { state in
            let isStable = state.lastRead == sources
            defer { state.lastRead = sources }
            if !isStable { state.isJudged = false }
            guard isStable, !state.isJudged else { return false }
            state.isJudged = true
            return sources != state.newest
        }
        guard isDue else { return }
        do {
            try ScriptCheck(environment: environment).check(sources)
            let old = state.withLock { state in
                defer { state.newest = sources }
                return state.newest.generation
            }
            log.notice("scripts: generation \(sources.generation) replaces \(old).")
        } catch {
            log.error("scripts: the change is refused and generation \(newest.generation) goes on:\n\(error)")
        }
    }

    /// Looks every `interval` until shutdown.
    func watch(every interval: Duration, clock: any PipelineClock, until shutdown: Latch) async {
        while !shutdown.isSet, !Task.isCancelled {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await clock.sleep(interval) }
                group.addTask { await shutdown.wait() }
                await group.next()
                group.cancelAll()
            }
            if !shutdown.isSet { reload() }
        }
    }
}

/// Loads scripts the way the roles do and collects everything that is wrong with them.
struct ScriptCheck {
    let environment: ScriptEnvironment

    /// - Throws: ``ScriptProblems``
    func check(_ sources: ScriptSources) throws(ScriptProblems) {
        let loader = ScriptLoader(sources: sources, environment: environment)
        var problems: [ScriptProblem] = []
        func attempt(_ name: ScriptSources.Name, _ load: () throws -> Void) {
            do { try load() } catch let error as ScriptProblems {
                problems += error.problems
            } catch let error as ScriptProblem {
                problems.append(error)
            } catch {
                problems.append(ScriptProblem(sources.path(name), line: nil, "\(error)"))
            }
        }
        if sources.texts.isEmpty {
            problems.append(
                ScriptProblem(
                    sources.directory,
                    line: nil,
                    "there is none of record.lua, inject.lua, detect.lua, notify.lua"
                )
            )
        }
        if sources.texts[.record] != nil { attempt(.record) { _ = try loader.workload() } }
        if sources.texts[.record] == nil, sources.texts[.inject] != nil {
            problems.append(
                ScriptProblem(sources.path(.inject), line: nil, "there is no record.lua beside it to inject into")
            )
        }
        if sources.texts[.detect] != nil { attempt(.detect) { _ = try loader.detect() } }
        if sources.texts[.notify] != nil { attempt(.notify) { _ = try loader.notify() } }
        guard problems.isEmpty else { throw ScriptProblems(problems: problems) }
    }
}

/// Loads single scripts of one generation, each into a state of its own.
struct ScriptLoader {
    let sources: ScriptSources
    let environment: ScriptEnvironment

    func workload() throws -> WorkloadScript {
        // Both are loaded whatever becomes of the one, so that all problems are told at once.
        let record = Result { try load(.record) }
        let inject = sources.texts[.inject] == nil ? nil : Result { try load(.inject) }
        let problems = [record.problem, inject?.problem].compactMap { $0 }
        guard problems.isEmpty else { throw ScriptProblems(problems: problems) }
        return try WorkloadScript(record: try record.get(), inject: try inject?.get())
    }

    func detect() throws -> DetectScript {
        try DetectScript(try load(.detect), generation: sources.generation, seed: environment.forestSeed)
    }

    /// `nil` without a notify.lua: the built-in text serves.
    func notify() throws -> NotifyScript? {
        sources.texts[.notify] == nil ? nil : try NotifyScript(try load(.notify))
    }

    private func load(_ name: ScriptSources.Name) throws -> LoadedScript {
        guard let text = sources.texts[name] else {
            throw ScriptProblem(sources.path(name), line: nil, "there is no such script; this role needs it")
        }
        return try LoadedScript(text, path: sources.path(name), environment: environment)
    }
}

extension Result where Failure == any Error {
    fileprivate var problem: ScriptProblem? {
        guard case .failure(let error) = self else { return nil }
        return error as? ScriptProblem ?? ScriptProblem("\(error)")
    }
}
