import Scripting

/// record.lua and inject.lua, read into a workload. What they declare is data; what they define is called here.
final class WorkloadScript: WorkloadFunctions {
    private(set) var workload: Workload
    private var functions: [(script: LoadedScript, function: LuaFunction, metrics: FunctionMetrics)] = []
    private let files: any FileSystem

    /// - Parameter files: where files of values are read.
    /// - Throws: ``ScriptProblems``
    init(record: LoadedScript, inject: LoadedScript?, files: any FileSystem = DiskFileSystem()) throws {
        workload = Workload(fields: [], rules: [])
        self.files = files
        var problems: [ScriptProblem] = []
        var shape = LuaTable()
        if let declaration = Declaration(record.value), declaration.kind == "record" {
            shape = declaration.table
            let scope = DeclarationScope(script: record, record: shape, files: files)
            do { workload.fields = try fields(shape, in: scope, isRecord: true) } catch { problems += error.problems }
        } else {
            problems.append(
                ScriptProblem(record.path, line: nil, "expected it to return record { … }, got \(record.returned)")
            )
        }
        if let inject { workload.rules = rules(inject, shape: shape, &problems) }
        guard problems.isEmpty else { throw ScriptProblems(problems: problems) }
    }

    func value(of function: Int, _ arguments: [JSONValue]) throws -> JSONValue {
        let (script, function, metrics) = functions[function]
        do {
            return try script.call(function, arguments.map(LuaValue.init), in: metrics).json(
                "what \(function) returned"
            )
        } catch let error as ScriptError {
            throw ScriptProblem(error.message)
        }
    }

    /// Under file and line, because a field's function has no name.
    var figures: [FunctionFigures] { functions.map(\.metrics.figures) }

    private func rules(
        _ inject: LoadedScript,
        shape: LuaTable,
        _ problems: inout [ScriptProblem]
    ) -> [Workload.Rule] {
        guard case .table(let list) = inject.value, list.fields.isEmpty else {
            problems.append(
                ScriptProblem(
                    inject.path,
                    line: nil,
                    "expected it to return a list of rule { … }, got \(inject.returned)"
                )
            )
            return []
        }
        let scope = DeclarationScope(script: inject, record: shape, files: files)
        let reader = RuleDeclarations(scope, fields: workload.fields) {
            self.add($0, of: inject)
        } read: {
            table throws(ScriptProblems) in
            try self.fields(table, in: scope, isRecord: false)
        }
        var rules: [Workload.Rule] = []
        for (index, value) in list.array.enumerated() {
            guard let declaration = Declaration(value), declaration.kind == "rule" else {
                problems.append(
                    ScriptProblem(inject.path, line: nil, "item \(index + 1): expected rule { … }, got \(value.shown)")
                )
                continue
            }
            do {
                rules.append(try reader.rule(declaration, number: index + 1))
            } catch {
                problems += error.problems
            }
        }
        return rules
    }

    /// Declared fields in the order of their constructors, then constants and functions by name.
    private func fields(
        _ table: LuaTable,
        in scope: DeclarationScope,
        isRecord: Bool
    ) throws(ScriptProblems) -> [Workload.Field] {
        let reader = FieldDeclarations(scope, isRecord: isRecord)
        var problems: [ScriptProblem] = []
        var fields: [(order: Int64, field: Workload.Field)] = []
        for entry in table.fields {
            if case .function(let function) = entry.value {
                let number = add(function, of: scope.script)
                fields.append((.max, Workload.Field(name: entry.key, source: .function(number))))
                continue
            }
            do {
                let source = try reader.source(entry.value, name: entry.key)
                let order = Declaration(entry.value)?.order ?? .max - 1
                fields.append((order, Workload.Field(name: entry.key, source: source)))
            } catch {
                problems += error.problems
            }
        }
        if !table.array.isEmpty {
            problems.append(
                ScriptProblem(scope.script.path, line: nil, "a field without a name: \(table.array[0].shown)")
            )
        }
        guard problems.isEmpty else { throw ScriptProblems(problems: problems) }
        // A stable sort: entries come sorted by name.
        return fields.enumerated().sorted { ($0.element.order, $0.offset) < ($1.element.order, $1.offset) }.map(
            \.element.field
        )
    }

    private func add(_ function: LuaFunction, of script: LoadedScript) -> Int {
        let file = script.path.split(separator: "/").last.map(String.init) ?? script.path
        functions.append((script, function, FunctionMetrics("\(file):\(function.line)")))
        return functions.count - 1
    }
}
