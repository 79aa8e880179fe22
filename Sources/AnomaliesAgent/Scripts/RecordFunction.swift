internal import CJSON
import Scripting

/// A function of a record, called the cheapest way that its text allows.
///
/// Where the text shows which fields it uses (``RecordUse``), one Lua table is refilled with these for each call; else,
/// and for a record that has an object or an array there, a whole new table is made of the record.
final class RecordFunction {
    let function: LuaFunction
    /// Where it begins: `scripts/detect.lua:12`.
    let place: String
    let metrics: FunctionMetrics
    private let script: LoadedScript
    private let quick: QuickTable?
    private var arguments = LuaArguments()

    /// - Parameters:
    ///   - name: under which its calls are counted.
    ///   - changes: whether what the function assigns is asked for.
    init(_ function: LuaFunction, of script: LoadedScript, named name: String, changes: Bool = false) throws {
        metrics = FunctionMetrics(name)
        self.function = function
        self.script = script
        place = script.place(of: function)
        let use = RecordUse(ofFunctionAt: function.line, in: script.text)
        quick = try use.map { try QuickTable($0, of: script, changes: changes) }
    }

    /// - Parameter nodes: of the record.
    /// - Throws: ``ScriptFailure``
    func call(_ nodes: UnsafeBufferPointer<cjson_node>) throws -> LuaValue {
        do throws(ScriptError) {
            if let quick, quick.fill(nodes) {
                return try script.call(function, record: quick.table.pointee, in: metrics)
            }
            arguments.removeAll()
            arguments.begin()
            try arguments.append(0, of: nodes)
            return try script.call(function, arguments: arguments, in: metrics)
        } catch {
            throw ScriptFailure(description: error.message)
        }
    }

    /// Calls it the cheap way, for ``change(_:through:after:_:)`` or ``appendAdded(to:isFirst:)`` to say what became of its record.
    ///
    /// - Returns: what it returned, `.nil` where that was nothing or the record itself; `nil` where this is not the way.
    /// - Throws: ``ScriptFailure``
    func callQuickly(_ nodes: UnsafeBufferPointer<cjson_node>) throws -> LuaValue? {
        guard let quick, quick.fill(nodes) else { return nil }
        do throws(ScriptError) {
            return try script.call(function, changing: &quick.table.pointee, in: metrics)
        } catch {
            throw ScriptFailure(description: error.message)
        }
    }

    /// Whether ``callQuickly(_:)`` changed no field that the record had.
    var onlyAdded: Bool {
        guard let quick else { return false }
        let table = quick.table
        for field in table.pointee.firstWritten..<quick.names.count where quick.place(of: field) != FieldSlots.missing {
            // Of a text nobody knows without a look.
            guard table.pointee.change(of: field) == .none else { return false }
        }
        return true
    }

    /// Appends the fields that the record did not have and ``callQuickly(_:)`` left in it.
    ///
    /// - Parameter isFirst: whether no field stands before them.
    /// - Precondition: ``onlyAdded``
    func appendAdded(to output: ByteBuffer, isFirst: Bool) throws {
        guard let quick else { return }
        let table = quick.table
        var isFirst = isFirst
        for field in table.pointee.firstWritten..<quick.names.count where quick.place(of: field) == FieldSlots.missing {
            let change = table.pointee.change(of: field)
            if case .none = change { continue }
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            output.append(quick.keys[field])
            switch change {
            case .none, .nil: break
            case .boolean(let value): output.append(value)
            case .integer(let value): output.append(value)
            case .number(let value):
                try output.append(value, named: String(decoding: quick.names[field], as: UTF8.self))
            case .other:
                let value = try self.change(of: field, quick) ?? .nil
                _ = try output.append(value, named: String(decoding: quick.names[field], as: UTF8.self))
            }
        }
    }

    /// Calls it, and says what became of its record.
    ///
    /// - Parameters:
    ///   - keep: `RecordFunction.keeper`, loaded.
    ///   - result: of ``callQuickly(_:)``, where it has been called.
    ///   - change: gets the names of the fields that are not as they were, each with its new value, `.nil` where it
    ///     was removed.
    /// - Returns: what it returned, `.nil` where that was nothing or the record itself.
    /// - Throws: ``ScriptFailure``
    func change(
        _ nodes: UnsafeBufferPointer<cjson_node>,
        through keep: LuaFunction,
        after result: LuaValue?,
        _ change: (_ name: UnsafeRawBufferPointer, _ place: Int, _ value: LuaValue) throws -> Void
    ) throws -> LuaValue {
        if let quick, let result {
            for field in quick.table.pointee.firstWritten..<quick.names.count {
                guard let value = try self.change(of: field, quick) else { continue }
                let place = quick.place(of: field)
                if place != FieldSlots.missing, nodes[place].isWritten(as: value) { continue }
                try quick.names[field].withUnsafeBytes { try change($0, place, value) }
            }
            return result
        }
        let answer: LuaValue
        do throws(ScriptError) {
            arguments.removeAll()
            arguments.begin()
            arguments.append(function)
            arguments.begin()
            try arguments.append(0, of: nodes)
            answer = try script.call(keep, arguments: arguments, in: metrics)
        } catch {
            throw ScriptFailure(description: error.message)
        }
        guard case .table(let pair) = answer, case .table(let changed)? = pair.array.first else {
            preconditionFailure("the keeper returns the record")
        }
        guard changed.array.isEmpty else {
            throw ScriptFailure(description: "\(place): the record has an entry without a name after derive")
        }
        try report(changed, nodes, change)
        return pair.array.count > 1 ? pair.array[1] : .nil
    }

