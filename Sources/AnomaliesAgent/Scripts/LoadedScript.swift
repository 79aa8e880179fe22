import Foundation
import Logging
import Scripting

/// One script in a state of its own, loaded: what it returned, and how to call what it defined.
///
/// Belongs to the thread of the role that loaded it.
final class LoadedScript {
    let path: String
    let text: [UInt8]
    let value: LuaValue
    private var lua: LuaState
    private let budget: ScriptBudget

    /// - Throws: ``ScriptProblem`` for what is wrong with the script.
    init(_ text: [UInt8], path: String, environment: ScriptEnvironment) throws {
        self.path = path
        self.text = text
        budget = environment.budget
        var lua = LuaState(seed: environment.seed) { place, line in environment.log.info("\(place): \(line)") }
        do throws(ScriptError) {
            try AgentAPI.register(in: &lua, environment: environment)
            value = try lua.load(text, name: path, budget: budget)
            lua.freezeGlobals()
        } catch {
            throw ScriptProblem(error.message, cause: error)
        }
        self.lua = lua
    }

    func call(_ function: LuaFunction, _ arguments: [LuaValue]) throws(ScriptError) -> LuaValue {
        try lua.call(function, arguments, budget: budget)
    }

    /// A function of that name among the chunk's globals, or in the table that it returned.
    func function(named name: String) throws(ScriptError) -> LuaFunction? {
        if case .function(let function) = try lua.global(name) { return function }
        if case .table(let table) = value, case .function(let function) = table[name] { return function }
        return nil
    }

    /// The first line on which `key` is set, for messages about its value; Lua does not keep it.
    func line(of key: String) -> Int? {
        let name = key.split(separator: ".").last.map(String.init) ?? key
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.firstIndex { line in
            guard let found = line.range(of: name) else { return false }
            let rest = line[found.upperBound...].drop { $0 == " " || $0 == "\t" || $0 == "\"" || $0 == "]" || $0 == "'" }
            return rest.hasPrefix("=") && !rest.hasPrefix("==")
        }.map { $0 + 1 }
    }
}

/// What a script gets besides its own text.
struct ScriptEnvironment: Sendable {
    var budget: ScriptBudget
    /// `[General]`, as `config.general` in scripts. Never secrets.
    var general: [(key: String, value: String)]
    /// For `math.random`, which repeats with the run's seed.
    var seed: UInt64
    /// For the forest's random cuts; configured, so that scores do not change with the simulator's seed.
    var forestSeed: UInt64
    var log: Logger

    init(_ configuration: Configuration, seed: UInt64, log: Logger) {
        budget = ScriptBudget(
            instructions: configuration.scripts.instructions,
            heapBytes: configuration.scripts.memoryBytes
        )
        general = configuration.rows().filter { $0.section == "General" }.map { ($0.key, $0.value) }
        self.seed = seed
        forestSeed = UInt64(configuration.detection.seed)
        self.log = log
    }
}
