/// Makes the records of one package from a workload. The same seed and number give the same bytes.
///
/// - Complexity: about 0.1 µs a declared record of two fields; functions cost what Lua costs.
struct RecordGenerator {
    /// Some fields in order, all of them declared or not.
    private struct Writer {
        enum Part {
            case declared(FieldWriter)
            case function(name: String, Int)
        }

        var parts: [Part]
        var isDeclared: Bool
    }

    private struct Rule {
        var rule: Workload.Rule
        var random: SeededRandom
        /// The fields of an anomalous record where everything is declared.
        var writer: Writer?
    }

    private var normal: Writer
    private var rules: [Rule] = []
    private let functions: any WorkloadFunctions

    init(_ workload: Workload, seed: UInt64, package: Int, functions: any WorkloadFunctions) throws {
        self.functions = functions
        func writer(_ fields: [Workload.Field], _ purpose: String) throws -> Writer {
            var parts: [Writer.Part] = []
            for field in fields {
                switch field.source {
                case .declared(let generator):
                    let random = SeededRandom(seed: seed, package: package, purpose: "\(purpose).\(field.name)")
                    parts.append(.declared(try FieldWriter(name: field.name, generator: generator, random: random)))
                case .function(let function): parts.append(.function(name: field.name, function))
                }
            }
            return Writer(parts: parts, isDeclared: parts.allSatisfy { if case .declared = $0 { true } else { false } })
        }
        normal = try writer(workload.fields, "record")
        for rule in workload.rules {
            var changed: Writer?
            if case .fields(let changes) = rule.change {
                // The record as the rule leaves it: changed fields in their old places, new ones behind.
                var fields = workload.fields.map { field in changes.last { $0.name == field.name } ?? field }
                fields += changes.filter { change in !workload.fields.contains { $0.name == change.name } }
                changed = try writer(fields, "rule \(rule.name)")
            }
            let random = SeededRandom(seed: seed, package: package, purpose: "chance \(rule.name)")
            rules.append(Rule(rule: rule, random: random, writer: changed))
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
            if rules[index].writer != nil {
                try write(&rules[index].writer, to: &output)
            } else if case .function(let function) = rules[index].rule.change {
                let changed = try functions.value(of: function, record: try value(of: &normal))
                try changed.write(to: &output)
            }
            return rules[index].rule.name
        }
        try write(&normal, to: &output)
        return nil
    }

    private func write(_ writer: inout Writer?, to output: inout [UInt8]) throws {
        guard var taken = writer.take() else { return }
        defer { writer = taken }
        try write(&taken, to: &output)
    }

    private func write(_ writer: inout Writer, to output: inout [UInt8]) throws {
        guard writer.isDeclared else { return try value(of: &writer).write(to: &output) }
        var separator = UInt8(ascii: "{")
        for index in writer.parts.indices {
            output.append(separator)
            separator = UInt8(ascii: ",")
            guard case .declared(var field) = writer.parts[index] else { continue }
            // Taken out while it is changed: the enum would otherwise be copied on every record.
            writer.parts[index] = .function(name: "", 0)
            try field.write(to: &output)
            writer.parts[index] = .declared(field)
        }
        if writer.parts.isEmpty { output.append(UInt8(ascii: "{")) }
        output.append(UInt8(ascii: "}"))
    }

    private func value(of writer: inout Writer) throws -> JSONValue {
        var record = JSONObject()
        for index in writer.parts.indices {
            switch writer.parts[index] {
            case .declared(var field):
                let (name, value) = try field.value()
                writer.parts[index] = .declared(field)
                record[name] = value
            case .function(let name, let function):
                record[name] = try functions.value(of: function, record: .object(record))
            }
        }
        return .object(record)
    }
}
