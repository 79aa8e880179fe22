import Scripting

/// Reads `rule { … }` of inject.lua.
struct RuleDeclarations {
    static let kinds = [
        "spike", "extremum", "mean", "trend", "variance", "frequency", "pattern", "pattern_shift", "platform",
        "correlation", "dropout",
    ]

    private let scope: DeclarationScope
    /// The fields of the shape, as they were read.
    private let fields: [Workload.Field]
    private let add: (LuaFunction) -> Int
    private let read: (LuaTable) throws(ScriptProblems) -> [Workload.Field]

    /// - Parameters:
    ///   - add: gives a function its number.
    ///   - read: reads the fields that a rule sets.
    init(
        _ scope: DeclarationScope,
        fields: [Workload.Field],
        add: @escaping (LuaFunction) -> Int,
        read: @escaping (LuaTable) throws(ScriptProblems) -> [Workload.Field]
    ) {
        self.scope = scope
        self.fields = fields
        self.add = add
        self.read = read
    }

    func rule(_ declaration: Declaration, number: Int) throws(ScriptProblems) -> Workload.Rule {
        var reader = TableReader(declaration.table) { _ in declaration.place }
        let name = reader.string("name") ?? "rule \(number)"
        var strike = strike(&reader)
        var change: Workload.Rule.Change?
        if let inject = reader.value("inject") {
            if declaration.table["set"] != nil { reader.refuse("inject", "give either inject or set") }
            if case .chance(let chance)? = strike { strike = .ranges(RangeSchedule(start: .chance(chance), length: 1)) }
            if case .function? = strike {
                reader.refuse("chance", "a function decides about set only; give a number with inject")
            }
            change = injection(inject, of: names(&reader), in: declaration, &reader)
        } else {
            switch reader.value("set") {
            case .function(let function): change = .function(add(function))
            case .table(let table):
                do { change = .fields(try read(table)) } catch { reader.add(error.problems) }
            case let other:
                reader.refuse("set", "expected a table of fields or a function, got \((other ?? .nil).shown)")
            }
        }
        reader.refuseUnknown(alsoAllowing: ["set", "inject", "field"])
        guard reader.problems.isEmpty, let strike, let change else { throw ScriptProblems(problems: reader.problems) }
        return Workload.Rule(name: name, strike: strike, change: change)
    }

    /// When it strikes: `chance` alone is decided record by record, everything else by ranges.
    private func strike(_ reader: inout TableReader) -> Workload.Rule.Strike? {
        let given = ["chance", "every", "at"].filter { reader.value($0) != nil }
        guard given.count <= 1 else {
            reader.refuse(given[1], "give only one of chance, every and at")
            return nil
        }
        let isLong = reader.value("length") != nil
        let length = reader.integer("length", in: 1...RangeSchedule.longest, default: 1)
        func ranges(_ start: RangeSchedule.Start) -> Workload.Rule.Strike {
            .ranges(RangeSchedule(start: start, length: length))
        }
        switch given.first {
        case "every":
            let stretch = reader.integer("every", in: 1...1_000_000_000, default: 1)
            if stretch < length { reader.refuse("every", "\(stretch) is less than length, which is \(length)") }
            return ranges(.every(max(stretch, length)))
        case "at":
            guard let lines = places(reader.value("at")) else {
                reader.refuse("at", "expected the number of a record, from 1 on, or an ascending list of such")
                return nil
            }
            return ranges(.at(lines.map { $0 - 1 }))
        case "chance":
            if case .function(let function) = reader.value("chance") {
                if isLong { reader.refuse("chance", "a function decides about one record; give a number with length") }
                return .function(add(function))
            }
            guard let chance = reader.number("chance", in: 0...1) else { return nil }
            return isLong ? ranges(.chance(chance)) : .chance(chance)
        default:
            reader.refuse("chance", "is missing; give a probability from 0 to 1, a function, or every or at")
            return nil
        }
    }

