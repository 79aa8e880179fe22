/// Makes the records of one package from a workload. The same seed and number give the same bytes.
///
/// - Complexity: about 0.1 µs a declared record of two fields; functions cost what Lua costs.
struct RecordGenerator {
    private struct Rule {
        var rule: Workload.Rule
        var random: SeededRandom
        /// The fields of an anomalous record; none where a function makes it.
        var writer: RecordWriter
    }

    private var normal: RecordWriter
    private var rules: [Rule] = []
    private let functions: any WorkloadFunctions

    init(_ workload: Workload, seed: UInt64, package: Int, functions: any WorkloadFunctions) throws {
        self.functions = functions
        func writer(_ fields: [Workload.Field], _ purpose: String) throws -> RecordWriter {
            try RecordWriter(fields) { SeededRandom(seed: seed, package: package, purpose: "\(purpose).\($0)") }
        }
        normal = try writer(workload.fields, "record")
        for rule in workload.rules {
            var fields: [Workload.Field] = []
            if case .fields(let changes) = rule.change {
                // The record as the rule leaves it: changed fields in their old places, new ones behind.
                fields = workload.fields.map { field in changes.last { $0.name == field.name } ?? field }
                fields += changes.filter { change in !workload.fields.contains { $0.name == change.name } }
            }
            let random = SeededRandom(seed: seed, package: package, purpose: "chance \(rule.name)")
            rules.append(Rule(rule: rule, random: random, writer: try writer(fields, "rule \(rule.name)")))
        }
    }

    /// Appends one record as JSON, without a line end.
    ///
    /// - Returns: the rule that made it an anomaly, `nil` for a normal one.
    mutating func write(to output: inout [UInt8]) throws -> String? {
        for index in rules.indices {
            // Always drawn, so that one rule's chance does not shift another's stream.
            let draw = rules[index].random.nextUnit()
            switch rules[index].rule.chance {
            case .declared(let chance): guard draw < chance else { continue }
            case .function(let function):
                guard let chance = try functions.value(of: function, record: .object([:])).double, draw < chance
                else { continue }
            }
            if case .function(let function) = rules[index].rule.change {
                let changed = try functions.value(of: function, record: try normal.value(functions))
                try changed.write(to: &output)
            } else {
                // Read before: the compiler takes both for one access to `self`.
                let functions = functions
                try rules[index].writer.write(to: &output, functions)
            }
            return rules[index].rule.name
        }
        try normal.write(to: &output, functions)
        return nil
    }
}

/// The fields of one kind of record, made ready to write.
private struct RecordWriter {
    private enum Part {
        /// A place in `fields`.
        case declared(Int)
        case function(name: String, Int)
    }

    /// Changed in place for every record; an enum around them would have them copied.
    private var fields: [FieldWriter] = []
    private var parts: [Part] = []
    private let isDeclared: Bool

    init(_ shape: [Workload.Field], random: (String) -> SeededRandom) throws {
        for field in shape {
            switch field.source {
            case .declared(let generator):
                parts.append(.declared(fields.count))
                fields.append(try FieldWriter(name: field.name, generator: generator, random: random(field.name)))
            case .function(let function): parts.append(.function(name: field.name, function))
            }
        }
        isDeclared = fields.count == parts.count
    }

    mutating func write(to output: inout [UInt8], _ functions: any WorkloadFunctions) throws {
        guard isDeclared else { return try value(functions).write(to: &output) }
        output.append(UInt8(ascii: "{"))
        for index in fields.indices {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            try fields[index].write(to: &output)
        }
        output.append(UInt8(ascii: "}"))
    }

    mutating func value(_ functions: any WorkloadFunctions) throws -> JSONValue {
        var record = JSONObject()
        for part in parts {
            switch part {
            case .declared(let index): record[fields[index].name] = fields[index].value()
            case .function(let name, let function):
                record[name] = try functions.value(of: function, record: .object(record))
            }
        }
        return .object(record)
    }
}
