import Scripting

/// Where the `state` functions of a script find its state: that of a role, or a throw-away one.
final class ScriptStateSlot {
    /// `nil` while the script loads, and in scripts that have none.
    var state: ScriptState?
    /// Whether the call at hand has asked for it.
    var isTouched = false
}

/// `state.get`, `state.set` and `state.add`, as scripts see them.
extension ScriptState {
    static func register(in lua: inout LuaState, _ slot: ScriptStateSlot) {
        lua.registerTable(
            "state",
            [
                (
                    "get",
                    { call throws(ScriptError) in
                        let (state, key) = try place(call, slot)
                        guard let value = state.value(key) else { return try call.value(2) }
                        return LuaValue(value)
                    }
                ),
                (
                    "set",
                    { call throws(ScriptError) in
                        let (state, key) = try place(call, slot)
                        try state.set(key, to: try kept(try call.value(2)), for: try life(try call.value(3)))
                        return .nil
                    }
                ),
                (
                    "add",
                    { call throws(ScriptError) in
                        let (state, key) = try place(call, slot)
                        let amount = try call.value(2)
                        guard amount.double != nil else {
                            throw .argument(position: 2, expected: "finite number", got: amount.shown)
                        }
                        return LuaValue(try state.add(key, amount, for: try life(try call.value(3))))
                    }
                ),
            ]
        )
    }

    private static func place(
        _ call: borrowing HostCall,
        _ slot: ScriptStateSlot
    ) throws(ScriptError) -> (state: ScriptState, key: [UInt8]) {
        guard let state = slot.state else {
            throw .refused("there is a state only in functions of detect.lua and notify.lua, once they have loaded")
        }
        guard case .string(let text) = try call.value(1), !text.isEmpty, text.utf8.count <= keyLimit else {
            throw .argument(
                position: 1,
                expected: "a key, text of 1 to \(keyLimit) bytes",
                got: try call.value(1).shown
            )
        }
        slot.isTouched = true
        return (state, Array(text.utf8))
    }

    /// What may be kept: true, false, numbers, texts, and flat tables of them.
    ///
    /// - Returns: `nil` for nil.
    static func kept(_ value: LuaValue) throws(ScriptError) -> JSONValue? {
        if value == .nil { return nil }
        guard case .table(let table) = value else { return try scalar(value) }
        guard table.fields.isEmpty || table.array.isEmpty else { throw .refused("a table has either a list or names") }
        if table.fields.isEmpty, table.isArray || !table.array.isEmpty {
            var items: [JSONValue] = []
            for item in table.array { items.append(try scalar(item)) }
            return .array(items)
        }
        var object = JSONObject()
        for field in table.fields { object[field.key] = try scalar(field.value) }
        return .object(object)
    }

    private static func scalar(_ value: LuaValue) throws(ScriptError) -> JSONValue {
        switch value {
        case .boolean(let value): return .boolean(value)
        case .integer(let value): return .integer(value)
        case .number(let value) where value.isFinite: return .number(value)
        case .string(let value): return .string(value)
        default:
            throw .refused("\(value.shown) cannot be kept; true, false, numbers, texts and flat tables of them can")
        }
    }

    /// A time to live: seconds, or a text such as `"5m"`; `nil` for ever.
    private static func life(_ value: LuaValue) throws(ScriptError) -> Milliseconds? {
        if value == .nil { return nil }
        guard let time = LuaValue.duration(value), time > .zero else {
            throw .argument(position: 3, expected: "seconds or a text such as \"5m\", up to a year", got: value.shown)
        }
        return time.milliseconds
    }
}

extension LuaValue {
    /// Seconds, or a text such as `"90s"`, `"5m"`, `"2h"`, `"1d"`, up to a year.
    static func duration(_ value: LuaValue) -> Duration? {
        var seconds = value.double
        if case .string(let text) = value, let unit = text.last,
            let factor = ["s": 1.0, "m": 60, "h": 3600, "d": 86_400][unit]
        {
            seconds = Double(text.dropLast()).map { $0 * factor }
        }
        guard let seconds, (0...31_536_000).contains(seconds) else { return nil }
        return .milliseconds(Int64(seconds * 1000))
    }
}

/// Brings a state to the version that a script is written for.
enum ScriptStateMigration {
    /// - Parameter migrate: detect.lua's function; `nil` where it has none, and the state then begins empty.
    /// - Returns: what happened, for the log; `nil` where nothing did.
    /// - Throws: ``ScriptFailure``; the state is as it was then.
    static func bring(
        _ state: ScriptState,
        to version: Int,
        _ migrate: ((LuaTable, Int) throws -> LuaTable)?
    ) throws -> String? {
        guard version > state.version else { return nil }
        guard !state.isEmpty else {
            state.version = version
            return nil
        }
        let old = state.version
        var values: [(key: [UInt8], value: JSONValue)] = []
        if let migrate {
            let entries = state.entries.sorted { $0.value.age < $1.value.age }
            let table = LuaTable(
                fields: entries.map { (String(decoding: $0.key, as: UTF8.self), LuaValue($0.value.value)) }
            )
            let new = try migrate(table, old)
            guard new.array.isEmpty, new.fields.count <= ScriptState.changeLimit * 10 else {
                throw ScriptFailure(description: "migrate has to return a table of keys and values, of names only")
            }
            do throws(ScriptError) {
                for field in new.fields {
                    guard !field.key.isEmpty, field.key.utf8.count <= ScriptState.keyLimit else {
                        throw .refused("a key has 1 to \(ScriptState.keyLimit) bytes")
                    }
                    if let value = try ScriptState.kept(field.value) { values.append((Array(field.key.utf8), value)) }
                }
            } catch {
                throw ScriptFailure(description: "what migrate returned: \(error.message)")
            }
        }
        do throws(ScriptError) { try state.replace(with: values, version: version) } catch {
            state.end(isGood: false)
            throw ScriptFailure(description: "what migrate returned: \(error.message)")
        }
        return "script state of version \(old) became version \(version): \(values.count) entries"
            + (migrate == nil ? ", because there is no migrate" : "")
    }
}
