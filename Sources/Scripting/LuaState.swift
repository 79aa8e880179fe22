internal import CLua

/// One sandboxed Lua 5.4 interpreter: its globals, its heap, and the host functions its scripts may call.
///
/// Scripts have `base`, `table`, `string`, `math`, `utf8` and `coroutine`, less what reads files, loads code,
/// collects garbage or names addresses (no `load`, `string.dump`, `coroutine.close`, `%p`); `null`, and `array {}`.
/// `pairs` visits integers, then strings sorted, then other numbers and booleans; `math.random` follows the seed.
/// Every entry is bounded by a `ScriptBudget`. What ends a script for that cannot be caught by it; the state can be
/// used again afterwards, with whatever globals the script left behind.
///
/// A state is used from one isolation at a time. It is not `Sendable`; an actor owns it, and hot reload replaces it
/// whole. Host functions must not enter the state that calls them. Needs 512 KiB of stack:
/// recursion through C 200 levels deep was tried with that much.
public struct LuaState: ~Copyable {
    /// What `print` writes: where from (`detect.lua:12`), and one line of at most 1,000 bytes. After 100 lines a call
    /// says that it leaves out the rest.
    public typealias Log = (_ location: String, _ line: String) -> Void

    let handle: OpaquePointer
    let host: Host
    /// Ends a call from another thread.
    public let watch = ScriptWatch()

    /// - Parameters:
    ///   - seed: of `math.random`; the same seed gives the same numbers.
    ///   - log: called on the thread that runs the script, while it runs.
    public init(seed: UInt64, log: @escaping Log) {
        host = Host(log: log)
        guard let handle = clua_open(Unmanaged.passUnretained(host).toOpaque(), watch.handle, seed) else {
            preconditionFailure("no memory for a Lua state")
        }
        self.handle = handle
    }

    deinit { clua_close(handle) }

    // MARK: What scripts see

    /// Makes `body` callable from scripts as the global `name`.
    public mutating func register(
        _ name: String,
        phase: ScriptPhase = .always,
        _ body: @escaping HostFunction
    ) {
        register(name, in: nil, phase: phase, body)
    }

    /// Makes functions callable as `table.name`; adds to the table when it exists.
    public mutating func registerTable(
        _ table: String,
        phase: ScriptPhase = .always,
        _ functions: [(name: String, body: HostFunction)]
    ) {
        for (name, body) in functions { register(name, in: table, phase: phase, body) }
    }

    private func register(_ name: String, in table: String?, phase: ScriptPhase, _ body: @escaping HostFunction) {
        let full = table.map { "\($0).\(name)" } ?? name
        let index = host.add(Host.Entry(name: full, phase: phase, body: body))
        let status = clua_register(handle, table, name, index)
        precondition(status == CLUA_OK, "\(full) could not be registered")
    }

    /// - Throws: `.conversion` for a value nested more than 32 deep.
    public mutating func set(global name: String, to value: LuaValue) throws(ScriptError) {
        checkHome(value)
        var writer = WireWriter()
        try writer.append(value)
        let status = writer.bytes.withUnsafeBytes { wire in
            clua_set_global(handle, name, clua_bytes(bytes: wire.baseAddress, count: wire.count))
        }
        try check(status, .standard)
    }

    /// From now on scripts cannot assign globals, nor functions in library tables or tables of host functions.
    ///
    /// Tables of their own stay as they are. Costs a script one more table access for each global it uses.
    public mutating func freezeGlobals() {
        let status = clua_freeze(handle)
        precondition(status == CLUA_OK, "globals could not be frozen")
    }

    /// Starts `math.random` anew, so that what follows does not depend on what came before.
    public mutating func seedRandom(_ seed: UInt64) {
        clua_seed(handle, seed)
    }

    /// Bytes the interpreter's heap holds now, garbage included.
    public var heapBytes: Int { clua_heap_used(handle) }

    // MARK: Running

