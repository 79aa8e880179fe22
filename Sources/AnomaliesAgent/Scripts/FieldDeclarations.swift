import Scripting

/// Where a declaration is read: its script, and the shape whose fields it may name.
struct DeclarationScope {
    let script: LoadedScript
    /// The table of `record { … }`.
    let record: LuaTable
    let files: any FileSystem

    /// Of the scripts, where their files of values are.
    var directory: String { script.path.lastIndex(of: "/").map { String(script.path[..<$0]) } ?? "." }
}

/// Reads the value of a field: a declaration, or a constant.
struct FieldDeclarations {
    private let scope: DeclarationScope
    private let isRecord: Bool

    /// - Parameter isRecord: whether these are the fields of the shape, and not of a rule.
    init(_ scope: DeclarationScope, isRecord: Bool) {
        self.scope = scope
        self.isRecord = isRecord
    }

    /// - Parameter value: no function.
    func source(_ value: LuaValue, name: String) throws(ScriptProblems) -> Workload.Source {
        guard let declaration = Declaration(value) else {
            do {
                return .declared(.constant(try value.json("field \(name)")))
            } catch {
                let place = "\(scope.script.path):\(scope.script.line(of: name) ?? 1)"
                throw ScriptProblems(problems: [ScriptProblem("\(place): \(error)")])
            }
        }
        if SignalDeclarations.kinds.contains(declaration.kind) {
            return .signal(
                try SignalDeclarations.program(value, field: name, in: scope, isOfRecord: isRecord)
            )
        }
        func problem(_ text: String) -> ScriptProblems {
            ScriptProblems(problems: [ScriptProblem("\(declaration.place): field \(name): \(text)")])
        }
        var reader = TableReader(declaration.named, path: "\(name).") { _ in declaration.place }
        let source: Workload.Source
        switch declaration.kind {
        case "choice":
            let values = declaration.table.array.compactMap { try? $0.json() }
            guard !values.isEmpty, values.count == declaration.table.array.count, declaration.table.fields.isEmpty
            else { throw problem("choice needs a list of at least one value") }
            return .declared(.choice(values))
        case "weighted": return .text(.weighted(try weighted(declaration, problem)))
        case "integer":
            let low = reader.integer("min", in: Int.min...Int.max, default: 0)
            let high = reader.integer("max", in: Int.min...Int.max, default: 100)
            if low > high { reader.refuse("min", "\(low) is greater than max, which is \(high)") }
            source = .declared(.integer(Int64(min(low, high))...Int64(high)))
        case "uniform":
            let bounds = -1e300...1e300
            let low = reader.number("min", in: bounds) ?? 0
            let high = reader.number("max", in: bounds) ?? 1
            let decimals = reader.integer("decimals", in: 0...9, default: 3)
            if low > high { reader.refuse("min", "\(low) is greater than max, which is \(high)") }
            source = .declared(.uniform(min(low, high)...high, decimals: decimals))
        case "uuid": source = .text(.uuid)
        case "timestamp": source = .text(.timestamp(timestamp(&reader)))
        case "from_file":
            let file = try FileDeclaration(declaration, &reader, field: name, scope)
            source = .text(file.isInOrder ? .inOrder(try file.table(problem)) : .weighted(try file.table(problem)))
        default: throw problem("\(declaration.kind) is not a value for a field")
        }
        reader.refuseUnknown()
        guard reader.problems.isEmpty else { throw ScriptProblems(problems: reader.problems) }
        return source
    }

    /// `weighted { ok = 97, error = 3 }` or `weighted { { 200, 97 }, { 500, 3 } }`.
    private func weighted(
        _ declaration: Declaration,
        _ problem: (String) -> ScriptProblems
    ) throws(ScriptProblems) -> TextTable {
        var values: [JSONValue] = []
        var weights: [Double] = []
        for field in declaration.table.fields {
            values.append(.string(field.key))
            weights.append(field.value.double ?? -1)
        }
        for entry in declaration.table.array {
            guard case .table(let pair) = entry, pair.fields.isEmpty, pair.array.count == 2 else {
                throw problem("weighted needs value = weight or { value, weight }, got \(entry.shown)")
            }
            do { values.append(try pair.array[0].json()) } catch { throw problem("\(error)") }
            weights.append(pair.array[1].double ?? -1)
        }
        let range = 0...SignalDeclarations.magnitude
        guard weights.allSatisfy(range.contains), weights.contains(where: { $0 > 0 }) else {
            throw problem("weighted needs weights that are numbers from 0 on, at least one of them greater")
        }
        do { return try TextTable(values, weights: weights) } catch { throw problem("\(error)") }
    }

    private func timestamp(_ reader: inout TableReader) -> TimestampShape {
        let format = reader.choice("format", of: TimestampShape.Format.allCases.map(\.rawValue))
        return TimestampShape(
            start: reader.time("start"),
            step: reader.step("step"),
            jitter: reader.duration("jitter", default: .zero).milliseconds,
            format: format.flatMap(TimestampShape.Format.init) ?? .iso
        )
    }
}

/// `from_file { path = "hosts.csv", column = "host" }`, read.
struct FileDeclaration {
    let path: String
    let values: [String]
    let isInOrder: Bool

    init(
        _ declaration: Declaration,
        _ reader: inout TableReader,
        field: String,
        _ scope: DeclarationScope
    ) throws(ScriptProblems) {
        let column = reader.string("column")
        isInOrder = reader.choice("order", of: ["random", "file"]) == "file"
        guard let path = reader.string("path") else {
            reader.refuse("path", "is missing; name a file below the directory of the scripts")
            throw ScriptProblems(problems: reader.problems)
        }
        self.path = path
        do {
            values = try DataFile.values(path, column: column, below: scope.directory, files: scope.files)
        } catch {
            throw ScriptProblems(problems: [ScriptProblem("\(declaration.place): field \(field): \(error)")])
        }
    }

    /// The values as JSON: numbers where all of them are.
    fileprivate func table(_ problem: (String) -> ScriptProblems) throws(ScriptProblems) -> TextTable {
        let numbers = values.compactMap { try? JSONValue(parsing: Array($0.utf8)) }.filter { $0.double != nil }
        do {
            return try TextTable(numbers.count == values.count ? numbers : values.map { .string($0) })
        } catch {
            throw problem("\(path): \(error)")
        }
    }
}

extension Declaration {
    /// The parameters that have names.
    var named: LuaTable {
        var named = table
        named.array = []
        return named
    }
}

extension TableReader {
    /// An instant as ISO 8601 or in seconds; the beginning of 2026 where none is given.
    mutating func time(_ key: String) -> Milliseconds {
        let fallback: Milliseconds = 1_767_225_600_000
        guard let given = value(key) else { return fallback }
        let json: JSONValue? =
            switch given {
            case .string(let text): .string(text)
            default: given.double.map { .number($0) }
            }
        guard let time = EventTime.milliseconds(of: json) else {
            refuse(key, "expected a time such as \"2026-01-01T00:00:00Z\", got \(given.shown)")
            return fallback
        }
        return time
    }

    /// The time from one record to the next, a second where none is given.
    mutating func step(_ key: String) -> Milliseconds {
        let step = duration(key, default: .seconds(1)).milliseconds
        if step < 1 { refuse(key, "expected at least 0.001 seconds") }
        return max(1, step)
    }
}

extension NearestName {
    /// What may have been meant, or what there is.
    static func hint(_ name: String, _ names: [String]) -> String {
        of(name, among: names).map { " Did you mean \($0)?" }
            ?? " There is \(names.prefix(20).joined(separator: ", "))."
    }
}
