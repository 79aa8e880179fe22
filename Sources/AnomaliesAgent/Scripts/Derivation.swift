internal import CJSON
import Scripting

/// `derive` of detect.lua: fields that every record gets, computed from those it came with.
///
/// What is not changed is passed on byte for byte, so that numbers keep their digits. Fields are computed from the
/// record as it came, not from one another.
struct Derivation {
    /// A field that is not as it was: its name and value as JSON, in `text`.
    private struct Edit {
        var start: Int
        /// Where the value begins.
        var value: Int
        /// Equal to `value` where the field is removed.
        var end: Int
        /// Of the field that is replaced, or ``FieldSlots/missing``.
        var place: Int
    }

    private struct Field {
        var name: String
        /// `"high":`
        var key: [UInt8]
        var slot: Int
        var function: RecordFunction?
        var expression: Int
    }

    /// A function of the whole record, and what calls it where the record has to come back whole.
    private final class Whole {
        let function: RecordFunction
        let keeper: LuaFunction

        init(_ function: RecordFunction, _ keeper: LuaFunction) {
            self.function = function
            self.keeper = keeper
        }
    }

    private static let mostFields = 100

    /// What tells one derivation from another: what was learned from a derived field is only good for the same.
    private(set) var description = ""
    private var fields: [Field] = []
    private var expressions: [DerivedExpression] = []
    private var whole: Whole?
    private let slots = FieldSlots()
    private let text = ByteBuffer()
    private var edits: [Edit] = []

    /// - Parameter value: what `derive` is in the script: a function of the record, or a table of field → declaration or
    ///   function.
    /// - Throws: ``ScriptProblems``
    init(_ value: LuaValue, of script: LoadedScript) throws {
        switch value {
        case .function(let function):
            guard case .function(let keeper) = try script.load(RecordFunction.keeper) else {
                preconditionFailure("the keeper is a function")
            }
            whole = Whole(try RecordFunction(function, of: script, named: "derive", changes: true), keeper)
            description = "function \(script.fingerprint(of: function))"
        case .table(let table) where Declaration(value) == nil && table.array.isEmpty && !table.fields.isEmpty:
            try add(table, of: script)
        default:
            throw Self.problem(
                "expected a table of fields, such as { high = above(\"accuracy\", 50) }, or a function(record), "
                    + "got \(value.shown)",
                at: "derive",
                script
            )
        }
    }

    /// What its functions cost.
    var figures: [FunctionFigures] {
        ([whole?.function] + fields.map(\.function)).compactMap { $0?.metrics.figures }
    }

    /// Whether a record can fail for a mistake in the script.
    var callsFunctions: Bool { whole != nil || fields.contains { $0.function != nil } }

    /// Whether it makes a field of that name; of a function nobody knows before it is called.
    func makes(_ name: String) -> Bool { whole != nil || fields.contains { $0.name == name } }

    private mutating func add(_ table: LuaTable, of script: LoadedScript) throws {
        var problems: [ScriptProblem] = []
        guard table.fields.count <= Self.mostFields else {
            throw Self.problem("more than \(Self.mostFields) fields", at: "derive", script)
        }
        for entry in table.fields {
            var key: [UInt8] = []
            try JSONValue.string(entry.key).write(to: &key)
            key.append(UInt8(ascii: ":"))
            let slot = slots.slot(of: Array(entry.key.utf8))
            var field = Field(name: entry.key, key: key, slot: slot, function: nil, expression: 0)
            description += "\(entry.key)="
            if let declaration = Declaration(entry.value) {
                do throws(ScriptProblem) {
                    field.expression = expressions.count
                    expressions.append(try DerivedExpression(declaration, slots: slots))
                    description += expressions[field.expression].description
                } catch {
                    problems.append(error)
                }
            } else if case .function(let function) = entry.value {
                field.function = try RecordFunction(function, of: script, named: "derive.\(entry.key)")
                description += "function \(script.fingerprint(of: function))"
            } else {
                problems +=
                    Self.problem(
                        "expected a declaration such as above(\"accuracy\", 50) or a function(record), "
                            + "got \(entry.value.shown)",
                        at: entry.key,
                        script
                    ).problems
            }
            description += ";"
            fields.append(field)
        }
        guard problems.isEmpty else { throw ScriptProblems(problems: problems) }
    }

