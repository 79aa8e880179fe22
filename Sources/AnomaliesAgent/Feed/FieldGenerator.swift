/// How a declared field gets its value. Declarations are data: Lua is not entered for them.
enum FieldGenerator: Sendable, Equatable {
    case constant(JSONValue)
    /// Each of them equally often.
    case choice([JSONValue])
    /// Both bounds included.
    case integer(ClosedRange<Int64>)
    /// Evenly distributed, rounded to so many decimals.
    case uniform(ClosedRange<Double>, decimals: Int)

    func value(from random: inout SeededRandom) -> JSONValue {
        switch self {
        case .constant(let value): value
        case .choice(let values): values[Int(random.next(below: UInt64(values.count)))]
        case .integer(let range): .integer(Self.integer(in: range, from: &random))
        case .uniform(let range, let decimals): .number(Self.number(in: range, decimals, from: &random))
        }
    }

    static func integer(in range: ClosedRange<Int64>, from random: inout SeededRandom) -> Int64 {
        // All 64 bits at once have no count that fits 64 bits.
        let count = UInt64(bitPattern: range.upperBound &- range.lowerBound) &+ 1
        return range.lowerBound &+ Int64(bitPattern: count == 0 ? random.next() : random.next(below: count))
    }

    private static func number(in range: ClosedRange<Double>, _ decimals: Int, from random: inout SeededRandom) -> Double {
        let unit = random.nextUnit()
        let value = range.lowerBound * (1 - unit) + range.upperBound * unit
        let scale = Double((0..<decimals).reduce(1) { product, _ in product * 10 })
        return (value * scale).rounded() / scale
    }
}

/// A generator made ready to write: `"name":"John Smiths"` with every choice's text prepared.
struct FieldWriter: Sendable {
    private enum Form: Sendable {
        /// Texts end to end, and where each ends.
        case texts([UInt8], ends: [Int])
        case integer(ClosedRange<Int64>)
        case other
    }

    private let name: String
    private let generator: FieldGenerator
    /// `"name":`
    private let label: [UInt8]
    private let form: Form
    private(set) var random: SeededRandom

    init(name: String, generator: FieldGenerator, random: SeededRandom) throws(RecordError) {
        self.name = name
        self.generator = generator
        self.random = random
        var label: [UInt8] = []
        try JSONValue.string(name).write(to: &label)
        label.append(UInt8(ascii: ":"))
        self.label = label
        switch generator {
        case .constant(let value): form = try Self.texts(label, [value])
        case .choice(let values): form = try Self.texts(label, values)
        case .integer(let range): form = .integer(range)
        case .uniform: form = .other
        }
    }

    private static func texts(_ label: [UInt8], _ values: [JSONValue]) throws(RecordError) -> Form {
        var texts: [UInt8] = []
        var ends: [Int] = []
        for value in values {
            texts += label
            try value.write(to: &texts)
            ends.append(texts.count)
        }
        return .texts(texts, ends: ends)
    }

    /// The same draw as a value, for records that a function sees.
    mutating func value() throws(RecordError) -> (name: String, value: JSONValue) {
        if case .constant = generator { _ = random.next(below: 1) }
        return (name, generator.value(from: &random))
    }

    /// Appends the field. Takes one draw from its stream whatever the form, so that streams stay in step.
    mutating func write(to output: inout [UInt8]) throws(RecordError) {
        switch form {
        case .texts(let texts, let ends):
            let index = Int(random.next(below: UInt64(ends.count)))
            output += texts[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
        case .integer(let range):
            output += label
            output.appendDecimal(FieldGenerator.integer(in: range, from: &random))
        case .other:
            output += label
            try generator.value(from: &random).write(to: &output)
        }
    }
}

extension [UInt8] {
    mutating func appendDecimal(_ value: Int64) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var count = 0
        var rest = value.magnitude
        repeat {
            digits[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            count += 1
        } while rest > 0
        if value < 0 { append(UInt8(ascii: "-")) }
        while count > 0 {
            count -= 1
            append(digits[count])
        }
    }
}