    /// - Returns: `nil` where the call left the field as it was.
    private func change(of field: Int, _ quick: QuickTable) throws -> LuaValue? {
        switch quick.table.pointee.change(of: field) {
        case .none: return nil
        case .nil: return .nil
        case .boolean(let boolean): return .boolean(boolean)
        case .integer(let integer): return .integer(integer)
        case .number(let number): return .number(number)
        case .other:
            do throws(ScriptError) {
                return try script.written(field, of: quick.table.pointee)
            } catch {
                throw ScriptFailure(description: error.message)
            }
        }
    }

    /// A chunk whose value is a function that calls its first argument with its second, and returns both the record and
    /// the result.
    static let keeper = """
        return function(derive, record)
          local result = derive(record)
          if result == nil or result == record then return { record } end
          return { record, result }
        end
        """

    /// What of a record that came back whole is not as it went in.
    private func report(
        _ changed: LuaTable,
        _ nodes: UnsafeBufferPointer<cjson_node>,
        _ change: (UnsafeRawBufferPointer, Int, LuaValue) throws -> Void
    ) throws {
        // Of fields with the same name the last one counts.
        var places: [String: Int] = [:]
        var field = 1
        while field < Int(nodes[0].end) {
            places[String(decoding: nodes[field].keyBytes, as: UTF8.self)] = field
            field = Int(nodes[field].end)
        }
        for (name, place) in places.sorted(by: { $0.value < $1.value }) where changed[name] == nil {
            try change(nodes[place].keyBytes, place, .nil)
        }
        for field in changed.fields {
            let place = places[field.key] ?? FieldSlots.missing
            if place != FieldSlots.missing, LuaValue(RecordParser.value(at: place, of: nodes)) == field.value {
                continue
            }
            var name = field.key
            try name.withUTF8 { try change(UnsafeRawBufferPointer($0), place, field.value) }
        }
    }
}

/// One Lua table for the fields that a function uses, and where a record has them.
private final class QuickTable {
    let names: [[UInt8]]
    /// Each as `"name":`.
    let keys: [[UInt8]]
    // Behind a pointer, so that each use is not checked for overlapping ones; it is this object's own.
    let table: UnsafeMutablePointer<RecordTable>
    private let slots = FieldSlots()

    init(_ use: RecordUse, of script: LoadedScript, changes: Bool) throws {
        let fields = use.read + use.assigned
        names = fields.map { Array($0.utf8) }
        keys = try fields.map { Array(try JSONValue.string($0).text().utf8) + [UInt8(ascii: ":")] }
        let record = try script.makeRecord(fields: fields, firstWritten: changes ? use.read.count : fields.count)
        table = .allocate(capacity: 1)
        table.initialize(to: record)
        table.pointee.isForStraightFunctions = use.isStraight
        for name in names { _ = slots.slot(of: name) }
    }

    deinit {
        table.deinitialize(count: 1)
        table.deallocate()
    }

    func place(of field: Int) -> Int { slots.place(field) }

    /// - Returns: false where one of the fields is an object or an array.
    func fill(_ nodes: UnsafeBufferPointer<cjson_node>) -> Bool {
        slots.find(in: nodes)
        table.pointee.values.removeAll()
        for field in names.indices {
            let place = slots.place(field)
            guard place != FieldSlots.missing else { continue }
            switch nodes[place].kind {
            case CJSON_NULL: table.pointee.values.setNull(field)
            case CJSON_FALSE: table.pointee.values.set(field, toBoolean: false)
            case CJSON_TRUE: table.pointee.values.set(field, toBoolean: true)
            case CJSON_INTEGER: table.pointee.values.set(field, toInteger: nodes[place].integer)
            case CJSON_REAL, CJSON_DIGITS: table.pointee.values.set(field, toNumber: nodes[place].number)
            case CJSON_TEXT: table.pointee.values.set(field, toUTF8: nodes[place].textBytes)
            default: return false
            }
        }
        return true
    }
}

extension cjson_node {
    /// Whether a value without parts is this one, as scripts see it.
    fileprivate func isWritten(as value: LuaValue) -> Bool {
        switch value {
        case .null: kind == CJSON_NULL
        case .string(let text): kind == CJSON_TEXT && textBytes.elementsEqual(text.utf8)
        default: false
        }
    }
}

extension LuaArguments {
    /// Appends a value of a record, as scripts see it: see `LuaValue.init(_: JSONValue)`.
    ///
    /// - Throws: `.conversion` where it is nested deeper than values that cross may be.
    fileprivate mutating func append(
        _ place: Int,
        of nodes: UnsafeBufferPointer<cjson_node>,
        depth: Int = 0
    ) throws(ScriptError) {
        let node = nodes[place]
        switch node.kind {
        case CJSON_FALSE: append(false)
        case CJSON_TRUE: append(true)
        case CJSON_INTEGER: append(node.integer)
        case CJSON_REAL, CJSON_DIGITS: append(node.number)
        case CJSON_TEXT: append(utf8: node.textBytes)
        case CJSON_ARRAY, CJSON_OBJECT:
            guard depth < LuaArguments.depth else {
                throw .conversion(path: "", reason: "the value is nested too deeply")
            }
            let isArray = node.kind == CJSON_ARRAY
            var count = 0
            var item = place + 1
            while item < Int(node.end) {
                count += 1
                item = Int(nodes[item].end)
            }
            beginTable(items: isArray ? count : 0, fields: isArray ? 0 : count, isArray: isArray)
            item = place + 1
            while item < Int(node.end) {
                if !isArray { append(name: nodes[item].keyBytes) }
                try append(item, of: nodes, depth: depth + 1)
                item = Int(nodes[item].end)
            }
        default: appendNull()
        }
    }
}