    /// Compiles and runs a chunk of Lua text; functions registered for `.loading` can be called meanwhile.
    ///
    /// - Parameters:
    ///   - source: at most 256 KiB; bytecode is refused.
    ///   - name: what messages call it, for example `scripts/detect.lua`; up to 58 bytes are shown.
    /// - Returns: the first value the chunk returns.
    /// - Throws: `.syntax` before anything has run; `.runtime`, `.limit` or `.conversion` after.
    @discardableResult
    public mutating func load(
        _ source: [UInt8],
        name: String,
        budget: ScriptBudget = .standard
    ) throws(ScriptError) -> LuaValue {
        guard source.count <= Self.longestSource else {
            throw .syntax(message: "\(name): the file has more than \(Self.longestSource) bytes")
        }
        releaseFunctions()
        host.isLoading = true
        defer { host.isLoading = false }
        var spending = budget.spending
        let status = source.withUnsafeBytes { text in
            clua_load(handle, &spending, clua_bytes(bytes: text.baseAddress, count: text.count), name)
        }
        try check(status, budget)
        return try result()
    }

    @discardableResult
    public mutating func load(
        _ source: String,
        name: String,
        budget: ScriptBudget = .standard
    ) throws(ScriptError) -> LuaValue {
        try load(Array(source.utf8), name: name, budget: budget)
    }

    /// The value of a global, `.nil` when there is none.
    ///
    /// - Throws: `.conversion` for what cannot leave a script.
    public mutating func global(_ name: String, budget: ScriptBudget = .standard) throws(ScriptError) -> LuaValue {
        releaseFunctions()
        var spending = budget.spending
        try check(clua_global(handle, &spending, name), budget)
        return try result()
    }

    /// The lines of its script that the function's definition takes; `nil` for a builtin.
    ///
    /// - Precondition: `function` came from this state.
    public func lines(of function: LuaFunction) -> ClosedRange<Int>? {
        precondition(function.home === host.releases, "a function of another Lua state")
        let last = Int(clua_last_line(handle, function.reference))
        return function.line > 0 && last >= function.line ? function.line...last : nil
    }

    /// Calls a function of this state.
    ///
    /// - Returns: its first result.
    /// - Precondition: `function` came from this state.
    public mutating func call(
        _ function: LuaFunction,
        _ arguments: [LuaValue] = [],
        budget: ScriptBudget = .standard
    ) throws(ScriptError) -> LuaValue {
        precondition(function.home === host.releases, "a function of another Lua state")
        releaseFunctions()
        var writer = WireWriter()
        writer.append(count: arguments.count)
        for argument in arguments {
            checkHome(argument)
            try writer.append(argument)
        }
        var spending = budget.spending
        let status = writer.bytes.withUnsafeBytes { wire in
            let arguments = clua_bytes(bytes: wire.baseAddress, count: wire.count)
            return clua_call(handle, &spending, function.reference, arguments)
        }
        try check(status, budget)
        return try result()
    }

    // MARK: Outcome

    /// The parser has no budget of its own: some constructs take it time that grows with the square of their number.
    private static let longestSource = 256 << 10

    func result() throws(ScriptError) -> LuaValue {
        let wire = clua_result(handle)
        var reader = WireReader(UnsafeRawBufferPointer(start: wire.bytes, count: wire.count), home: host.releases)
        return try reader.value()
    }

    func check(_ status: clua_status, _ budget: ScriptBudget) throws(ScriptError) {
        switch status {
        case CLUA_OK: return
        case CLUA_SYNTAX: throw .syntax(message: text(clua_message(handle)))
        case CLUA_RUNTIME:
            throw .runtime(message: text(clua_message(handle)), traceback: text(clua_traceback(handle)))
        case CLUA_CONVERSION:
            throw .conversion(path: text(clua_path(handle)), reason: text(clua_message(handle)))
        default: throw exceeded(budget)
        }
    }

    private func exceeded(_ budget: ScriptBudget) -> ScriptError {
        let message = text(clua_message(handle))
        let limit: ScriptLimit
        switch Int(clua_limit(handle)) {
        case CLUA_LIMIT_INSTRUCTIONS: limit = .instructions
        case CLUA_LIMIT_WORK: limit = .work
        case CLUA_LIMIT_MEMORY: limit = .memory
        case CLUA_LIMIT_TIME: limit = .time
        default:
            let path = text(clua_path(handle))
            return .limit(.result, message: path.isEmpty ? message : "\(path): \(message)")
        }
        return .limit(limit, message: message + budget.explanation(of: limit))
    }

    func releaseFunctions() {
        for reference in host.releases.take() { clua_release(handle, reference) }
    }

    private func checkHome(_ value: LuaValue) {
        switch value {
        case .function(let function):
            precondition(function.home === host.releases, "a function of another Lua state")
        case .table(let table):
            for value in table.array { checkHome(value) }
            for field in table.fields { checkHome(field.value) }
        default: return
        }
    }
}
