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
    // Behind a pointer, so that each call is not checked for overlapping ones; it is this object's own.
    private let lua: UnsafeMutablePointer<LuaState>
    private let budget: ScriptBudget
    private let chunk: ChunkName
    private let slot = ScriptStateSlot()

    /// What its functions remember; a throw-away one until a role gives it its own. `nil` for scripts that have none.
    var state: ScriptState? {
        get { slot.state }
        set { slot.state = newValue }
    }

    /// - Parameter unknown: Gets every name that means nothing here, wherever it stands; what is nearly a constructor is
    ///   then taken for it, so that what else is wrong comes to light as well.
    /// - Throws: ``ScriptProblem`` for what is wrong with the script.
    init(
        _ text: [UInt8],
        path: String,
        environment: ScriptEnvironment,
        collecting unknown: UnknownNames? = nil
    ) throws {
        self.path = path
        self.text = text
        budget = environment.budget
        let chunk = ChunkName(path)
        self.chunk = chunk
        var lua = LuaState(seed: environment.seed) { place, line in
            environment.log.info("\(chunk.restoring(place)): \(line)")
        }
        do throws(ScriptError) {
            try AgentAPI.register(in: &lua, environment: environment, chunk: chunk)
            ScriptState.register(in: &lua, slot)
            unknown?.look(in: text, path: path, chunk: chunk, &lua)
            value = try lua.load(text, name: chunk.name, budget: budget)
            lua.freezeGlobals()
        } catch {
            // In what does not parse every word may be anything.
            if case .syntax = error { unknown?.forget(path) }
            let advice = ScriptAdvice(text: text, general: environment.general.map(\.key))
            throw ScriptProblem(advice.advised(chunk.restoring(error.message)), cause: error)
        }
        self.lua = .allocate(capacity: 1)
        self.lua.initialize(to: lua)
    }

    deinit {
        lua.deinitialize(count: 1)
        lua.deallocate()
    }

    /// - Parameter metrics: where the call is counted.
    func call(
        _ function: LuaFunction,
        _ arguments: [LuaValue],
        in metrics: FunctionMetrics? = nil
    ) throws(ScriptError) -> LuaValue {
        let start = metrics?.begin() ?? nil
        do throws(ScriptError) {
            let value = try lua.pointee.call(function, arguments, budget: budget)
            finish(start, metrics, isGood: true)
            return value
        } catch {
            finish(start, metrics, isGood: false)
            throw chunk.restoring(error)
        }
    }

    /// After every call: what it remembers counts or not, and so does what it cost.
    private func finish(_ start: Int64?, _ metrics: FunctionMetrics?, isGood: Bool) {
        if slot.isTouched {
            slot.isTouched = false
            slot.state?.end(isGood: isGood)
        }
        if let start { metrics?.end(start, heap: lua.pointee.heapBytes) }
        if !isGood { metrics?.failed() }
    }

    /// As `call(_:_:)`, with arguments that are written already.
    func call(
        _ function: LuaFunction,
        arguments: borrowing LuaArguments,
        in metrics: FunctionMetrics? = nil
    ) throws(ScriptError) -> LuaValue {
        let start = metrics?.begin() ?? nil
        do throws(ScriptError) {
            let value = try lua.pointee.call(function, arguments: arguments, budget: budget)
            finish(start, metrics, isGood: true)
            return value
        } catch {
            finish(start, metrics, isGood: false)
            throw chunk.restoring(error)
        }
    }

    /// A table for functions whose text shows that they use these fields only, see ``RecordUse``.
    func makeRecord(fields: [String], firstWritten: Int) throws(ScriptError) -> RecordTable {
        try lua.pointee.makeRecord(fields: fields, firstWritten: firstWritten, isOpen: true)
    }

    func call(
        _ function: LuaFunction,
        record: borrowing RecordTable,
        in metrics: FunctionMetrics? = nil
    ) throws(ScriptError) -> LuaValue {
        let start = metrics?.begin() ?? nil
        do throws(ScriptError) {
            let value = try lua.pointee.call(function, record: record, budget: budget)
            finish(start, metrics, isGood: true)
            return value
        } catch {
            finish(start, metrics, isGood: false)
            throw chunk.restoring(error)
        }
    }

    func call(
        _ function: LuaFunction,
        changing record: inout RecordTable,
        in metrics: FunctionMetrics? = nil
    ) throws(ScriptError) -> LuaValue {
        let start = metrics?.begin() ?? nil
        do throws(ScriptError) {
            let value = try lua.pointee.call(function, changing: &record, budget: budget)
            finish(start, metrics, isGood: true)
            return value
        } catch {
            finish(start, metrics, isGood: false)
            throw chunk.restoring(error)
        }
    }

    /// What the last call left in a field of `record`.
    func written(_ field: Int, of record: borrowing RecordTable) throws(ScriptError) -> LuaValue {
        try lua.pointee.written(field, of: record)
    }

    /// Runs a chunk of the host's own beside the script.
    func load(_ text: String) throws(ScriptError) -> LuaValue {
        try lua.pointee.load(text, name: "derive", budget: budget)
    }

    /// `scripts/detect.lua:12`, where a function of this script begins.
    func place(of function: LuaFunction) -> String { "\(path):\(function.line)" }

    /// A digest of the lines that define the function, without their indents, empty ones and comments of their own: what
    /// stands elsewhere, an upvalue say, is not part of it.
    func fingerprint(of function: LuaFunction) -> String {
        guard let range = lua.pointee.lines(of: function) else { return "builtin" }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard range.upperBound <= lines.count else { return "unknown" }
        let code = lines[(range.lowerBound - 1)..<range.upperBound].map { $0.trimmingCharacters(in: .whitespaces) }
        return Digests.short(code.filter { !$0.isEmpty && !$0.hasPrefix("--") }.joined(separator: "\n"))
    }

    /// A function of that name among the chunk's globals, or in the table that it returned.
    func function(named name: String) throws(ScriptError) -> LuaFunction? {
        if case .function(let function) = try lua.pointee.global(name) { return function }
        if case .table(let table) = value, case .function(let function) = table[name] { return function }
        return nil
    }

    /// What the script returned, for a message that it should have been something else.
    var returned: String {
        if let declaration = Declaration(value) { return "\(declaration.kind) { … }" }
        return value == .nil ? "nothing; does it say return?" : value.shown
    }

    /// The first line on which `key` is set, for messages about its value; Lua does not keep it.
    ///
    /// - Parameter key: `forest.trees` for one inside a table: the line of that, where it has none of its own.
    func line(of key: String) -> Int? {
        let keys = key.split(separator: ".").map(String.init)
        guard let last = keys.last else { return nil }
        var start = 0
        var line: Int?
        for key in keys {
            guard let place = settings[start...].firstIndex(where: { $0.key == key }) else { continue }
            line = settings[place].line
            start = place + 1
        }
        let isFound = line != nil && settings[start - 1].key == last
        return isFound ? line : settings.first { $0.key == last }?.line ?? line
    }

    /// Each `key =` and `["key"] =` of the text; what is in comments is none.
    private lazy var settings: [(key: String, line: Int)] = {
        var found: [(key: String, line: Int)] = []
        var tokens = LuaTokens(text)
        var last: [(token: LuaTokens.Token, line: Int)] = []
        while let token = tokens.next() {
            if token == .symbol("="), let (key, line) = Self.key(last) { found.append((key, line)) }
            last.append((token, tokens.line))
            if last.count > 3 { last.removeFirst() }
        }
        return found
    }()

    private static func key(_ before: [(token: LuaTokens.Token, line: Int)]) -> (String, Int)? {
        guard let last = before.last else { return nil }
        if case .name(let name) = last.token { return (name, last.line) }
        guard last.token == .symbol("]"), before.count == 3, before[0].token == .symbol("["),
            case .text(let text) = before[1].token
        else { return nil }
        return (text, before[1].line)
    }
}