    private func places(_ value: LuaValue?) -> [Int]? {
        let list: [LuaValue]
        switch value {
        case .table(let table): list = table.fields.isEmpty ? table.array : []
        case let value?: list = [value]
        case nil: list = []
        }
        let places = list.compactMap { $0.double.flatMap(Int.init(exactly:)) }
        guard !places.isEmpty, places.count == list.count, (1...(1 << 50)).contains(places[0]),
            zip(places, places.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
        return places
    }

    private func names(_ reader: inout TableReader) -> [String] {
        let given = reader.value("field")
        let list: [LuaValue]
        switch given {
        case .table(let table) where table.fields.isEmpty: list = table.array
        case let value?: list = [value]
        case nil: list = []
        }
        let names = list.compactMap { if case .string(let name) = $0 { name } else { nil } }
        guard !names.isEmpty, names.count == list.count else {
            reader.refuse("field", "expected the name of a field, or a list of such, got \((given ?? .nil).shown)")
            return []
        }
        // Without a shape there is nothing to look a name up in, and that was told.
        for name in names where !fields.isEmpty && !fields.contains(where: { $0.name == name }) {
            reader.refuse(
                "field",
                "there is no field \"\(name)\" in record.lua.\(NearestName.hint(name, fields.map(\.name)))"
            )
        }
        return names
    }

    private func injection(
        _ value: LuaValue,
        of names: [String],
        in rule: Declaration,
        _ outer: inout TableReader
    ) -> Workload.Rule.Change? {
        if case .function(let function) = value {
            return .injection(Injection(kind: .function(add(function))), fields: names)
        }
        guard let declaration = Declaration(value), Self.kinds.contains(declaration.kind) else {
            let shown = Declaration(value).map { "\($0.kind) { … }" } ?? value.shown
            outer.refuse("inject", "expected a function, or one of \(Self.kinds.joined(separator: ", ")), got \(shown)")
            return nil
        }
        var reader = TableReader(declaration.named, path: "\(declaration.kind).") { _ in declaration.place }
        let kind = kind(declaration, &reader, rule)
        for name in names {
            if let kind, let problem = obstacle(to: kind, field: name) { outer.refuse("inject", problem) }
        }
        var creep = 0.0
        switch kind {
        case .spike, .trend, .dropout: break
        default: creep = reader.number("creep", in: 0...1) ?? 0
        }
        reader.refuseUnknown()
        outer.add(reader.problems)
        return kind.map { .injection(Injection(kind: $0, creep: creep), fields: names) }
    }

    private func kind(_ declaration: Declaration, _ reader: inout TableReader, _ rule: Declaration) -> Injection.Kind? {
        func number(_ key: String, _ range: ClosedRange<Double> = -1e12...1e12) -> Double? {
            if reader.value(key) == nil { reader.refuse(key, "is missing; expected a number") }
            return reader.number(key, in: range)
        }
        switch declaration.kind {
        case "spike":
            let amplitude = reader.number("amplitude", in: -1e12...1e12)
            let factor = reader.number("factor", in: -1e6...1e6)
            if amplitude == nil, factor == nil { reader.refuse("amplitude", "is missing; give amplitude or factor") }
            return .spike(amplitude: amplitude ?? 0, factor: factor ?? 1)
        case "extremum":
            if let value = reader.number("value", in: -1e12...1e12) { return .extremum(value...value) }
            guard let low = number("min"), let high = number("max") else { return nil }
            if low > high { reader.refuse("min", "\(low) is greater than max, which is \(high)") }
            return .extremum(min(low, high)...high)
        case "mean": return number("offset").map { .mean(offset: $0) }
        case "trend": return number("slope").map { .trend(slope: $0) }
        case "platform": return number("value").map { .platform($0) }
        case "variance": return number("factor", 0...1e6).map { .variance(factor: $0) }
        case "frequency": return number("factor", 0...1e6).map { .frequency(factor: $0) }
        case "pattern_shift": return number("by", -1e9...1e9).map { .patternShift(by: $0) }
        case "correlation": return .correlation(factor: reader.number("factor", in: -1e6...1e6) ?? -1)
        case "dropout":
            let word = reader.choice("to", of: Injection.Dropout.allCases.map(\.rawValue))
            return .dropout(word.flatMap(Injection.Dropout.init) ?? .missing)
        default:
            guard declaration.table.array.count == 1 else {
                reader.refuse("1", "pattern needs one declaration, such as pattern { square { period = 50 } }")
                return nil
            }
            do {
                let program = try SignalDeclarations.program(
                    declaration.table.array[0],
                    field: "pattern",
                    in: scope,
                    isOfRecord: false
                )
                return .pattern(program)
            } catch {
                reader.add(error.problems)
                return nil
            }
        }
    }

    /// Why a field cannot be changed in that way.
    private func obstacle(to kind: Injection.Kind, field name: String) -> String? {
        guard let source = fields.first(where: { $0.name == name })?.source else { return nil }
        if case .dropout(let dropout) = kind, dropout == .missing || dropout == .null { return nil }
        if case .function = kind { return nil }
        switch source {
        case .function: if kind.isOutward { return nil }
        case .declared(let generator): if kind.isOutward, generator.isNumeric { return nil }
        case .text: return "field \(name) is no number"
        case .signal(let program):
            switch kind {
            case .variance where !program.isNoisy: return "field \(name) has no noise whose variance could change"
            case .frequency where !program.isPeriodic, .patternShift where !program.isPeriodic:
                return "field \(name) has no periodic part"
            case .correlation where !program.follows: return "field \(name) does not follow another"
            default: return nil
            }
        }
        return "field \(name) is not declared as a series of numbers; make it add { … } of what it is"
    }
}

extension Injection.Kind {
    /// Whether it changes the value from the outside, whatever made it.
    fileprivate var isOutward: Bool {
        switch self {
        case .spike, .extremum, .mean, .trend, .platform, .pattern, .dropout(.zero), .function: true
        case .variance, .frequency, .patternShift, .correlation, .dropout: false
        }
    }
}

extension FieldGenerator {
    fileprivate var isNumeric: Bool {
        switch self {
        case .integer, .uniform: true
        case .constant(let value): value.double != nil
        case .choice(let values): values.allSatisfy { $0.double != nil }
        }
    }
}
