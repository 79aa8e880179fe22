/// A value that crosses between Lua and Swift by copy.
public enum LuaValue: Sendable, Equatable {
    case `nil`
    /// The global `null`: JSON's null, where `nil` would mean “not there”.
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    /// A Lua string that is not UTF-8.
    case bytes([UInt8])
    case table(LuaTable)
    case function(LuaFunction)

    /// What Lua calls the type, as error messages use it.
    public var typeName: String {
        switch self {
        case .nil: "nil"
        case .null: "null"
        case .boolean: "boolean"
        case .integer, .number: "number"
        case .string, .bytes: "string"
        case .table: "table"
        case .function: "function"
        }
    }
}

extension LuaValue: CustomStringConvertible {
    /// A string as itself, a table like JSON, cut off after 2,000 characters.
    public var description: String {
        switch self {
        case .string(let text): return text
        case .bytes(let bytes): return String(decoding: bytes, as: UTF8.self)
        default:
            var out = Rendering()
            out.add(self)
            return out.text
        }
    }
}

/// One value as text that is safe to show: control characters escaped, length bounded.
private struct Rendering {
    static let longest = 2000

    var text = ""

    mutating func add(_ value: LuaValue) {
        guard text.utf8.count < Self.longest else { return }
        switch value {
        case .nil: text += "nil"
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += value.description
        case .string(let value): add(quoted: value)
        case .bytes(let value): add(quoted: String(decoding: value, as: UTF8.self))
        case .function(let function): text += function.description
        case .table(let table): add(table)
        }
        if text.utf8.count >= Self.longest, !text.hasSuffix("…") { text += "…" }
    }

    private mutating func add(_ table: LuaTable) {
        let asList = table.fields.isEmpty && (table.isArray || !table.array.isEmpty)
        var separator = ""
        text += asList ? "[" : "{"
        for (index, value) in table.array.enumerated() where text.utf8.count < Self.longest {
            text += separator
            if !asList { text += "\(index + 1):" }
            add(value)
            separator = ","
        }
        for field in table.fields where text.utf8.count < Self.longest {
            text += separator
            add(quoted: field.key)
            text += ":"
            add(field.value)
            separator = ","
        }
        text += asList ? "]" : "}"
    }

    private mutating func add(quoted string: String) {
        text += "\""
        for scalar in string.unicodeScalars.prefix(Self.longest) {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
