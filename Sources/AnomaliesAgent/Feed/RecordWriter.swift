/// The fields of one kind of record, made ready to write.
struct RecordWriter {
    private enum Part {
        /// Places in `drawn`, `signals` and `texts`.
        case drawn(Int)
        case signal(Int)
        case text(Int)
        case function(Int)
    }

    /// Changed in place for every record; an enum around them would have them copied.
    private var drawn: [FieldWriter] = []
    private var signals: [SignalWriter] = []
    private var texts: [TextWriter] = []
    private var parts: [Part] = []
    private var names: [String] = []
    private let isDrawn: Bool
    private let isDeclared: Bool

    /// - Parameter streams: what a field's streams are named after, by package and by index.
    init(
        _ shape: [Workload.Field],
        seed: UInt64,
        package: Int,
        streams: (Workload.Field) -> (drawn: String, indexed: String)
    ) throws {
        for field in shape {
            let purpose = streams(field)
            names.append(field.name)
            switch field.source {
            case .declared(let generator):
                parts.append(.drawn(drawn.count))
                let random = SeededRandom(seed: seed, package: package, purpose: purpose.drawn)
                drawn.append(try FieldWriter(name: field.name, generator: generator, random: random))
            case .signal(let program):
                parts.append(.signal(signals.count))
                let signal = Signal(program, seed: seed, purpose: purpose.indexed)
                signals.append(try SignalWriter(name: field.name, signal: signal))
            case .text(let text):
                parts.append(.text(texts.count))
                let random = IndexedRandom(seed: seed, purpose: purpose.indexed)
                texts.append(try TextWriter(name: field.name, text: text, random: random))
            case .function(let function): parts.append(.function(function))
            }
        }
        isDrawn = drawn.count == parts.count
        isDeclared = drawn.count + signals.count + texts.count == parts.count
    }

    /// Appends record `index` as JSON.
    mutating func write(at index: Int, to output: inout [UInt8], _ functions: any WorkloadFunctions) throws {
        guard isDeclared else { return try value(at: index, functions).write(to: &output) }
        output.append(UInt8(ascii: "{"))
        if isDrawn {
            for place in drawn.indices {
                if place > 0 { output.append(UInt8(ascii: ",")) }
                try drawn[place].write(to: &output)
            }
        } else {
            for place in parts.indices {
                if place > 0 { output.append(UInt8(ascii: ",")) }
                switch parts[place] {
                case .drawn(let number): try drawn[number].write(to: &output)
                case .signal(let number): signals[number].write(at: index, to: &output)
                case .text(let number): texts[number].write(at: index, to: &output)
                case .function: break
                }
            }
        }
        output.append(UInt8(ascii: "}"))
    }

    mutating func value(at index: Int, _ functions: any WorkloadFunctions) throws -> JSONValue {
        try value(at: index, functions) { _, value, _ in value }
    }

    /// The same draws as a value.
    ///
    /// - Parameter change: what becomes of a field, from its name, its value, and the fields before it; `nil` leaves it
    ///   out. Functions further on see what was made of it.
    mutating func value(
        at index: Int,
        _ functions: any WorkloadFunctions,
        _ change: (String, JSONValue, JSONObject) throws -> JSONValue?
    ) throws -> JSONValue {
        var record = JSONObject()
        for place in parts.indices {
            let made = try value(of: place, at: index, record, functions)
            if let value = try change(names[place], made, record) { record[names[place]] = value }
        }
        return .object(record)
    }

    /// The same draws, with the fields of `other` in their places or, where they are new, behind.
    mutating func value(
        at index: Int,
        _ functions: any WorkloadFunctions,
        replacedBy other: inout RecordWriter
    ) throws -> JSONValue {
        var record = JSONObject()
        for place in parts.indices {
            var value = try value(of: place, at: index, record, functions)
            if let place = other.names.firstIndex(of: names[place]) {
                value = try other.value(of: place, at: index, record, functions)
            }
            record[names[place]] = value
        }
        for place in other.parts.indices where !names.contains(other.names[place]) {
            record[other.names[place]] = try other.value(of: place, at: index, record, functions)
        }
        return .object(record)
    }

    private mutating func value(
        of place: Int,
        at index: Int,
        _ record: JSONObject,
        _ functions: any WorkloadFunctions
    ) throws -> JSONValue {
        switch parts[place] {
        case .drawn(let number): drawn[number].value()
        case .signal(let number): signals[number].value(at: index)
        case .text(let number): try texts[number].value(at: index)
        case .function(let function): try functions.value(of: function, record: .object(record))
        }
    }

    /// Draws for one record only, from streams named after it.
    mutating func restart(seed: UInt64, at index: Int, purpose: (String) -> String) {
        for place in drawn.indices {
            drawn[place].restart(SeededRandom(seed: seed, package: index, purpose: purpose(drawn[place].name)))
        }
    }
}