    private static func problem(_ text: String, at key: String, _ script: LoadedScript) -> ScriptProblems {
        let path = key == "derive" ? key : "derive.\(key)"
        return ScriptProblems(
            problems: [ScriptProblem("\(script.path):\(script.line(of: key) ?? 1): \(path): \(text)")]
        )
    }

    // MARK: - One record

    /// Appends a record with its derived fields, as one JSON object. One that the record has already is replaced in its
    /// place.
    ///
    /// - Parameters:
    ///   - record: the bytes that were parsed.
    ///   - nodes: what a `RecordParser` made of them.
    /// - Throws: what refuses the record, naming the field; nothing is appended then.
    mutating func append(
        _ record: UnsafeRawBufferPointer,
        _ nodes: UnsafeBufferPointer<cjson_node>,
        to output: ByteBuffer
    ) throws {
        slots.find(in: nodes)
        let mark = output.count
        do {
            var result: LuaValue?
            if let whole {
                result = try whole.function.callQuickly(nodes)
                if case .nil? = result, whole.function.onlyAdded {
                    return try extend(record, nodes, by: whole.function, output)
                }
            } else if try extend(record, nodes, output) {
                return
            }
            output.truncate(to: mark)
            try edit(nodes, after: result)
            rewrite(record, nodes, output)
        } catch {
            output.truncate(to: mark)
            throw error
        }
    }

    /// Appends the record as it is, with the new fields before its last brace.
    ///
    /// - Returns: false where a field is there already; what was appended is of no use then.
    private mutating func extend(
        _ record: UnsafeRawBufferPointer,
        _ nodes: UnsafeBufferPointer<cjson_node>,
        _ output: ByteBuffer
    ) throws -> Bool {
        output.append(UnsafeRawBufferPointer(rebasing: record[Int(nodes[0].start)..<Int(nodes[0].stop) - 1]))
        var isFirst = nodes[0].end == 1
        for index in fields.indices {
            guard slots.place(fields[index].slot) == FieldSlots.missing else { return false }
            let mark = output.count
            if !isFirst { output.append(UInt8(ascii: ",")) }
            output.append(fields[index].key)
            if try compute(index, nodes, output) { isFirst = false } else { output.truncate(to: mark) }
        }
        output.append(UInt8(ascii: "}"))
        return true
    }

    /// As `extend(_:_:_:)`, with what a function has added.
    private func extend(
        _ record: UnsafeRawBufferPointer,
        _ nodes: UnsafeBufferPointer<cjson_node>,
        by function: RecordFunction,
        _ output: ByteBuffer
    ) throws {
        output.append(UnsafeRawBufferPointer(rebasing: record[Int(nodes[0].start)..<Int(nodes[0].stop) - 1]))
        try function.appendAdded(to: output, isFirst: nodes[0].end == 1)
        output.append(UInt8(ascii: "}"))
    }

    /// Appends the value of a field.
    ///
    /// - Returns: false where the record does not get the field.
    private mutating func compute(
        _ index: Int,
        _ nodes: UnsafeBufferPointer<cjson_node>,
        _ output: ByteBuffer
    ) throws -> Bool {
        if let function = fields[index].function {
            return try output.append(try function.call(nodes), named: fields[index].name)
        }
        switch try expressions[fields[index].expression].value(in: nodes, slots) {
        case .missing: return false
        case .flag(let value): output.append(value)
        case .integer(let value): output.append(value)
        case .number(let value): try output.append(value, named: fields[index].name)
        }
        return true
    }

    // MARK: - A record whose own fields change

    private mutating func edit(_ nodes: UnsafeBufferPointer<cjson_node>, after result: LuaValue?) throws {
        text.truncate(to: 0)
        edits.removeAll(keepingCapacity: true)
        for index in fields.indices {
            let start = text.count
            text.append(fields[index].key)
            let value = text.count
            guard try compute(index, nodes, text) else {
                text.truncate(to: start)
                continue
            }
            let place = slots.place(fields[index].slot)
            edits.append(Edit(start: start, value: value, end: text.count, place: place))
        }
        if let whole { try change(whole.function, whole.keeper, nodes, after: result) }
    }

