import Scripting
import Testing

@Suite struct ConversionTests {
    @Test(arguments: [
        Case("return nil", "nil"),
        Case("return null", "null"),
        Case("return math.mininteger", "-9223372036854775808"),
        Case("return math.maxinteger", "9223372036854775807"),
        Case("return 2^63", "9.223372036854776e+18"),
        Case("return 0/0 ~= 0/0", "true"),
        Case("return -math.huge", "-inf"),
        Case("return 1.0", "1.0"),
        Case("return 'text'", "text"),
        Case("return {}", "{}"),
        Case("return array {}", "[]"),
        Case("return {1, 'a', false}", "[1,\"a\",false]"),
        Case("return {b = 1, a = {null, {}}}", "{\"a\":[null,{}],\"b\":1}"),
        Case("return {1, x = 2}", "{1:1,\"x\":2}"),
        Case("return {s = 'q\"\\n\\1'}", "{\"s\":\"q\\\"\\n\\u0001\"}"),
        Case("return function() end", "function: test.lua:1"),
    ])
    func `a value leaves the script and reads well`(value: Case) throws {
        #expect(try run(value.source).description == value.expected)
    }

    @Test(arguments: [
        Case("return {[1.5] = 1}", "the value: a fraction cannot be a key here"),
        Case("return {a = {[true] = 1}}", "a: a boolean cannot be a key here"),
        Case("return {a = {{[{}] = 1}}}", "a[1]: a table cannot be a key here"),
        Case("return {1, nil, 3}", "[2]: a list cannot have holes; use null for an entry without a value"),
        Case("return {[0] = 1}", "[0]: a list starts at 1"),
        Case("return {[math.maxinteger] = 1}", "[1]: a list cannot have holes; use null for an entry without a value"),
        Case("local t = {} t.a = {b = t} return t", "a.b: the table contains itself"),
        Case(
            "return {features = {{name = 1}, {name = coroutine.create(print)}}}",
            "features[2].name: a thread cannot leave the script"
        ),
        Case(
            "local t = {} for i = 1, 40 do t = {t} end return t",
            String(repeating: "[1]", count: 32) + ": the value is nested too deeply"
        ),
        Case("return {['\\xff'] = 1}", "\u{FFFD}: a field's name must be UTF-8"),
    ])
    func `what cannot leave is named by its path`(value: Case) {
        let error = #expect(throws: ScriptError.self) { try run(value.source) }
        guard case .conversion? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.message == value.expected)
    }

    @Test(arguments: [
        ("local t = {} for i = 1, 1001 do t[i] = i end return {list = t}", "list: the value has too many entries"),
        ("return {x = ('y'):rep(70000)}", "x: the value is too large"),
    ])
    func `a result has a size limit`(source: String, message: String) {
        let budget = ScriptBudget(resultEntries: 1000, resultBytes: 1 << 16)
        let error = #expect(throws: ScriptError.self) { try run(source, budget: budget) }
        #expect(error == .limit(.result, message: message))
    }

    @Test func `one table in two places is no cycle`() throws {
        #expect(try run("local t = {1} return {a = t, b = t}").description == "{\"a\":[1],\"b\":[1]}")
    }

    @Test func `every value comes back as it went`() throws {
        let values: [LuaValue] = [
            .nil, .null, .boolean(true), .integer(.min), .integer(.max), .number(-0.0), .number(.infinity),
            .number(.leastNonzeroMagnitude),
            .string(""), .string("é€𝄞\u{0}"), .bytes([0xFF, 0xFE, 0]), .table(LuaTable()), .table(LuaTable(array: [])),
            .table(LuaTable(array: [.null, .table(LuaTable(array: []))])),
            .table(LuaTable(fields: [("z", .integer(1)), ("a", .table(LuaTable())), ("", .string("empty"))])),
        ]
        var lua = makeState()
        try lua.load("function same(x) return x end", name: "same.lua")
        let same = try lua.function("same")
        for value in values { #expect(try lua.call(same, [value]) == value) }
        guard case .number(let nan) = try lua.call(same, [.number(.nan)]) else {
            Issue.record("no number")
            return
        }
        #expect(nan.isNaN)
    }

    @Test func `a list from the host stays a list when the script empties it`() throws {
        var lua = makeState()
        try lua.load("function pop(t) t[1] = nil return t end", name: "pop.lua")
        #expect(
            try lua.call(try lua.function("pop"), [.table(LuaTable(array: [.integer(1)]))])
                == .table(LuaTable(array: []))
        )
    }

    @Test func `fields are found by name and kept sorted`() {
        var table = LuaTable(fields: [("b", .integer(1)), ("a", .integer(2)), ("b", .integer(3))])
        #expect(table.fields.map(\.key) == ["a", "b"])
        #expect(table["b"] == .integer(3))
        table["ab"] = .null
        table["a"] = nil
        #expect(table.fields.map(\.key) == ["ab", "b"])
        #expect(table["a"] == nil)
    }

    @Test func `a value nested too deeply does not enter either`() {
        var value = LuaValue.table(LuaTable())
        for _ in 0..<40 { value = .table(LuaTable(array: [value])) }
        var lua = makeState()
        #expect(throws: ScriptError.self) { try lua.set(global: "deep", to: value) }
    }

    @Test func `functions inside a table come back to their state with what stands beside them`() throws {
        var lua = LuaState(seed: 1) { _, _ in }
        let value = try lua.load(
            "return { f = function() return 7 end, g = 5, h = { function() return 8 end, 'x' } }",
            name: "a"
        )
        try lua.set(global: "t", to: value)
        let shown = try lua.load("return { t.f(), t.g, t.h[1](), t.h[2] }", name: "b")
        #expect(shown == .table(LuaTable(array: [.integer(7), .integer(5), .integer(8), .string("x")])))
    }

    @Test func `functions that nobody holds any more are let go of`() throws {
        var lua = makeState()
        try lua.load("function make() return {f = function() return 1 end} end", name: "make.lua")
        let make = try lua.function("make")
        for _ in 0..<30_000 { _ = try lua.call(make) }
        #expect(lua.heapBytes < 1 << 20)
    }

    @Test func `functions of a value that could not leave are let go of`() throws {
        var lua = makeState()
        try lua.load("function bad() return {print, function() end, coroutine.create(print)} end", name: "bad.lua")
        let bad = try lua.function("bad")
        for _ in 0..<12_000 {
            let error = #expect(throws: ScriptError.self) { try lua.call(bad) }
            #expect(error?.message == "[3]: a thread cannot leave the script")
        }
    }
}
