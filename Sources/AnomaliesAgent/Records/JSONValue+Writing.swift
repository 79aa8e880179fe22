extension JSONValue {
    /// Appends the value as compact JSON: no white space, fields in their order, valid UTF-8 on one line.
    ///
    /// Doubles are written with the fewest digits that read back as the same double; whole ones keep their `.0`, so
    /// that `JSONValue(parsing:)` gives back the very value. Control characters are escaped, and so are U+2028 and
    /// U+2029, which end a line in JavaScript.
    ///
    /// - Throws: `.notFinite` on an infinite or undefined `number`, `.malformedNumber` on `digits` that are not an
    ///   integer, `.tooDeep` beyond `RecordLimits.depth`. Nothing is appended then.
    public func write(to output: inout [UInt8]) throws(RecordError) {
        let start = output.count
        do {
            try append(to: &output, room: RecordLimits.depth)
        } catch {
            output.removeSubrange(start...)
            throw error
        }
    }

    /// The text that `write(to:)` appends.
    public func text() throws(RecordError) -> String {
        var output: [UInt8] = []
        try write(to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// - Parameter room: how many more containers may be opened.
    private func append(to output: inout [UInt8], room: Int) throws(RecordError) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .boolean(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): output.append(contentsOf: String(value).utf8)
        case .number(let value):
            guard value.isFinite else { throw .notFinite }
            output.append(contentsOf: value.description.utf8)
        case .digits(let digits):
            guard Self.isInteger(digits) else { throw .malformedNumber }
            output.append(contentsOf: digits.utf8)
        case .string(let text): Self.append(text, to: &output)
        case .array(let items):
            guard room > 0 || items.isEmpty else { throw .tooDeep }
            output.append(UInt8(ascii: "["))
            for (place, item) in items.enumerated() {
                if place > 0 { output.append(UInt8(ascii: ",")) }
                try item.append(to: &output, room: room - 1)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let object):
            guard room > 0 || object.isEmpty else { throw .tooDeep }
            output.append(UInt8(ascii: "{"))
            for (place, field) in object.fields.enumerated() {
                if place > 0 { output.append(UInt8(ascii: ",")) }
                Self.append(field.name, to: &output)
                output.append(UInt8(ascii: ":"))
                try field.value.append(to: &output, room: room - 1)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    private static func isInteger(_ digits: String) -> Bool {
        let magnitude = digits.utf8.first == UInt8(ascii: "-") ? digits.utf8.dropFirst() : digits.utf8[...]
        guard let first = magnitude.first, first != UInt8(ascii: "0") else { return digits == "0" }
        return magnitude.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func append(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            for (place, byte) in bytes.enumerated() where mayNeedEscape(byte) {
                guard let escape = escape(for: byte, at: place, of: bytes) else { continue }
                output.append(contentsOf: bytes[start..<place + 1 - escape.replaced])
                output.append(contentsOf: escape.text.utf8)
                start = place + 1
            }
            output.append(contentsOf: bytes[start...])
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func mayNeedEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0xA8 || byte == 0xA9
    }

    /// - Returns: What to write instead of the `replaced` bytes that end at `place`; `nil` to write them as they are.
    private static func escape(
        for byte: UInt8,
        at place: Int,
        of bytes: UnsafeBufferPointer<UInt8>
    ) -> (text: String, replaced: Int)? {
        switch byte {
        case UInt8(ascii: "\""): return (#"\""#, 1)
        case UInt8(ascii: "\\"): return (#"\\"#, 1)
        case UInt8(ascii: "\n"): return (#"\n"#, 1)
        case UInt8(ascii: "\r"): return (#"\r"#, 1)
        case UInt8(ascii: "\t"): return (#"\t"#, 1)
        case 0xA8, 0xA9:
            // U+2028 and U+2029 are E2 80 A8 and E2 80 A9.
            guard place >= 2, bytes[place - 2] == 0xE2, bytes[place - 1] == 0x80 else { return nil }
            return (byte == 0xA8 ? #"\u2028"# : #"\u2029"#, 3)
        default: return (#"\u00"# + (byte < 0x10 ? "0" : "") + String(byte, radix: 16), 1)
        }
    }
}
