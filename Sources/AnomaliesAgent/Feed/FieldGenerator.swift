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

    fileprivate static func number(
        in range: ClosedRange<Double>,
        _ decimals: Int,
        from random: inout SeededRandom
    ) -> Double {
        let unit = random.nextUnit()
        return DecimalScale(decimals).rounded(range.lowerBound * (1 - unit) + range.upperBound * unit)
    }

    /// How its numbers are rounded; 0 for whole ones, `nil` where there are none or they are as they are.
    var decimals: Int? {
        switch self {
        case .integer: 0
        case .uniform(_, let decimals): decimals
        case .constant(.integer): 0
        case .constant, .choice: nil
        }
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
        let label = try JSONValue.label(name)
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
    /// - Complexity: about 10 ns for what is prepared, 20 ns for numbers with decimals.
    mutating func write(to output: inout [UInt8]) throws(RecordError) {
        guard ends.isEmpty else {
            let index = Int(random.next(below: UInt64(ends.count)))
            let range = (index == 0 ? 0 : ends[index - 1])..<ends[index]
            texts.withUnsafeBufferPointer { output.append(contentsOf: UnsafeBufferPointer(rebasing: $0[range])) }
            return
        }
        output += label
        switch generator {
        case .integer(let range): output.appendDecimal(FieldGenerator.integer(in: range, from: &random))
        case .uniform(let range, let decimals):
            output.append(FieldGenerator.number(in: range, decimals, from: &random), DecimalScale(decimals))
        case .constant, .choice: try generator.value(from: &random).write(to: &output)
        }
    }

    /// Goes on with another stream: what happens to one record only has one of its own.
    mutating func restart(_ random: SeededRandom) { self.random = random }
}
