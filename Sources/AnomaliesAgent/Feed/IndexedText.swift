/// A declared field that is no series of numbers. Like those, a function of seed, field and index of the record.
enum IndexedText: Sendable, Equatable {
    /// One of the values, as often as their weights say.
    case weighted(TextTable)
    /// The values of the table, over and over.
    case inOrder(TextTable)
    /// 122 random bits in the form of RFC 9562, version 4.
    case uuid
    case timestamp(TimestampShape)
}

/// Values as JSON text, end to end: prepared when the script loads, not for every package.
struct TextTable: Sendable, Equatable {
    fileprivate let texts: [UInt8]
    fileprivate let ends: [Int]
    /// Up to which random number each value is taken; none where each is taken equally often.
    fileprivate let bounds: [UInt64]

    /// - Precondition: there is a value, and a positive finite sum of weights or none.
    init(_ values: [JSONValue], weights: [Double] = []) throws(RecordError) {
        var (texts, ends): ([UInt8], [Int]) = ([], [])
        for value in values {
            try value.write(to: &texts)
            ends.append(texts.count)
        }
        (self.texts, self.ends) = (texts, ends)
        let total = weights.reduce(0, +)
        var sum = 0.0
        bounds = weights.map { weight in
            sum += weight
            return UInt64(exactly: (sum / total * 0x1p64).rounded(.down)) ?? .max
        }
    }

    fileprivate func range(_ entry: Int) -> Range<Int> { (entry == 0 ? 0 : ends[entry - 1])..<ends[entry] }
}

/// start + index · step, and up to `jitter` later.
struct TimestampShape: Sendable, Equatable {
    enum Format: String, Sendable, CaseIterable { case iso, seconds, milliseconds }

    var start: Milliseconds
    var step: Milliseconds
    var jitter: Milliseconds
    var format: Format
}

/// A field of an ``IndexedText``, ready to write. Properties side by side, see ``FieldWriter``.
struct TextWriter: Sendable {
    private enum Kind { case pick, weighted, inOrder, uuid, iso, seconds, milliseconds }

    let name: String
    private let kind: Kind
    private let label: [UInt8]
    private let random: IndexedRandom
    private var table: TextTable
    private var time = TimestampShape(start: 0, step: 0, jitter: 0, format: .iso)
    private var hasFraction = false

    init(name: String, text: IndexedText, random: IndexedRandom) throws(RecordError) {
        self.name = name
        self.random = random
        label = try JSONValue.label(name)
        table = try TextTable([])
        switch text {
        case .weighted(let table):
            kind = table.bounds.isEmpty ? .pick : .weighted
            self.table = table
        case .inOrder(let table):
            kind = .inOrder
            self.table = table
        case .uuid: kind = .uuid
        case .timestamp(let shape):
            time = shape
            hasFraction = [shape.start, shape.step, shape.jitter].contains { $0 % 1000 != 0 }
            kind =
                switch shape.format {
                case .iso: .iso
                case .seconds: .seconds
                case .milliseconds: .milliseconds
                }
        }
    }

    func value(at index: Int) throws -> JSONValue {
        var text: [UInt8] = []
        append(at: index, to: &text)
        return try JSONValue(parsing: text)
    }

    /// Appends the field of record `index`.
    ///
    /// - Complexity: about 10 ns for values of a table, 30 ns for the others.
    func write(at index: Int, to output: inout [UInt8]) {
        output += label
        append(at: index, to: &output)
    }

    private func append(at index: Int, to output: inout [UInt8]) {
        switch kind {
        case .pick: append(Int(random.number(below: UInt64(table.ends.count), at: index)), to: &output)
        case .weighted: append(weighted(at: index), to: &output)
        case .inOrder: append(index % table.ends.count, to: &output)
        case .uuid: appendUUID(at: index, to: &output)
        case .iso: output.appendTimestamp(milliseconds(at: index), hasFraction: hasFraction)
        case .seconds:
            let milliseconds = milliseconds(at: index)
            if hasFraction {
                output.append(Double(milliseconds) / 1000, DecimalScale(3))
            } else {
                output.appendDecimal(milliseconds / 1000)
            }
        case .milliseconds: output.appendDecimal(milliseconds(at: index))
        }
    }

    private func append(_ entry: Int, to output: inout [UInt8]) {
        let range = table.range(entry)
        table.texts.withUnsafeBufferPointer { output.append(contentsOf: UnsafeBufferPointer(rebasing: $0[range])) }
    }

    /// The first value whose bound is above the draw.
    private func weighted(at index: Int) -> Int {
        let draw = random.bits(at: index)
        var (low, high) = (0, table.bounds.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if table.bounds[middle] <= draw { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func milliseconds(at index: Int) -> Milliseconds {
        let late = time.jitter > 0 ? Int64(random.number(below: UInt64(time.jitter), at: index)) : 0
        return time.start &+ time.step &* Int64(index) &+ late
    }

    private func appendUUID(at index: Int, to output: inout [UInt8]) {
        let high = random.bits(at: index) & ~0xf000 | 0x4000
        let low = random.bits(at: index, draw: 1) >> 2 | 1 << 63
        output.append(UInt8(ascii: "\""))
        for place in 0..<32 {
            if place == 8 || place == 12 || place == 16 || place == 20 { output.append(UInt8(ascii: "-")) }
            let digit = UInt8(truncatingIfNeeded: (place < 16 ? high : low) >> UInt64(60 - place % 16 * 4) & 15)
            output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
        output.append(UInt8(ascii: "\""))
    }
}

extension [UInt8] {
    /// `"2026-11-22T17:00:00Z"`, with `.123` before the Z where asked for.
    fileprivate mutating func appendTimestamp(_ milliseconds: Milliseconds, hasFraction: Bool) {
        let civil = CivilTime(epochMicroseconds: milliseconds * 1000)
        func append(_ number: Int, _ digits: Int, _ after: Unicode.Scalar) {
            var place = digits == 4 ? 1000 : digits == 3 ? 100 : 10
            while place > 0 {
                self.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / place % 10))
                place /= 10
            }
            self.append(UInt8(ascii: after))
        }
        self.append(UInt8(ascii: "\""))
        append(civil.year, 4, "-")
        append(civil.month, 2, "-")
        append(civil.day, 2, "T")
        append(civil.hour, 2, ":")
        append(civil.minute, 2, ":")
        append(civil.second, 2, hasFraction ? "." : "Z")
        if hasFraction { append(civil.microsecond / 1000, 3, "Z") }
        self.append(UInt8(ascii: "\""))
    }
}
