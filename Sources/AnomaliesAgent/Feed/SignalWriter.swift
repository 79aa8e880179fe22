/// A field of a declared signal, ready to write.
struct SignalWriter: Sendable {
    let name: String
    private var signal: Signal
    private let scale: DecimalScale
    /// `"name":`
    private let label: [UInt8]

    init(name: String, signal: Signal) throws(RecordError) {
        self.name = name
        self.signal = signal
        scale = DecimalScale(signal.decimals)
        label = try JSONValue.label(name)
    }

    mutating func value(at index: Int) -> JSONValue { JSONValue(signal.value(at: index), decimals: signal.decimals) }

    /// Appends the field of record `index`.
    ///
    /// - Complexity: 20 ns besides the signal.
    mutating func write(at index: Int, to output: inout [UInt8]) {
        output += label
        let value = signal.value(at: index)
        if scale.decimals == 0 {
            output.appendDecimal(Int64(exactly: value.rounded()) ?? (value < 0 ? .min : .max))
        } else {
            output.append(scale.rounded(value) + 0, scale)
        }
    }
}

extension JSONValue {
    /// `"name":`
    static func label(_ name: String) throws(RecordError) -> [UInt8] {
        var label: [UInt8] = []
        try JSONValue.string(name).write(to: &label)
        label.append(UInt8(ascii: ":"))
        return label
    }
}
