import Foundation
import Scripting

/// Reads declarations of numbers into a ``SignalProgram``: `add { sine { period = 100 }, normal {} }`.
struct SignalDeclarations {
    static let kinds = [
        "sine", "square", "sawtooth", "daily", "weekly", "walk", "ar", "normal", "lognormal", "poisson", "sequence",
        "add", "multiply", "clamp", "follow",
    ]
    static let magnitude = 1e12

    private let scope: DeclarationScope
    private let field: String
    private var program = SignalProgram()
    /// Whose streams the parts take: those of the field, or of one that it follows.
    private var owner: String?
    /// Fields that are being followed, the outermost first.
    private var followed: [String]

    /// - Parameter isOfRecord: whether the field is one of the shape, which must not follow itself.
    /// - Throws: ``ScriptProblems`` of this declaration and those in it.
    static func program(
        _ value: LuaValue,
        field: String,
        in scope: DeclarationScope,
        isOfRecord: Bool
    ) throws(ScriptProblems) -> SignalProgram {
        var declarations = SignalDeclarations(scope: scope, field: field, followed: isOfRecord ? [field] : [])
        try declarations.add(value, path: "", depth: 0)
        return declarations.program
    }

    private init(scope: DeclarationScope, field: String, followed: [String]) {
        self.scope = scope
        self.field = field
        self.followed = followed
    }

    /// - Parameter path: which part of a part of the field.
    private mutating func add(_ value: LuaValue, path: String, depth: Int, at place: String? = nil)
        throws(ScriptProblems)
    {
        if let number = value.double, depth > 0, abs(number) <= Self.magnitude {
            program.steps.append(.constant(number))
            return
        }
        guard let declaration = Declaration(value) else {
            throw problem(
                place ?? scope.script.path,
                "expected a number or a declaration of numbers, got \(value.shown)"
            )
        }
        guard depth < SignalProgram.depth, program.steps.count < SignalProgram.parts else {
            throw problem(
                declaration.place,
                "more than \(SignalProgram.parts) parts, or more than \(SignalProgram.depth) within one another"
            )
        }
        var named = declaration.table
        named.array = []
        var reader = TableReader(named, path: "\(field).") { _ in declaration.place }
        // Parts of a sum are not rounded; of what is followed, the rounding was read where it is declared.
        if path.isEmpty {
            let isWhole =
                declaration.kind == "poisson" || declaration.kind == "sequence" && !declaration.table.hasFraction
            let decimals = reader.integer("decimals", in: 0...9, default: isWhole ? 0 : 3)
            if owner == nil { program.decimals = decimals }
        }
        switch declaration.kind {
        case "add", "multiply", "clamp": try combine(declaration, &reader, path: path, depth: depth)
        case "follow": try follow(declaration, &reader, depth: depth)
        default: try single(declaration, &reader, path: path)
        }
        reader.refuseUnknown(synonyms: Self.synonyms)
        guard reader.problems.isEmpty else { throw ScriptProblems(problems: reader.problems) }
    }

    private static let synonyms = [
        "sd": "deviation", "std": "deviation", "stddev": "deviation", "sigma": "deviation", "mu": "mean",
        "lambda": "mean", "rate": "mean", "phi": "memory", "width": "rise", "frequency": "period",
    ]

    private func problem(_ place: String, _ text: String) -> ScriptProblems {
        ScriptProblems(problems: [ScriptProblem("\(place): field \(field): \(text)")])
    }

    private mutating func combine(
        _ declaration: Declaration,
        _ reader: inout TableReader,
        path: String,
        depth: Int
    ) throws(ScriptProblems) {
        let parts = declaration.table.array
        let isClamp = declaration.kind == "clamp"
        guard isClamp ? parts.count == 1 : !parts.isEmpty else {
            throw problem(declaration.place, "\(declaration.kind) needs \(isClamp ? "one part" : "at least one part")")
        }
        for (number, part) in parts.enumerated() {
            try add(part, path: "\(path).\(number + 1)", depth: depth + 1, at: declaration.place)
            if number > 0 { program.steps.append(declaration.kind == "add" ? .add : .multiply) }
        }
        guard isClamp else { return }
        let low = reader.parameter("min") ?? -Self.magnitude
        let high = reader.parameter("max") ?? Self.magnitude
        reader.require(low <= high, "min", "\(low) is greater than max, which is \(high)")
        program.steps.append(.clamp(low: low, high: high))
    }

