import Scripting

/// record.lua and inject.lua, read into a workload. What they declare is data; what they define is called here.
final class WorkloadScript: WorkloadFunctions {
    private(set) var workload: Workload
    private var functions: [(script: LoadedScript, function: LuaFunction)] = []

    /// - Throws: ``ScriptProblems``
    init(record: LoadedScript, inject: LoadedScript?) throws {
        workload = Workload(fields: [], rules: [])
        var problems: [ScriptProblem] = []
        if let shape = Declaration(record.value), shape.kind == "record" {
            workload.fields = fields(shape.table, of: record, &problems)
        } else {
            problems.append(
                ScriptProblem(record.path, line: nil, "expected it to return record { … }, got \(record.value.shown)")
            )
        }
        if let inject { workload.rules = rules(inject, &problems) }
        guard problems.isEmpty else { throw ScriptProblems(problems: problems) }
    }

    func value(of function: Int, record: JSONValue) throws -> JSONValue {
        let (script, function) = functions[function]
        do {
            return try script.call(function, [LuaValue(record)]).json("what \(function) returned")
        } catch let error as ScriptError {
            throw ScriptProblem(error.message)
        }
    }

    private func rules(_ inject: LoadedScript, _ problems: inout [ScriptProblem]) -> [Workload.Rule] {
        guard case .table(let list) = inject.value, list.fields.isEmpty else {
            problems.append(
                ScriptProblem(
                    inject.path,
                    line: nil,
                    "expected it to return a list of rule { … }, got \(inject.value.shown)"
                )
            )
            return []
        }
        return list.array.enumerated().compactMap { index, value in
            guard let declaration = Declaration(value), declaration.kind == "rule" else {
                problems.append(
                    ScriptProblem(inject.path, line: nil, "item \(index + 1): expected rule { … }, got \(value.shown)")
                )
                return nil
            }
            return rule(declaration, number: index + 1, of: inject, &problems)
        }
    }

    private func rule(
        _ declaration: Declaration,
        number: Int,
        of script: LoadedScript,
        _ problems: inout [ScriptProblem]
    ) -> Workload.Rule? {
        var reader = TableReader(declaration.table) { _ in declaration.place }
        let name = reader.string("name") ?? "rule \(number)"
        var chance: Workload.Rule.Chance?
        switch reader.value("chance") {
        case .function(let function): chance = .function(add(function, of: script))
        case nil: reader.refuse("chance", "is missing; give a probability from 0 to 1, or a function")
        default: chance = reader.number("chance", in: 0...1).map { .declared($0) }
        }
        var change: Workload.Rule.Change?
        switch reader.value("set") {
        case .function(let function): change = .function(add(function, of: script))
        case .table(let table): change = .fields(fields(table, of: script, &problems))
        case let other: reader.refuse("set", "expected a table of fields or a function, got \((other ?? .nil).shown)")
        }
        reader.refuseUnknown()
        problems += reader.problems
        guard let chance, let change else { return nil }
        return Workload.Rule(name: name, chance: chance, change: change)
    }

    /// Declared fields in the order of their constructors, then constants and functions by name.
    private func fields(
        _ table: LuaTable,
        of script: LoadedScript,
        _ problems: inout [ScriptProblem]
    ) -> [Workload.Field] {
        var fields: [(order: Int64, field: Workload.Field)] = []
        for entry in table.fields {
            if case .function(let function) = entry.value {
                fields.append((.max, Workload.Field(name: entry.key, source: .function(add(function, of: script)))))
                continue
            }
            do {
                let declaration = Declaration(entry.value)
                let generator = try FieldGenerator(entry.value, declaration, name: entry.key, script: script)
                fields.append(
                    (declaration?.order ?? .max - 1, Workload.Field(name: entry.key, source: .declared(generator)))
                )
            } catch {
                problems += error.problems
            }
        }
        if !table.array.isEmpty {
            problems.append(ScriptProblem(script.path, line: nil, "a field without a name: \(table.array[0].shown)"))
        }
        // A stable sort: entries come sorted by name.
        return fields.enumerated().sorted { ($0.element.order, $0.offset) < ($1.element.order, $1.offset) }.map(
            \.element.field
        )
    }

    private func add(_ function: LuaFunction, of script: LoadedScript) -> Int {
        functions.append((script, function))
        return functions.count - 1
    }
}

extension FieldGenerator {
    /// The generator of a declaration; any other value is a constant.
    fileprivate init(
        _ value: LuaValue,
        _ declaration: Declaration?,
        name: String,
        script: LoadedScript
    ) throws(ScriptProblems) {
        func problem(_ text: String) -> ScriptProblems { ScriptProblems(problems: [ScriptProblem(text)]) }
        guard let declaration else {
            do {
                self = .constant(try value.json("field \(name)"))
            } catch {
                throw problem("\(script.path):\(script.line(of: name) ?? 1): \(error)")
            }
            return
        }
        var reader = TableReader(declaration.table, path: "\(name).") { _ in declaration.place }
        switch declaration.kind {
        case "choice":
            let values = declaration.table.array.compactMap { try? $0.json() }
            guard !values.isEmpty, values.count == declaration.table.array.count, declaration.table.fields.isEmpty
            else {
                throw problem("\(declaration.place): field \(name): choice needs a list of at least one value")
            }
            self = .choice(values)
        case "integer":
            let low = reader.integer("min", in: Int.min...Int.max, default: 0)
            let high = reader.integer("max", in: Int.min...Int.max, default: 100)
            reader.refuseUnknown()
            if low > high { reader.refuse("min", "\(low) is greater than max, which is \(high)") }
            guard reader.problems.isEmpty else { throw ScriptProblems(problems: reader.problems) }
            self = .integer(Int64(low)...Int64(high))
        case "uniform":
            let bounds = -1e300...1e300
            let low = reader.number("min", in: bounds) ?? 0
            let high = reader.number("max", in: bounds) ?? 1
            let decimals = reader.integer("decimals", in: 0...9, default: 3)
            reader.refuseUnknown()
            if low > high { reader.refuse("min", "\(low) is greater than max, which is \(high)") }
            guard reader.problems.isEmpty else { throw ScriptProblems(problems: reader.problems) }
            self = .uniform(low...high, decimals: decimals)
        default:
            throw problem("\(declaration.place): field \(name): \(declaration.kind) is not a value for a field")
        }
    }
}
