internal import CLua

/// Values as bytes for CLua: the format is described in CLua.h.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(count: Int) { append(UInt32(count)) }

    /// - Throws: `.conversion` where tables nest deeper than `ScriptBudget.depth`.
    mutating func append(_ value: LuaValue, depth: Int = 0) throws(ScriptError) {
        switch value {
        case .nil: append(tag: CLUA_NIL)
        case .null: append(tag: CLUA_NULL)
        case .boolean(let value): append(tag: value ? CLUA_TRUE : CLUA_FALSE)
        case .integer(let value):
            append(tag: CLUA_INTEGER)
            append(value)
        case .number(let value):
            append(tag: CLUA_NUMBER)
            append(value.bitPattern)
        case .string(let value): append(string: value)
        case .bytes(let value):
            append(tag: CLUA_STRING)
            append(count: value.count)
            bytes += value
        case .table(let table):
            try append(table, depth: depth)
        case .function(let function):
            append(tag: CLUA_FUNCTION)
            append(function.reference)
            append(Int32(clamping: function.line))
            append(text: function.source)
        }
    }

    mutating func append(string: String) {
        append(tag: CLUA_STRING)
        append(text: string)
    }

    private mutating func append(text: String) {
        append(count: text.utf8.count)
        bytes += text.utf8
    }

    private mutating func append(_ table: LuaTable, depth: Int) throws(ScriptError) {
        guard depth < ScriptBudget.depth else {
            throw .conversion(path: "", reason: "the value is nested too deeply")
        }
        append(tag: CLUA_TABLE)
        bytes.append(table.isArray ? 1 : 0)
        append(count: table.array.count)
        append(count: table.fields.count)
        for value in table.array { try append(value, depth: depth + 1) }
        for field in table.fields {
            append(text: field.key)
            try append(field.value, depth: depth + 1)
        }
    }

    private mutating func append(tag: Int) { bytes.append(UInt8(tag)) }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value) { bytes += $0 }
    }
}

/// Reads what CLua wrote. The bytes are C's own, so damage is our bug and not an error.
struct WireReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0
    private let home: Releases

    /// - Parameter bytes: only read while this value lives.
    init(_ bytes: UnsafeRawBufferPointer, home: Releases) {
        self.bytes = bytes
        self.home = home
    }

    /// - Throws: `.conversion` for a field name that is not UTF-8.
    mutating func value() throws(ScriptError) -> LuaValue {
        switch Int(integer(UInt8.self)) {
        case CLUA_NIL: .nil
        case CLUA_NULL: .null
        case CLUA_FALSE: .boolean(false)
        case CLUA_TRUE: .boolean(true)
        case CLUA_INTEGER: .integer(integer(Int64.self))
        case CLUA_NUMBER: .number(Double(bitPattern: integer(UInt64.self)))
        case CLUA_STRING: string()
        case CLUA_TABLE: .table(try table())
        case CLUA_FUNCTION: .function(function())
        case let tag: preconditionFailure("CLua wrote tag \(tag)")
        }
    }

    private mutating func string() -> LuaValue {
        let text = slice()
        return String(validating: text, as: UTF8.self).map { .string($0) } ?? .bytes(Array(text))
    }

    private mutating func table() throws(ScriptError) -> LuaTable {
        let marked = integer(UInt8.self) != 0
        let items = Int(integer(UInt32.self))
        let count = Int(integer(UInt32.self))
        var array: [LuaValue] = []
        array.reserveCapacity(items)
        for _ in 0..<items { array.append(try value()) }
        var fields: [LuaTable.Field] = []
        fields.reserveCapacity(count)
        for _ in 0..<count {
            let bytes = slice()
            guard let key = String(validating: bytes, as: UTF8.self) else {
                let shown = String(decoding: bytes.prefix(60), as: UTF8.self)
                throw .conversion(path: shown, reason: "a field's name must be UTF-8")
            }
            fields.append(LuaTable.Field(key: key, value: try value()))
        }
        return LuaTable(array: array, sorted: fields, isArray: marked || (items > 0 && count == 0))
    }

    private mutating func function() -> LuaFunction {
        let reference = integer(Int32.self)
        let line = Int(integer(Int32.self))
        return LuaFunction(
            reference: reference,
            line: line,
            source: String(decoding: slice(), as: UTF8.self),
            home: home
        )
    }

    private mutating func slice() -> Slice<UnsafeRawBufferPointer> {
        let count = Int(integer(UInt32.self))
        defer { offset += count }
        return bytes[offset..<(offset + count)]
    }

    private mutating func integer<Value: FixedWidthInteger>(_: Value.Type) -> Value {
        defer { offset += MemoryLayout<Value>.size }
        return bytes.loadUnaligned(fromByteOffset: offset, as: Value.self)
    }
}
