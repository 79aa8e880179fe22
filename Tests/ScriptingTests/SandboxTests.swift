import Scripting
import Testing

@Suite struct SandboxTests {
    @Test(arguments: [
        "io", "os", "package", "require", "debug", "dofile", "loadfile", "load", "loadstring", "warn",
        "string.dump", "coroutine.close",
    ])
    func `the sandbox leaves it out`(name: String) throws {
        #expect(try run("return \(name)") == .nil)
    }

    @Test(arguments: [
        "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "print", "rawequal", "rawget", "rawlen",
        "rawset", "select", "setmetatable", "tonumber", "tostring", "type", "xpcall", "array",
        "coroutine.create", "coroutine.isyieldable", "coroutine.resume", "coroutine.running", "coroutine.status",
        "coroutine.wrap", "coroutine.yield", "math.random", "string.format", "string.gmatch", "string.pack",
        "table.concat", "table.sort", "table.unpack", "utf8.codes", "utf8.len",
    ])
    func `the sandbox keeps it`(name: String) throws {
        #expect(try run("return type(\(name))") == .string("function"))
    }

    @Test(arguments: [
        Case("return getmetatable('')", "false"),
        Case("string.upper = nil; return ('a'):upper()", "A"),
        Case("return pcall(setmetatable, {}, {__gc = print})", "false"),
        Case(
            "local t = setmetatable({}, {}); getmetatable(t).__gc = 1; return pcall(setmetatable, t, getmetatable(t))",
            "false"
        ),
        Case("return getmetatable(null)", "false"),
        Case("return getmetatable(array {})", "false"),
        Case("return pcall(collectgarbage)", "false"),
        Case("return math.type(collectgarbage('count'))", "float"),
        Case("return math.randomseed(1)", "nil"),
    ])
    func `what all scripts share cannot be changed by one`(attempt: Case) throws {
        #expect(try run(attempt.source).description == attempt.expected)
    }

    @Test(arguments: ["\u{1B}Lua", "\u{1B}Lua\u{54}\u{0}\u{19}\u{93}\r\n"])
    func `bytecode is refused before it runs`(source: String) {
        let error = #expect(throws: ScriptError.self) { try run(source) }
        #expect(error?.message.contains("attempt to load a binary chunk") == true)
    }

    @Test(arguments: [
        Case("x = 1", "'x' cannot be assigned"),
        Case("math.pi = 3", "'pi' cannot be assigned"),
        Case("host.f = 3", "'f' cannot be assigned"),
        Case("rawset(_G, 'x', 1)", "'x' cannot be assigned"),
        Case("rawset(math, 'pi', 1)", "'pi' cannot be assigned"),
        Case("table.insert(math, 1)", "does not change after loading"),
        Case("setmetatable(_G, nil)", "cannot change a protected metatable"),
        Case("local _, behind = pairs(math); behind.pi = 3", "'pi' cannot be assigned"),
    ])
    func `frozen globals cannot be assigned`(attempt: Case) throws {
        var lua = makeState()
        lua.registerTable("host", [("f", { _ throws(ScriptError) in .nil })])
        try lua.load("counts = {}", name: "first.lua")
        lua.freezeGlobals()
        let error = #expect(throws: ScriptError.self) { try lua.load(attempt.source, name: "late.lua") }
        #expect(error?.message.hasPrefix("late.lua:1: ") == true)
        #expect(error?.message.contains(attempt.expected) == true)
        #expect(try lua.load("counts.n = math.abs(-1); return counts.n", name: "own.lua") == .integer(1))
        #expect(
            try lua.load("local n = 0 for k in pairs(math) do n = n + 1 end return n > 20", name: "own.lua")
                == .boolean(true)
        )
    }

    @Test func `print reaches the host with its line, and stops there when it floods`() throws {
        var lines: [String] = []
        var lua = LuaState(seed: 1) { lines.append("\($0) \($1)") }
        try lua.load("print('a', 1, nil, {})\nfor i = 1, 1000 do print(i) end", name: "talk.lua")
        #expect(lines.first == "talk.lua:1 a\t1\tnil\ttable")
        #expect(lines.count == 101)
        #expect(lines.last?.contains("prints too much") == true)
        try lua.load("print(('x'):rep(5000))", name: "talk.lua")
        #expect(lines.last?.utf8.count == "talk.lua:1 ".utf8.count + 1000)
    }
}
