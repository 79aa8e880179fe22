internal import CLua

/// One Lua table with fixed fields, made once and refilled for each call.
///
/// The script sees the same table every time: it may change fields until it returns, it cannot add any, and what it
/// keeps of it shows the next record.
public struct RecordTable: ~Copyable {
    /// What a call left in a field.
    public enum Change: Sendable, Equatable {
        /// What was there before the call, of any type but a string or a table.
        case none
        case `nil`
        case boolean(Bool)
        case integer(Int64)
        case number(Double)
        /// Anything else, which `LuaState.written(_:of:)` has: a string, even if nobody assigned it.
        case other
    }

    /// The names of the fields; slot i of `values` is field i.
    public let fields: [String]
    /// From which field on a call may leave something behind; `fields.count` for none.
    public let firstWritten: Int
    /// Whether the functions that get it neither loop nor call, whatever its fields are: their instructions are not
    /// counted then, which would take as long as they do. Heap and work are bounded all the same.
    public var isForStraightFunctions = false
    /// What the next call passes; a nil is a field that is not there.
    public var values: LuaScalars

    let reference: Int32
    let home: Releases
    let written: UnsafeMutableBufferPointer<clua_scalar>

    init(fields: [String], firstWritten: Int, reference: Int32, home: Releases) {
        self.fields = fields
        self.firstWritten = firstWritten
        self.reference = reference
        self.home = home
        values = LuaScalars(count: fields.count)
        written = .allocate(capacity: fields.count - firstWritten)
        written.initialize(repeating: clua_scalar())
    }

    deinit {
        home.add(reference)
        written.deallocate()
    }

    /// What the last `LuaState.call(_:changing:budget:)` left in a field from `firstWritten` on.
    public func change(of field: Int) -> Change {
        let (before, after) = (values.slots[field], written[field - firstWritten])
        switch Int(after.tag) {
        case CLUA_NIL: return before.tag == after.tag ? .none : .nil
        case CLUA_FALSE, CLUA_TRUE: return before.tag == after.tag ? .none : .boolean(Int(after.tag) == CLUA_TRUE)
        case CLUA_INTEGER:
            return before.tag == after.tag && before.bits == after.bits ? .none : .integer(after.bits)
        case CLUA_NUMBER:
            let isSame = before.tag == after.tag && before.bits == after.bits
            return isSame ? .none : .number(Double(bitPattern: UInt64(bitPattern: after.bits)))
        default: return .other
        }
    }
}

extension LuaState {
    /// - Parameters:
    ///   - fields: at most 200 names, each once.
    ///   - firstWritten: from which field on `call(_:changing:budget:)` reads back what the function left; by default
    ///     none.
    ///   - isOpen: for functions whose text shows that they assign no others: assigning a field that is nil then costs
    ///     no more than in any table. What a function adds all the same stays for the next call.
    public mutating func makeRecord(
        fields: [String],
        firstWritten: Int? = nil,
        isOpen: Bool = false
    ) throws(ScriptError) -> RecordTable {
        guard fields.count <= 200 else { throw .refused("a record has at most 200 fields, not \(fields.count)") }
        precondition(Set(fields).count == fields.count, "a field twice in one record")
        releaseFunctions()
        var writer = WireWriter()
        writer.append(count: fields.count)
        for field in fields { writer.append(string: field) }
        var reference: Int32 = -1
        let status = writer.bytes.withUnsafeBytes { wire in
            let names = clua_bytes(bytes: wire.baseAddress, count: wire.count)
            return clua_make_record(handle, names, isOpen ? 1 : 0, &reference)
        }
        try check(status, .standard)
        return RecordTable(
            fields: fields,
            firstWritten: firstWritten ?? fields.count,
            reference: reference,
            home: host.releases
        )
    }

    /// Calls a function with plain arguments, and nothing made for it but strings.
    public mutating func call(
        _ function: LuaFunction,
        scalars: borrowing LuaScalars,
        budget: ScriptBudget = .standard
    ) throws(ScriptError) -> LuaValue {
        try call(function, record: -1, scalars, budget, written: nil, from: 0, isStraight: false)
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
        return try call(
            function,
            record: record.reference,
            record.values,
            budget,
            written: nil,
            from: 0,
            isStraight: record.isForStraightFunctions
        )
    }

    /// As `call(_:record:budget:)`, keeping what the function left in the fields from `firstWritten` on.
    ///
    /// - Returns: its first result, `.nil` where that is the record itself.
    /// - Precondition: `record` and `function` came from this state.
    public mutating func call(
        _ function: LuaFunction,
        changing record: inout RecordTable,
        budget: ScriptBudget = .standard
    ) throws(ScriptError) -> LuaValue {
        precondition(record.home === host.releases, "a record of another Lua state")
        return try call(
            function,
            record: record.reference,
            record.values,
            budget,
            written: record.written.baseAddress,
            from: UInt32(record.firstWritten),
            isStraight: record.isForStraightFunctions
        )
    }

    /// A change that is `.other`, until this state is next entered.
    public func written(_ field: Int, of record: borrowing RecordTable) throws(ScriptError) -> LuaValue {
        let scalar = record.written[field - record.firstWritten]
        precondition(Int(scalar.tag) == CLUA_TABLE, "only other changes are read apart")
        let wire = clua_result(handle)
        let bytes = UnsafeRawBufferPointer(start: wire.bytes, count: wire.count)
        var reader = WireReader(UnsafeRawBufferPointer(rebasing: bytes[Int(scalar.bits)...]), home: host.releases)
        return try reader.value()
    }

    private func call(
        _ function: LuaFunction,
        record: Int32,
        _ scalars: borrowing LuaScalars,
        _ budget: ScriptBudget,
        written: UnsafeMutablePointer<clua_scalar>?,
        from firstWritten: UInt32,
        isStraight: Bool
    ) throws(ScriptError) -> LuaValue {
        precondition(function.home === host.releases, "a function of another Lua state")
        releaseFunctions()
        var spending = budget.spending
        var answer = clua_scalar()
        var call = clua_quick_call(
            function: function.reference,
            record: record,
            values: scalars.slots.baseAddress,
            count: UInt32(scalars.slots.count),
            arena: scalars.arena,
            written: written,
            first_written: firstWritten,
            is_straight: isStraight ? 1 : 0
        )
        try check(clua_call_quick(handle, &spending, &call, &answer), budget)
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