    private mutating func follow(
        _ declaration: Declaration,
        _ reader: inout TableReader,
        depth: Int
    ) throws(ScriptProblems) {
        let factor = reader.parameter("factor") ?? 1
        let offset = reader.parameter("offset") ?? 0
        guard let name = reader.string("field"), let source = scope.record[name] else {
            let given = fieldName(declaration)
            let hint = NearestName.hint(given, scope.record.fields.map(\.key))
            throw problem(declaration.place, "follow needs the name of a field of record.lua, got \"\(given)\".\(hint)")
        }
        guard !followed.contains(name) else {
            throw problem(
                declaration.place,
                "follow goes round in circles: \((followed + [name]).joined(separator: ", "))"
            )
        }
        guard let kind = Declaration(source)?.kind, Self.kinds.contains(kind) else {
            throw problem(
                declaration.place,
                "field \(name) cannot be followed; of an integer or uniform make add { integer { … } }"
            )
        }
        let start = program.steps.count
        let outer = owner
        owner = Workload.purpose(of: name)
        followed.append(name)
        try add(source, path: "", depth: depth + 1)
        followed.removeLast()
        owner = outer
        var part = program
        part.steps.removeSubrange(..<start)
        program.steps.append(.follow(factor: factor, offset: offset, level: part.level))
    }

    private func fieldName(_ declaration: Declaration) -> String {
        if case .string(let name) = declaration.table["field"] { name } else { "" }
    }

    private mutating func single(
        _ declaration: Declaration,
        _ reader: inout TableReader,
        path: String
    ) throws(ScriptProblems) {
        switch declaration.kind {
        case "sine":
            let turn = turn(&reader)
            add(.sine(turn, amplitude: reader.parameter("amplitude") ?? 1), offset: reader.parameter("offset"))
        case "square":
            let turn = turn(&reader)
            let duty = reader.number("duty", in: 0...1) ?? 0.5
            add(
                .square(turn, amplitude: reader.parameter("amplitude") ?? 1, duty: duty),
                offset: reader.parameter("offset")
            )
        case "sawtooth":
            let turn = turn(&reader)
            let rise = reader.number("rise", in: 0...1) ?? 1
            add(
                .sawtooth(turn, amplitude: reader.parameter("amplitude") ?? 1, rise: rise),
                offset: reader.parameter("offset")
            )
        case "daily", "weekly": season(declaration.kind, &reader)
        case "walk": walk(&reader, path)
        case "ar":
            let memory = reader.number("memory", in: -0.999_999_999...0.999_999_999) ?? 0.9
            let deviation = reader.deviation()
            let stream = stream(path)
            program.series.append((.autoregression(memory: memory, deviation: deviation), stream))
            add(.markov(program.series.count - 1, isNoise: true), offset: reader.parameter("mean"))
        case "uniform":
            let low = reader.parameter("min") ?? 0
            let high = reader.parameter("max") ?? 1
            reader.require(low <= high, "min", "\(low) is greater than max, which is \(high)")
            add(.uniform(stream(path), low: low, high: high))
        case "integer":
            let bound = Int(Self.magnitude)
            let low = reader.integer("min", in: -bound...bound, default: 0)
            let high = reader.integer("max", in: -bound...bound, default: 100)
            reader.require(low <= high, "min", "\(low) is greater than max, which is \(high)")
            add(.integer(stream(path), low: Int64(low), count: UInt64(max(0, high - low)) + 1))
        case "normal":
            let mean = reader.parameter("mean") ?? 0
            add(.normal(stream(path), mean: mean, deviation: reader.deviation()))
        case "lognormal":
            let median = reader.number("median", in: 1e-12...Self.magnitude) ?? 1
            let deviation = reader.number("deviation", in: 0...10) ?? 1
            let mean = median * exp(deviation * deviation / 2)
            add(.lognormal(stream(path), logMedian: log(median), deviation: deviation, mean: mean))
        case "poisson": poisson(mean: reader.number("mean", in: 0...1e6) ?? 1, path)
        case "sequence":
            let start = reader.parameter("start") ?? 1
            add(.line(start: start, step: reader.parameter("step") ?? 1))
        case "from_file": try replay(declaration, &reader, path)
        case "choice": try pick(declaration, path)
        default: throw problem(declaration.place, "\(declaration.kind) is not a value to compute with")
        }
    }

    private mutating func add(_ step: SignalProgram.Step, offset: Double? = nil) {
        program.steps.append(step)
        if let offset, offset != 0 { program.steps += [.constant(offset), .add] }
    }

    private mutating func stream(_ path: String) -> SignalProgram.Stream {
        program.streams.append(SignalProgram.StreamName(owner: owner, path: path))
        return program.streams.count - 1
    }

    private mutating func table(_ values: [Double]) -> SignalProgram.Table {
        defer { program.tables += values }
        return SignalProgram.Table(start: program.tables.count, count: values.count)
    }

    /// Records are the unit.
    private func turn(_ reader: inout TableReader) -> SignalProgram.Turn {
        let period = reader.number("period", in: 1e-3...Self.magnitude) ?? 100
        let phase = reader.number("phase", in: -1...1) ?? 0
        return SignalProgram.Turn(unit: 1, origin: phase * period, period: period)
    }

