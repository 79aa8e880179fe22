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

    private static func number(
        in range: ClosedRange<Double>,
        _ decimals: Int,
        from random: inout SeededRandom
    ) -> Double {
        let unit = random.nextUnit()
        let value = range.lowerBound * (1 - unit) + range.upperBound * unit
        let scale = Double((0..<decimals).reduce(1) { product, _ in product * 10 })
        return (value * scale).rounded() / scale
    }
}

/// A generator made ready to write: `"name":"John Smiths"` with every choice's text prepared.
///
/// Properties side by side and no enum with arrays in it: taking arrays out of an enum costs two reference counts a
/// field and record, which was four fifths of the time of a record.
struct FieldWriter: Sendable {
    /// Integers of so few different values are written from prepared texts, too.
    private static let preparedCount: UInt64 = 1024

    let name: String
    private let generator: FieldGenerator
    /// `"name":`
    private let label: [UInt8]
    /// Label and value of everything that can come, end to end, and where each ends; empty for what is not prepared.
    private let texts: [UInt8]
    private let ends: [Int]
    private var random: SeededRandom

    init(name: String, generator: FieldGenerator, random: SeededRandom) throws(RecordError) {
        self.name = name
        self.generator = generator
        self.random = random
        var label: [UInt8] = []
        try JSONValue.string(name).write(to: &label)
        label.append(UInt8(ascii: ":"))
        self.label = label
        var texts: [UInt8] = []
        var ends: [Int] = []
        for value in Self.preparedValues(of: generator) {
            texts += label
            try value.write(to: &texts)
            ends.append(texts.count)
        }
        self.texts = texts
        self.ends = ends
    }

    /// In the order of the numbers that are drawn for them.
    private static func preparedValues(of generator: FieldGenerator) -> [JSONValue] {
        switch generator {
        case .constant(let value): [value]
        case .choice(let values): values
        case .integer(let range) where UInt64(bitPattern: range.upperBound &- range.lowerBound) < preparedCount:
            range.map { .integer($0) }
        case .integer, .uniform: []
        }
    }

    /// The same draw as a value, for records that a function sees.
    mutating func value() -> JSONValue {
        if case .constant = generator { _ = random.next(below: 1) }
        return generator.value(from: &random)
    }

    /// Appends the field. Takes one draw from its stream whatever the form, so that streams stay in step.
    ///
    /// - Complexity: about 10 ns for what is prepared, 100 ns for numbers with decimals.
    mutating func write(to output: inout [UInt8]) throws(RecordError) {
        guard ends.isEmpty else {
            let index = Int(random.next(below: UInt64(ends.count)))
            let range = (index == 0 ? 0 : ends[index - 1])..<ends[index]
            texts.withUnsafeBufferPointer { output.append(contentsOf: UnsafeBufferPointer(rebasing: $0[range])) }
            return
        }
        output += label
        if case .integer(let range) = generator {
            output.appendDecimal(FieldGenerator.integer(in: range, from: &random))
        } else {
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