    private mutating func change(
        _ function: RecordFunction,
        _ keeper: LuaFunction,
        _ nodes: UnsafeBufferPointer<cjson_node>,
        after result: LuaValue?
    ) throws {
        let result = try function.change(nodes, through: keeper, after: result) { try add($0, $1, $2) }
        switch result {
        case .nil, .null: break
        case .table(let table) where table.array.isEmpty:
            for field in table.fields {
                let name = Array(field.key.utf8)
                let place = RecordParser.lastField(name, of: 0, in: nodes) ?? FieldSlots.missing
                try name.withUnsafeBytes { try add($0, place, field.value) }
            }
        default:
            throw ScriptFailure(
                description: "\(function.place): derive returned \(result.shown), "
                    + "expected the record, a table of new fields, or nothing"
            )
        }
    }

    private mutating func add(_ name: UnsafeRawBufferPointer, _ place: Int, _ value: LuaValue) throws {
        let start = text.count
        try text.append(key: name)
        let valueStart = text.count
        _ = try text.append(value, named: String(decoding: name, as: UTF8.self))
        // What a function both assigned and returned: what it returned counts.
        if !edits.isEmpty {
            text.withBytes { text in
                edits.removeAll { text[$0.start..<$0.value].elementsEqual(text[start..<valueStart]) }
            }
        }
        if text.count > valueStart || place != FieldSlots.missing {
            edits.append(Edit(start: start, value: valueStart, end: text.count, place: place))
        }
    }

    /// Field by field, each that is not replaced as it was written; where none is, all at once.
    private func rewrite(
        _ record: UnsafeRawBufferPointer,
        _ nodes: UnsafeBufferPointer<cjson_node>,
        _ output: ByteBuffer
    ) {
        var isFirst = true
        func separate() {
            output.append(isFirst ? UInt8(ascii: "{") : UInt8(ascii: ","))
            isFirst = false
        }
        text.withBytes { text in
            if edits.allSatisfy({ $0.place == FieldSlots.missing }) {
                output.append(UnsafeRawBufferPointer(rebasing: record[Int(nodes[0].start)..<Int(nodes[0].stop) - 1]))
                isFirst = false
                if nodes[0].end == 1, let edit = edits.first {
                    output.append(UnsafeRawBufferPointer(rebasing: text[edit.start..<edit.end]))
                    for edit in edits.dropFirst() {
                        separate()
                        output.append(UnsafeRawBufferPointer(rebasing: text[edit.start..<edit.end]))
                    }
                    return
                }
            } else {
                var field = 1
                while field < Int(nodes[0].end) {
                    let node = nodes[field]
                    // An earlier field of the same name says nothing, and would be left behind with the old value.
                    let edit = edits.first { edit in
                        edit.place != FieldSlots.missing && nodes[edit.place].keyBytes.elementsEqual(node.keyBytes)
                    }
                    let end = Int(edit == nil ? node.stop : node.start)
                    if edit == nil || edit?.place == field && edit?.end != edit?.value {
                        separate()
                        output.append(UnsafeRawBufferPointer(rebasing: record[Int(node.name)..<end]))
                        if let edit { output.append(UnsafeRawBufferPointer(rebasing: text[edit.value..<edit.end])) }
                    }
                    field = Int(node.end)
                }
            }
            for edit in edits where edit.place == FieldSlots.missing {
                separate()
                output.append(UnsafeRawBufferPointer(rebasing: text[edit.start..<edit.end]))
            }
        }
        if isFirst { output.append(UInt8(ascii: "{")) }
        output.append(UInt8(ascii: "}"))
    }
}

extension DetectRules.Features {
    /// True and false of derived fields are features of 1 and 0.
    func counting(_ derivation: Derivation) -> Self {
        guard case .declared(let paths) = self else { return self }
        return .declared(
            paths.map { path in
                var path = path
                path.countsBooleans = derivation.makes(String(decoding: path.names[0], as: UTF8.self))
                return path
            }
        )
    }
}
