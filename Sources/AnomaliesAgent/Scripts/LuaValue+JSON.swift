import Scripting

extension LuaValue {
    /// Integers stay 64-bit, `null` stays null; a number that neither holds becomes the nearest double.
    init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .digits(let value): self = Double(value).map(LuaValue.number) ?? .string(value)
        case .string(let value): self = .string(value)
        case .array(let values): self = .table(LuaTable(array: values.map(LuaValue.init)))
        case .object(let object):
            self = .table(LuaTable(fields: object.fields.map { ($0.name, LuaValue($0.value)) }))
        }
    }

    /// - Throws: ``ScriptFailure`` for what JSON has no form for.
    func json(_ path: String = "the value") throws -> JSONValue {
        switch self {
        case .nil, .null: return .null
        case .boolean(let value): return .boolean(value)
        case .integer(let value): return .integer(value)
        case .number(let value):
            guard value.isFinite else { throw ScriptFailure(description: "\(path) is not a finite number") }
            return .number(value)
        case .string(let value): return .string(value)
        case .bytes: throw ScriptFailure(description: "\(path) is a text that is not UTF-8")
        case .function: throw ScriptFailure(description: "\(path) is a function")
        case .table(let table):
            guard table.fields.isEmpty || table.array.isEmpty else {
                throw ScriptFailure(description: "\(path) has both a list and names")
            }
            if table.fields.isEmpty, table.isArray || !table.array.isEmpty {
                return .array(try table.array.enumerated().map { try $1.json("\(path)[\($0 + 1)]") })
            }
            var object = JSONObject()
            for field in table.fields { object[field.key] = try field.value.json("\(path).\(field.key)") }
            return .object(object)
        }
    }
}
