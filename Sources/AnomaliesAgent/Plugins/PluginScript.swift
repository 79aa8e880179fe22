import Logging
import Scripting

/// A plugin's program in a Lua state of its own. Belongs to one thread.
///
/// The function of a plugin that reaches out may wait for the network: such a state is on a thread that nothing else
/// waits for.
final class PluginScript {
    /// What one run may take where it waits for others; calls alone are cut off earlier, see ``PluginCalls/patience``.
    private static let longestRun = Duration.seconds(60)

    let manifest: PluginManifest
    let calls: PluginCalls
    private let path: String
    private let function: LuaFunction
    let options: LuaTable
    private let budget: ScriptBudget
    private let redacted: (String) -> String
    private var lua: LuaState

    /// - Throws: ``ScriptProblems``
    init(_ setup: PluginSetup, ports: PluginPorts, budget: ScriptBudget, log: Logger) throws(ScriptProblems) {
        path = setup.folder.programPath
        calls = PluginCalls(setup, ports: ports, log: log)
        var lua = Self.state(of: setup.folder, log: log)
        (manifest, function) = try Self.load(setup.folder, into: &lua, calls: calls, budget: budget)
        self.lua = lua
        options = setup.options
        redacted = { setup.redacted($0) }
        var budget = budget
        if setup.manifest.kind.reachesOut { budget.wallTime = Self.longestRun }
        self.budget = budget
    }

    /// Loads the program without giving it anything, to see what it is.
    ///
    /// - Throws: ``ScriptProblems``
    static func manifest(of folder: PluginFolder, budget: ScriptBudget, log: Logger) throws(ScriptProblems)
        -> PluginManifest
    {
        var lua = state(of: folder, log: log)
        return try load(folder, into: &lua, calls: nil, budget: budget).manifest
    }

    private static func state(of folder: PluginFolder, log: Logger) -> LuaState {
        let chunk = ChunkName(folder.programPath)
        return LuaState(seed: 1) { place, line in log.info("\(chunk.restoring(place)): \(line)") }
    }

    private static func load(
        _ folder: PluginFolder,
        into lua: inout LuaState,
        calls: PluginCalls?,
        budget: ScriptBudget
    ) throws(ScriptProblems) -> (manifest: PluginManifest, function: LuaFunction) {
        let path = folder.programPath
        let chunk = ChunkName(path)
        let value: LuaValue
        do throws(ScriptError) {
            lua.register("plugin", phase: .loading) { call throws(ScriptError) in
                var table = try call.table(1)
                table[AgentAPI.kind] = .string("plugin")
                table[AgentAPI.order] = .integer(1)
                table[AgentAPI.place] = .string(path)
                return .table(table)
            }
            PluginCalls.register(in: &lua, calls)
            value = try lua.load(folder.text, name: chunk.name, budget: budget)
            lua.freezeGlobals()
        } catch {
            throw ScriptProblems(problems: [ScriptProblem(chunk.restoring(error.message), cause: error)])
        }
        let text = String(decoding: folder.text, as: UTF8.self)
        return try PluginManifest.read(value, name: folder.name) { "\(path):\(Self.line(of: $0, in: text))" }
    }

    /// The first line on which a key of the manifest is set, or a text in quotes stands; Lua does not keep it.
    private static func line(of key: String, in text: String) -> Int {
        let name = key.split(separator: ".").last.map(String.init) ?? key
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let found = lines.firstIndex { line in
            line.ranges(of: name).contains { range in
                if name.hasPrefix("\"") { return true }
                let before = line[..<range.lowerBound].last
                guard before.map({ !$0.isLetter && !$0.isNumber && $0 != "_" }) ?? true else { return false }
                let rest = line[range.upperBound...].drop { " \t\"]".contains($0) }
                return rest.hasPrefix("=") && !rest.hasPrefix("==")
            }
        }
        return (found ?? 0) + 1
    }

    /// Runs the plugin's function with the options last.
    ///
    /// - Throws: ``ScriptError`` without secrets.
    func run(_ arguments: [LuaValue]) throws(ScriptError) -> LuaValue {
        calls.begin()
        do throws(ScriptError) {
            return try lua.call(function, arguments + [.table(options)], budget: budget)
        } catch {
            throw .refused(redacted(ChunkName(path).restoring(error).message))
        }
    }

    /// `plugins/slack/plugin.lua:12`, where the function begins.
    var place: String { "\(path):\(function.line)" }
}