    /// Milliseconds are the unit.
    private mutating func season(_ kind: String, _ reader: inout TableReader) {
        let day = 86_400_000.0
        let start = Double(reader.time("start"))
        let step = Double(reader.step("step"))
        let amplitude = reader.parameter("amplitude") ?? 1
        let offset = reader.parameter("offset")
        if kind == "weekly" {
            let days = reader.numbers("days", count: 7) ?? [1, 1, 1, 1, 1, 0, 0]
            // 1970 began on a Thursday.
            let turn = SignalProgram.Turn(unit: step, origin: start + 3 * day, period: 7 * day)
            add(.profile(turn, amplitude: amplitude, table: table(days), isSmooth: false), offset: offset)
        } else if let hours = reader.numbers("hours", count: 24) {
            let turn = SignalProgram.Turn(unit: step, origin: start, period: day)
            add(.profile(turn, amplitude: amplitude, table: table(hours), isSmooth: true), offset: offset)
        } else {
            let peak = reader.number("peak", in: 0...24) ?? 14
            // A sine is at its top a quarter of a turn after its beginning.
            let turn = SignalProgram.Turn(unit: step, origin: start + day / 4 - peak * day / 24, period: day)
            add(.sine(turn, amplitude: amplitude), offset: offset)
        }
    }

    private mutating func walk(_ reader: inout TableReader, _ path: String) {
        let start = reader.parameter("start") ?? 0
        let drift = reader.parameter("drift") ?? 0
        let deviation = reader.deviation()
        let low = reader.parameter("min")
        let high = reader.parameter("max")
        let stream = stream(path)
        program.series.append((.walk(deviation: deviation), stream))
        add(.markov(program.series.count - 1, isNoise: false))
        program.steps += [.line(start: start, step: drift), .add]
        guard low != nil || high != nil else { return }
        guard let low, let high, low < high, (low...high).contains(start) else {
            return reader.refuse("min", "give min and max, or neither, with start between them")
        }
        program.steps.append(.reflect(low: low, high: high))
    }

    /// The distribution function from nine deviations below the mean to nine above.
    private mutating func poisson(mean: Double, _ path: String) {
        guard mean > 0 else { return add(.constant(0)) }
        let reach = 9 * mean.squareRoot() + 9
        let first = max(0, (mean - reach).rounded(.down))
        let count = Int(mean + reach - first) + 1
        var share = exp(first * log(mean) - mean - lgamma(first + 1))
        var sum = 0.0
        let shares = (0..<count).map { number in
            sum += share
            share *= mean / (first + Double(number) + 1)
            return sum
        }
        add(.poisson(stream(path), first: first, table: table(shares), mean: mean))
    }

    private mutating func replay(
        _ declaration: Declaration,
        _ reader: inout TableReader,
        _ path: String
    ) throws(ScriptProblems) {
        let file = try FileDeclaration(declaration, &reader, field: field, scope)
        let numbers = file.values.compactMap(Double.init).filter { abs($0) <= Self.magnitude }
        guard numbers.count == file.values.count else {
            throw problem(
                declaration.place,
                "\(file.path) has values that are no numbers; they cannot be computed with"
            )
        }
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let table = table(numbers)
        add(file.isInOrder ? .replay(table: table, mean: mean) : .pick(stream(path), table: table, mean: mean))
    }

    private mutating func pick(_ declaration: Declaration, _ path: String) throws(ScriptProblems) {
        let numbers = declaration.table.array.compactMap(\.double).filter { abs($0) <= Self.magnitude }
        guard !numbers.isEmpty, numbers.count == declaration.table.array.count else {
            throw problem(declaration.place, "choice needs a list of at least one number here")
        }
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        add(.pick(stream(path), table: table(numbers), mean: mean))
    }
}

extension TableReader {
    fileprivate mutating func parameter(_ key: String) -> Double? {
        number(key, in: -SignalDeclarations.magnitude...SignalDeclarations.magnitude)
    }

    fileprivate mutating func deviation() -> Double {
        number("deviation", in: 0...SignalDeclarations.magnitude) ?? 1
    }

    fileprivate mutating func require(_ holds: Bool, _ key: String, _ message: @autoclosure () -> String) {
        if !holds { refuse(key, message()) }
    }

    /// A list of so many numbers.
    fileprivate mutating func numbers(_ key: String, count: Int) -> [Double]? {
        guard let given = value(key) else { return nil }
        guard case .table(let list) = given, list.fields.isEmpty, list.array.count == count,
            case let numbers = list.array.compactMap(\.double), numbers.count == count,
            numbers.allSatisfy({ abs($0) <= SignalDeclarations.magnitude })
        else {
            refuse(key, "expected a list of \(count) numbers, got \(given.shown)")
            return nil
        }
        return numbers
    }
}

extension LuaTable {
    /// Whether a parameter is not a whole number.
    fileprivate var hasFraction: Bool { fields.contains { $0.value.double.map { $0 != $0.rounded() } ?? false } }
}