/// What a script is called inside Lua, which cuts names off that are longer than 59 bytes, and with them what tells an
/// editor where to go: such a one is loaded under its last part, and messages get the whole path back.
struct ChunkName: Sendable {
    private static let longest = 58

    let name: String
    private let path: String

    init(_ path: String) {
        self.path = path
        name = path.utf8.count <= Self.longest ? path : path.split(separator: "/").last.map(String.init) ?? path
    }

    func restoring(_ message: String) -> String {
        guard name != path else { return message }
        var result = ""
        var rest = message[...]
        while let found = rest.range(of: "\(name):") {
            result += rest[..<found.lowerBound]
            // Only where a line follows: anything else are the script's own words.
            let isPlace = rest[found.upperBound...].first?.isNumber == true && result.last != "/"
            result += (isPlace ? path : name) + ":"
            rest = rest[found.upperBound...]
        }
        return result + rest
    }

    func restoring(_ error: ScriptError) -> ScriptError {
        switch error {
        case .syntax(let message): .syntax(message: restoring(message))
        case .runtime(let message, let traceback):
            .runtime(message: restoring(message), traceback: restoring(traceback))
        case .limit(let limit, let message): .limit(limit, message: restoring(message))
        case .refused(let message): .refused(restoring(message))
        case .argument, .conversion: error
        }
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
    /// Plugins that can score, by name.
    var detectors: [String: PluginDetectorRule] = [:]
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
