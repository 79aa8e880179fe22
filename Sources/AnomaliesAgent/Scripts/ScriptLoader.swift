import Scripting

/// Loads scripts the way the roles do and collects everything that is wrong with them.
struct ScriptCheck {
    let environment: ScriptEnvironment

    /// - Throws: ``ScriptProblems``
    func check(_ sources: ScriptSources) throws(ScriptProblems) {
        let unknown = UnknownNames()
        let loader = ScriptLoader(sources: sources, environment: environment, unknown: unknown)
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
        problems = ScriptProblem.sorted(unknown.problems + problems)
        guard problems.isEmpty else { throw ScriptProblems(problems: problems) }
    }
}

/// Loads single scripts of one generation, each into a state of its own.
struct ScriptLoader {
    let sources: ScriptSources
    let environment: ScriptEnvironment
    /// Gets every name in them that means nothing.
    var unknown: UnknownNames?

    func workload() throws -> WorkloadScript {
        // Both are loaded whatever becomes of the one, so that all problems are told at once.
        let record = Result { try load(.record) }
        let inject = sources.texts[.inject] == nil ? nil : Result { try load(.inject) }
        let problems = [record.problem, inject?.problem].compactMap { $0 }
        guard problems.isEmpty else { throw ScriptProblems(problems: problems) }
        return try WorkloadScript(record: try record.get(), inject: try inject?.get())
    }

    func detect() throws -> DetectScript {
        try DetectScript(try load(.detect), generation: sources.generation, environment)
    }

    /// `nil` without a notify.lua: the built-in text serves.
    func notify() throws -> NotifyScript? {
        sources.texts[.notify] == nil ? nil : try NotifyScript(try load(.notify))
    }

    func load(_ name: ScriptSources.Name) throws -> LoadedScript {
        guard let text = sources.texts[name] else {
            throw ScriptProblem(sources.path(name), line: nil, "there is no such script; this role needs it")
        }
        let script = try LoadedScript(text, path: sources.path(name), environment: environment, collecting: unknown)
        if name == .detect || name == .notify { script.state = ScriptState() }
        return script
    }
}

extension Result where Failure == any Error {
    fileprivate var problem: ScriptProblem? {
        guard case .failure(let error) = self else { return nil }
        return error as? ScriptProblem ?? ScriptProblem("\(error)")
    }
}
