/// Writes a request to Kinesis. Commas are put where they belong; keys are ours and need no escapes.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// - Parameter capacity: expected size in bytes, so that a large batch is not copied while it grows.
    static func object(capacity: Int = 256, _ fields: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.bytes.reserveCapacity(capacity)
        writer.object(fields)
        return writer.bytes
    }

    mutating func object(_ fields: (inout JSONWriter) -> Void) {
        begin("{")
        fields(&self)
        end("}")
    }

    mutating func array<Element>(
        _ key: StaticString,
        _ elements: some Sequence<Element>,
        _ write: (inout JSONWriter, Element) -> Void
    ) {
        self.key(key)
        begin("[")
        for element in elements { write(&self, element) }
        end("]")
    }

    mutating func object(_ key: StaticString, _ fields: (inout JSONWriter) -> Void) {
        self.key(key)
        object(fields)
    }

    mutating func string(_ key: StaticString, _ value: String) {
        self.key(key)
        begin("\"")
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: bytes += Array("\\u00".utf8) + [hexadecimal(byte >> 4), hexadecimal(byte & 0xF)]
            default: bytes.append(byte)
            }
        }
        end("\"")
    }

    mutating func base64(_ key: StaticString, _ value: [UInt8]) {
        self.key(key)
        begin("\"")
        Base64.append(value.span, to: &bytes)
        end("\"")
    }

    mutating func number(_ key: StaticString, _ value: Int) {
        self.key(key)
        bytes += Array(String(value).utf8)
        needsComma = true
    }

    /// - Precondition: finite; JSON has no other.
    mutating func number(_ key: StaticString, _ value: Double) {
        precondition(value.isFinite, "a number in JSON is finite")
        self.key(key)
        bytes += Array(String(value).utf8)
        needsComma = true
    }

    private mutating func key(_ key: StaticString) {
        begin("\"")
        key.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes += [UInt8(ascii: "\""), UInt8(ascii: ":")]
        needsComma = false
    }

    private mutating func begin(_ bracket: Unicode.Scalar) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    private mutating func end(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    private func hexadecimal(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
