import Scripting

/// What scripts return, as JSON.
extension ByteBuffer {
    func append(_ value: Bool) {
        if value { append("true" as StaticString) } else { append("false" as StaticString) }
    }

    func append(_ value: Int64) {
        var digits: [UInt8] = []
        digits.appendDecimal(value)
        append(digits)
    }

    func append(_ value: Double, named name: @autoclosure () -> String) throws {
        guard value.isFinite else {
            throw ScriptFailure(description: "derived field \"\(name())\" is not a finite number")
        }
        append(value.description)
    }

    /// - Returns: false for nil, which is nothing.
    func append(_ value: LuaValue, named name: @autoclosure () -> String) throws -> Bool {
        switch value {
        case .nil: return false
        case .boolean(let value): append(value)
        case .integer(let value): append(value)
        case .number(let value): try append(value, named: name())
        default:
            var json: [UInt8] = []
            try value.json("derived field \"\(name())\"").write(to: &json)
            append(json)
        }
        return true
    }

    /// Appends `"name":`.
    func append(key name: UnsafeRawBufferPointer) throws {
        let isPlain = name.allSatisfy {
            $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 < 0x7F
        }
        if isPlain {
            append(UInt8(ascii: "\""))
            append(name)
            append(UInt8(ascii: "\""))
        } else {
            var json: [UInt8] = []
            try JSONValue.string(String(decoding: name, as: UTF8.self)).write(to: &json)
            append(json)
        }
        append(UInt8(ascii: ":"))
    }
}
