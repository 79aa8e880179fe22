internal import CLua

/// The arguments of a call, written one part after another without a `LuaValue` for each.
///
/// A table is announced with how many items and fields follow; its items come first, then each field's name and value.
/// Of a field given twice the last value counts.
public struct LuaArguments: ~Copyable {
    var bytes: [UInt8] = []
    private var count: UInt32 = 0

    /// How deep tables may stand inside one another, as in any value that crosses.
    public static var depth: Int { ScriptBudget.depth }

    public init() { removeAll() }

    public mutating func removeAll() {
        count = 0
        bytes.removeAll(keepingCapacity: true)
        append(integer: count)
    }

    /// Says that an argument begins. What is appended next is its value.
    public mutating func begin() {
        count += 1
        withUnsafeBytes(of: count) { bytes.replaceSubrange(0..<$0.count, with: $0) }
    }

    public mutating func appendNull() { append(tag: CLUA_NULL) }
    public mutating func append(_ value: Bool) { append(tag: value ? CLUA_TRUE : CLUA_FALSE) }

    public mutating func append(_ value: Int64) {
        append(tag: CLUA_INTEGER)
        append(integer: value)
    }

    public mutating func append(_ value: Double) {
        append(tag: CLUA_NUMBER)
        append(integer: value.bitPattern)
    }

    public mutating func append(utf8 text: UnsafeRawBufferPointer) {
        append(tag: CLUA_STRING)
        append(name: text)
    }

    public mutating func append(_ function: LuaFunction) {
        append(tag: CLUA_FUNCTION)
        append(integer: function.reference)
        // Line and source, which the state knows of itself.
        append(integer: Int32(clamping: function.line))
        append(integer: UInt32(0))
    }

    /// - Parameter isArray: whether it is a list even when it is empty.
    public mutating func beginTable(items: Int, fields: Int, isArray: Bool) {
        append(tag: CLUA_TABLE)
        bytes.append(isArray ? 1 : 0)
        append(integer: UInt32(items))
        append(integer: UInt32(fields))
    }

    public mutating func append(name: UnsafeRawBufferPointer) {
        append(integer: UInt32(name.count))
        bytes.append(contentsOf: name)
    }

    private mutating func append(tag: Int) { bytes.append(UInt8(tag)) }

    private mutating func append(integer: some FixedWidthInteger) {
        withUnsafeBytes(of: integer) { bytes.append(contentsOf: $0) }
    }
}

extension LuaState {
    /// Calls a function of this state with arguments that were written before.
    ///
    /// - Returns: its first result.
    /// - Precondition: `function` came from this state.
    public mutating func call(
        _ function: LuaFunction,
        arguments: borrowing LuaArguments,
        budget: ScriptBudget = .standard
    ) throws(ScriptError) -> LuaValue {
        precondition(function.home === host.releases, "a function of another Lua state")
        releaseFunctions()
        var spending = budget.spending
        let status = arguments.bytes.withUnsafeBytes { wire in
            let arguments = clua_bytes(bytes: wire.baseAddress, count: wire.count)
            return clua_call(handle, &spending, function.reference, arguments)
        }
        try check(status, budget)
        return try result()
    }
}
