internal import CLua

/// Values without parts, kept ready for the cheap way into Lua: nothing here allocates once it has its size.
///
/// As plain arguments (`LuaState.call(_:scalars:)`) or as the fields of a `RecordTable`. Setting a slot costs a few
/// ns; a string is copied once.
public struct LuaScalars: ~Copyable {
    var slots: [clua_scalar]
    private(set) var arena: [UInt8] = []

    /// - Parameter count: of values, all nil at first.
    public init(count: Int) {
        slots = Array(repeating: clua_scalar(tag: UInt32(CLUA_NIL), count: 0, bits: 0), count: count)
        arena.reserveCapacity(256)
    }

    public var count: Int { slots.count }

    /// Sets every value to nil and forgets all strings. Call it before each refill.
    public mutating func removeAll() {
        for index in slots.indices { slots[index].tag = UInt32(CLUA_NIL) }
        arena.removeAll(keepingCapacity: true)
    }

    public mutating func set(_ index: Int, toBoolean value: Bool) {
        slots[index] = clua_scalar(tag: UInt32(value ? CLUA_TRUE : CLUA_FALSE), count: 0, bits: 0)
    }

    public mutating func set(_ index: Int, toInteger value: Int64) {
        slots[index] = clua_scalar(tag: UInt32(CLUA_INTEGER), count: 0, bits: value)
    }

    public mutating func set(_ index: Int, toNumber value: Double) {
        let bits = Int64(bitPattern: value.bitPattern)
        slots[index] = clua_scalar(tag: UInt32(CLUA_NUMBER), count: 0, bits: bits)
    }

    public mutating func setNull(_ index: Int) {
        slots[index] = clua_scalar(tag: UInt32(CLUA_NULL), count: 0, bits: 0)
    }

    public mutating func set(_ index: Int, toUTF8 bytes: Span<UInt8>) {
        let offset = Int64(arena.count)
        bytes.withUnsafeBufferPointer { arena.append(contentsOf: $0) }
        slots[index] = clua_scalar(tag: UInt32(CLUA_STRING), count: UInt32(bytes.count), bits: offset)
    }

    public mutating func set(_ index: Int, toString value: String) {
        let offset = Int64(arena.count)
        arena.append(contentsOf: value.utf8)
        let count = UInt32(arena.count - Int(offset))
        slots[index] = clua_scalar(tag: UInt32(CLUA_STRING), count: count, bits: offset)
    }
}

/// One Lua table with fixed fields, made once and refilled for each call.
///
/// The script sees the same table every time: it may change fields until it returns, it cannot add any, and what it
/// keeps of it shows the next record.
public struct RecordTable: ~Copyable {
    /// The names of the fields; slot i of `values` is field i.
    public let fields: [String]
    /// What the next call passes; a nil is a field that is not there.
    public var values: LuaScalars

    let reference: Int32
    let home: Releases

    init(fields: [String], reference: Int32, home: Releases) {
        self.fields = fields
        self.reference = reference
        self.home = home
        values = LuaScalars(count: fields.count)
    }

    deinit { home.add(reference) }
}

extension LuaState {
    /// - Parameter fields: at most 200 names, each once.
    public mutating func makeRecord(fields: [String]) throws(ScriptError) -> RecordTable {
        guard fields.count <= 200 else { throw .refused("a record has at most 200 fields, not \(fields.count)") }
        precondition(Set(fields).count == fields.count, "a field twice in one record")
        releaseFunctions()
        var writer = WireWriter()
        writer.append(count: fields.count)
        for field in fields { writer.append(string: field) }
        var reference: Int32 = -1
        let status = writer.bytes.withUnsafeBytes { wire in
            clua_make_record(handle, clua_bytes(bytes: wire.baseAddress, count: wire.count), &reference)
        }
        try check(status, .standard)
        return RecordTable(fields: fields, reference: reference, home: host.releases)
    }

    /// Calls a function with plain arguments, and nothing made for it but strings.
    public mutating func call(
        _ function: LuaFunction,
        scalars: borrowing LuaScalars,
        budget: ScriptBudget = .standard
    ) throws(ScriptError) -> LuaValue {
        try call(function, record: -1, scalars, budget)
    }

    /// Calls a function with one argument, the record.
    ///
    /// - Precondition: `record` and `function` came from this state.
    public mutating func call(
        _ function: LuaFunction,
        record: borrowing RecordTable,
        budget: ScriptBudget = .standard
    ) throws(ScriptError) -> LuaValue {
        precondition(record.home === host.releases, "a record of another Lua state")
        return try call(function, record: record.reference, record.values, budget)
    }

    private func call(
        _ function: LuaFunction,
        record: Int32,
        _ scalars: borrowing LuaScalars,
        _ budget: ScriptBudget
    ) throws(ScriptError) -> LuaValue {
        precondition(function.home === host.releases, "a function of another Lua state")
        releaseFunctions()
        var spending = budget.spending
        var answer = clua_scalar()
        let status = scalars.slots.withUnsafeBufferPointer { slots in
            scalars.arena.withUnsafeBytes { arena in
                var call = clua_quick_call(
                    function: function.reference,
                    record: record,
                    values: slots.baseAddress,
                    count: UInt32(slots.count),
                    arena: arena.baseAddress
                )
                return clua_call_quick(handle, &spending, &call, &answer)
            }
        }
        try check(status, budget)
        switch Int(answer.tag) {
        case CLUA_NIL: return .nil
        case CLUA_FALSE: return .boolean(false)
        case CLUA_TRUE: return .boolean(true)
        case CLUA_INTEGER: return .integer(answer.bits)
        case CLUA_NUMBER: return .number(Double(bitPattern: UInt64(bitPattern: answer.bits)))
        default: return try result()
        }
    }
}
