/// Makes the records of one package from a workload. The same seed, number and size give the same bytes.
///
/// - Complexity: about 0.1 µs a declared record of two fields; functions cost what Lua costs.
struct RecordGenerator {
    private struct Rule {
        enum Strike { case chance(Double), function(Int), ranges }

        let name: String
        let strike: Strike
        let change: Workload.Rule.Change
        var random: SeededRandom
        var cursor: RangeCursor?
        /// The fields of an anomalous record, or in ranges those that change; none where a function makes it.
        var writer: RecordWriter
        var injector: Injector?
    }

    private var normal: RecordWriter
    private var rules: [Rule] = []
    private let functions: any WorkloadFunctions
    private let seed: UInt64
    /// Of the next record.
    private var index: Int

    /// - Parameter size: how many records the package is going to have; see ``Workload`` for what depends on it.
    init(_ workload: Workload, seed: UInt64, package: Int, size: Int, functions: any WorkloadFunctions) throws {
        self.functions = functions
        self.seed = seed
        index = max(0, package - 1) * size
        normal = try RecordWriter(workload.fields, seed: seed, package: package) { field in
            (Workload.purpose(of: field.name), Workload.purpose(of: field.name))
        }
        for rule in workload.rules {
            var changes: [Workload.Field] = []
            if case .fields(let fields) = rule.change { changes = fields }
            var strike = Rule.Strike.ranges
            var cursor: RangeCursor?
            switch rule.strike {
            case .chance(let chance): strike = .chance(chance)
            case .function(let function): strike = .function(function)
            case .ranges(let schedule):
                let random = IndexedRandom(seed: seed, purpose: "start \(rule.name)")
                cursor = RangeCursor(schedule, random: random)
            }
            if cursor == nil, case .fields(let fields) = rule.change {
                // The record as the rule leaves it: changed fields in their old places, new ones behind.
                changes = workload.fields.map { field in fields.last { $0.name == field.name } ?? field }
                changes += fields.filter { change in !workload.fields.contains { $0.name == change.name } }
            }
            var set: Set<String> = []
            if case .fields(let fields) = rule.change { set = Set(fields.map(\.name)) }
            let writer = try RecordWriter(changes, seed: seed, package: package) { field in
                let own = Workload.purpose(of: field.name, rule: rule.name)
                // A series that the rule leaves alone goes on as it is.
                return (own, set.contains(field.name) ? own : Workload.purpose(of: field.name))
            }
            var injector: Injector?
            if case .injection(let injection, let fields) = rule.change, case .ranges(let schedule) = rule.strike {
                injector = Injector(
                    injection,
                    of: fields,
                    in: workload,
                    length: schedule.length,
                    seed: seed,
                    purpose: "inject \(rule.name)"
                )
            }
            rules.append(
                Rule(
                    name: rule.name,
                    strike: strike,
                    change: rule.change,
                    random: SeededRandom(seed: seed, package: package, purpose: "chance \(rule.name)"),
                    cursor: cursor,
                    writer: writer,
                    injector: injector
                )
            )
        }
    }

    /// Appends one record as JSON, without a line end.
    ///
    /// - Returns: the rule that made it an anomaly, `nil` for a normal one.
    mutating func write(to output: inout [UInt8]) throws -> String? {
        let index = self.index
        self.index += 1
        var range: (place: Int, start: Int)?
        for place in rules.indices {
            switch rules[place].strike {
            case .ranges:
                if range == nil { range = rules[place].cursor?.start(of: index).map { (place, $0) } }
                continue
            case .chance(let chance):
                // Always drawn, so that one rule's chance does not shift another's stream.
                guard rules[place].random.nextUnit() < chance else { continue }
            case .function(let function):
                let draw = rules[place].random.nextUnit()
                guard let chance = try functions.value(of: function, record: .object([:])).double, draw < chance
                else { continue }
            }
            guard let range else {
                try writeAnew(by: place, at: index, to: &output)
                return rules[place].name
            }
            // The range came first and has the record; streams go on as without it, so that it changes no other.
            let before = normal
            var unused: [UInt8] = []
            try writeAnew(by: place, at: index, to: &unused)
            let after = normal
            normal = before
            try changed(by: range.place, at: index, since: range.start).write(to: &output)
            normal = after
            return rules[range.place].name
        }
        if let range {
            try changed(by: range.place, at: index, since: range.start).write(to: &output)
            return rules[range.place].name
        }
        try normal.write(at: index, to: &output, functions)
        return nil
    }

    /// The record of a rule of chances.
    private mutating func writeAnew(by place: Int, at index: Int, to output: inout [UInt8]) throws {
        if case .function(let function) = rules[place].change {
            let changed = try functions.value(of: function, record: try normal.value(at: index, functions))
            try changed.write(to: &output)
        } else {
            // Read before: the compiler takes both for one access to `self`.
            let functions = functions
            try rules[place].writer.write(at: index, to: &output, functions)
        }
    }

    /// The normal record, drawn as ever, as a rule of ranges leaves it.
    private mutating func changed(by place: Int, at index: Int, since start: Int) throws -> JSONValue {
        let functions = functions
        switch rules[place].change {
        case .function(let function):
            return try functions.value(of: function, record: try normal.value(at: index, functions))
        case .fields:
            let name = rules[place].name
            rules[place].writer.restart(seed: seed, at: index) { Workload.purpose(of: $0, rule: name) }
            return try normal.value(at: index, functions, replacedBy: &rules[place].writer)
        case .injection:
            guard var injector = rules[place].injector.take() else { return .null }
            defer { rules[place].injector = injector }
            return try normal.value(at: index, functions) { name, value, record in
                try injector.value(value, of: name, at: index, since: start, record: record, functions)
            }
        }
    }
}
