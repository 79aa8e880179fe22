import Scripting
import Testing

@Suite struct HostFunctionTests {
    @Test func `a script calls the host and gets its answer`() throws {
        var lua = makeState()
        var heard: [String] = []
        lua.register("note") { call throws(ScriptError) in
            heard.append("\(call.location) \(try call.string(1)) \(call.count)")
            return .integer(Int64(heard.count))
        }
        try lua.load("assert(note('a') == 1)\nassert(note('b', nil, nil) == 2)", name: "scripts/test.lua")
        #expect(heard == ["scripts/test.lua:1 a 1", "scripts/test.lua:2 b 3"])
    }

    @Test(arguments: [
        Case("take.number()", "take.number: argument 1: expected number, got no value"),
        Case("take.number('8')", "take.number: argument 1: expected number, got string"),
        Case("take.number(nil)", "take.number: argument 1: expected number, got nil"),
        Case("take.integer(1.5)", "take.integer: argument 1: expected integer, got 1.5"),
        Case("take.integer(2^63)", "take.integer: argument 1: expected integer, got 9.223372036854776e+18"),
        Case("take.integer(0/0)", "take.integer: argument 1: expected integer, got "),
        Case("take.string({})", "take.string: argument 1: expected string, got table"),
        Case("take.string('\\xff')", "take.string: argument 1: expected text in UTF-8, got other bytes"),
        Case("take.table(null)", "take.table: argument 1: expected table, got null"),
        Case("take.table({a = {1, nil, 3}})", "take.table: argument 1, a[2]: a list cannot have holes"),
        Case("take.fn(5)", "take.fn: argument 1: expected function, got number"),
        Case("take.refused()", "take.refused: the sequence is used already"),
    ])
    func `a wrong argument is named, with the script's line`(bad: Case) {
        var lua = makeState()
        lua.registerTable(
            "take",
            [
                ("number", { call throws(ScriptError) in .number(try call.number(1)) }),
                ("integer", { call throws(ScriptError) in .integer(try call.integer(1)) }),
                ("string", { call throws(ScriptError) in .string(try call.string(1)) }),
                ("table", { call throws(ScriptError) in .table(try call.table(1)) }),
                ("fn", { call throws(ScriptError) in .function(try call.function(1)) }),
                ("refused", { _ throws(ScriptError) in throw .refused("the sequence is used already") }),
            ]
        )
        let error = #expect(throws: ScriptError.self) { try lua.load("\n\(bad.source)", name: "rules.lua") }
        #expect(error?.message.hasPrefix("rules.lua:2: \(bad.expected)") == true, "\(String(describing: error))")
        #expect(error?.traceback?.contains("rules.lua:2") == true)
    }

    @Test func `a script may catch what the host refuses`() throws {
        var lua = makeState()
        lua.register("refuse") { _ throws(ScriptError) in throw .refused("no") }
        let value = try lua.load("local ok, why = pcall(refuse) return tostring(ok) .. ' ' .. why", name: "a.lua")
        #expect(value == .string("false refuse: no"))
    }

    @Test func `an argument too large ends the call, caught or not`() throws {
        var lua = makeState()
        lua.register("take") { call throws(ScriptError) in .table(try call.table(1)) }
        let source = "local t = {} for i = 1, 1001 do t[i] = 1 end pcall(take, t) return 'went on'"
        let error = #expect(throws: ScriptError.self) {
            try lua.load(source, name: "a.lua", budget: ScriptBudget(resultEntries: 1000))
        }
        guard case .limit(.result, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try lua.load("return #take({1, 2})", name: "b.lua") == .integer(2))
    }

    @Test func `a host function that allocates in Lua meets the ceiling without harm`() throws {
        var lua = makeState()
        lua.register("big") { _ throws(ScriptError) in .string(String(repeating: "x", count: 300_000)) }
        let error = #expect(throws: ScriptError.self) {
            try lua.load(
                "local t = {} while true do t[#t + 1] = big() .. #t end",
                name: "a.lua",
                budget: ScriptBudget(heapBytes: 1 << 20)
            )
        }
        guard case .limit(.memory, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a load-only function cannot be called later`() throws {
        var lua = makeState()
        lua.register("choice", phase: .loading) { call throws(ScriptError) in try call.value(1) }
        try lua.load("kept = choice({1, 2}) function late() return choice({3}) end", name: "record.lua")
        let late = try lua.function("late")
        let error = #expect(throws: ScriptError.self) { try lua.call(late) }
        #expect(error?.message == "record.lua:1: choice: can only be called while the script loads")
        #expect(try lua.global("kept").description == "[1,2]")
    }

    @Test func `a function passed to the host can be called later`() throws {
        var lua = makeState()
        var rule: LuaFunction?
        lua.register("rule") { call throws(ScriptError) in
            rule = try call.function(1)
            return .nil
        }
        try lua.load("\n\nrule(function(a, b) return a .. b end)", name: "scripts/inject.lua")
        let function = try #require(rule)
        #expect(function.source == "scripts/inject.lua")
        #expect(function.line == 3)
        #expect(try lua.call(function, [.string("x"), .integer(1)]) == .string("x1"))
    }

    @Test func `a function kept from a call that then fails stays valid`() throws {
        var lua = makeState()
        var kept: LuaFunction?
        lua.register("keep") { call throws(ScriptError) in
            kept = try call.function(1)
            return .nil
        }
        #expect(throws: ScriptError.self) { try lua.load("keep(function() return 7 end) error('late')", name: "a.lua") }
        for _ in 0..<10 { try lua.load("return {function() return 8 end}", name: "b.lua") }
        #expect(try lua.call(try #require(kept)) == .integer(7))
    }

    @Test(arguments: [
        Case("x = = 1", "bad.lua:1: unexpected symbol near '='"),
        Case("\n\nlocal t = nil\nt.x = 1", "bad.lua:4: attempt to index a nil value (local 't')"),
        Case("error('boom')", "bad.lua:1: boom"),
        Case("error('no place', 0)", "no place"),
        Case("error({code = 7})", "the script raised a table instead of a message"),
        Case("error(setmetatable({}, {__tostring = function() return 'made' end}))", "made"),
        Case("string.rep()", "bad.lua:1: bad argument #1 to 'rep' (string expected, got no value)"),
        Case("('x'):rep({})", "bad.lua:1: bad argument #1 to 'rep' (number expected, got table)"),
        Case("error('first\\nsecond')", "bad.lua:1: first"),
    ])
    func `an error names file and line in one line`(bad: Case) {
        let error = #expect(throws: ScriptError.self) { try run(bad.source, name: "bad.lua") }
        #expect(error?.message == bad.expected)
        #expect(error?.description == bad.expected)
    }
}
