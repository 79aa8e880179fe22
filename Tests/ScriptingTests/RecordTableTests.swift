import Scripting
import Testing

@Suite struct RecordTableTests {
    @Test func `a record is refilled for each call`() throws {
        var lua = makeState()
        try lua.load(
            "function f(r) return r.name .. ' ' .. tostring(r.accuracy) .. ' ' .. tostring(r.extra) end",
            name: "f.lua"
        )
        let function = try lua.function("f")
        var record = try lua.makeRecord(fields: ["name", "accuracy", "extra"])
        for (name, accuracy) in [("Wendy", 12), ("", -1), ("J\u{0}ohn", 95)] {
            record.values.removeAll()
            record.values.set(0, toString: name)
            record.values.set(1, toInteger: Int64(accuracy))
            #expect(try lua.call(function, record: record) == .string("\(name) \(accuracy) nil"))
        }
        record.values.removeAll()
        record.values.set(0, toUTF8: Array("bytes".utf8).span)
        record.values.set(1, toNumber: 1.5)
        record.values.setNull(2)
        #expect(try lua.call(function, record: record) == .string("bytes 1.5 null"))
    }

    @Test(arguments: [
        "r.extra = 1", "rawset(r, 'extra', 1)", "table.insert(r, 1)", "setmetatable(r, nil)", "setmetatable(r, {})",
    ])
    func `a script cannot leave anything in it for the next record`(attempt: String) throws {
        var lua = makeState()
        try lua.load(
            "function f(r) \(attempt) end function g(r) local n = 0 for k in pairs(r) do n = n + 1 end return n end",
            name: "f.lua"
        )
        var record = try lua.makeRecord(fields: ["a"])
        record.values.set(0, toInteger: 1)
        let f = try lua.function("f")
        let g = try lua.function("g")
        #expect(throws: ScriptError.self) { try lua.call(f, record: record) }
        #expect(try lua.call(g, record: record) == .integer(1))
    }

    @Test func `plain arguments of every kind arrive, and results of every kind return`() throws {
        var lua = makeState()
        try lua.load(
            "function f(a, b, c, d, e, g) return {math.type(a), math.type(b), type(c), d, tostring(e), tostring(g)} end function k() return 3 end",
            name: "f.lua"
        )
        var scalars = LuaScalars(count: 6)
        scalars.set(0, toInteger: .min)
        scalars.set(1, toNumber: .nan)
        scalars.set(2, toBoolean: true)
        scalars.set(3, toString: "s")
        scalars.setNull(4)
        let f = try lua.function("f")
        let k = try lua.function("k")
        #expect(
            try lua.call(f, scalars: scalars).description
                == "[\"integer\",\"float\",\"boolean\",\"s\",\"null\",\"nil\"]"
        )
        #expect(try lua.call(k, scalars: LuaScalars(count: 0)) == .integer(3))
    }

    @Test func `a cheap call is under the same budget`() throws {
        var lua = makeState()
        try lua.load("function f() while true do pcall(function() while true do end end) end end", name: "f.lua")
        let f = try lua.function("f")
        let error = #expect(throws: ScriptError.self) { try lua.call(f, scalars: LuaScalars(count: 0), budget: small) }
        guard case .limit(.instructions, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
