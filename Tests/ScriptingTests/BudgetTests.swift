import Scripting
import Testing

@Suite struct BudgetTests {
    /// Every way to go on after the budget is spent, and to spend it where the hook does not look.
    static let instructions: [String] = [
        "while true do end",
        "::again:: goto again",
        "for i = 1, math.huge do end",
        "local function f() return f() end f()",
        "while true do pcall(function() while true do end end) end",
        "local function h() while true do end end while true do xpcall(error, h) end",
        "local function h(e) while true do end end xpcall(function() while true do end end, h)",
        "coroutine.wrap(function() while true do end end)()",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        "while true do coroutine.wrap(function() for i = 1, 200 do end end)() end",
        "local c = coroutine.wrap(function() while true do pcall(coroutine.yield) end end) while true do c() end",
        "local x <close> = setmetatable({}, {__close = function() while true do end end}) while true do end",
        "local m = {__close = function() while true do pcall(error) end end} local function f(n) "
            + "local x <close> = setmetatable({}, m) if n < 100 then local y = f(n + 1) end while true do end end f(1)",
        "local t = setmetatable({}, {__index = function(t, k) while true do end end}) pcall(function() return t.x end)",
        "local m = {__eq = function() while true do end end} "
            + "pcall(function() return setmetatable({}, m) == setmetatable({}, m) end)",
        "table.sort({3, 2, 1}, function() while true do end end)",
        "('x'):gsub('.', function() while true do end end)",
        "error(setmetatable({}, {__tostring = function() while true do end end}))",
        "while true do pcall(tostring, setmetatable({}, {__tostring = function() while true do end end})) end",
    ]

    @Test(arguments: instructions)
    func `an endless loop is stopped however it is wrapped`(source: String) {
        expectLimit([.instructions], source)
    }

    /// One instruction, any amount of work in C.
    static let work: [String] = [
        "local s = ('x'):rep(200000) while true do s:upper() end",
        "local s = ('x'):rep(200000) while true do local t = s .. 'y' end",
        "local s = ('x'):rep(200000) while true do s:byte(1, 5000) end",
        "while true do string.pack('c100000', 'x') end",
        "local f = ('b'):rep(100000) while true do string.packsize(f) end",
        "local s = 'a' .. ('\\x80'):rep(100000) while true do pcall(function() for _ in utf8.codes(s) do end end) end",
        "while true do select('#', table.unpack({}, 1, 5000)) end",
        "table.concat({}, '', 1, math.maxinteger)",
        "table.move({}, 1, math.maxinteger - 1, 2)",
        "table.unpack({}, 1, math.maxinteger - 1)",
        "while true do table.unpack({}, 1, 100) end",
        "local t = {} for i = 1, 5000 do t[i] = i end while true do table.insert(t, 1, 0) table.remove(t, 1) end",
        "local t = {} for i = 1, 3000 do t[i] = i % 7 end while true do table.sort(t) end",
        "local a, b, t = ('x'):rep(99999) .. 'a', ('x'):rep(99999) .. 'b', {} "
            + "for i = 1, 500 do t[i] = i * 7919 % 2 == 0 and a or b end while true do table.sort(t) end",
        "local t = {} for i = 1, 9000 do t['k' .. i] = 1 end while true do next(t) end",
        "local t = {} for i = 1, 9000 do t['k' .. i] = 1 end while true do pairs(t) end",
        "local s = ('0'):rep(200000) while true do tonumber(s, 8) end",
        "while true do ('%99.99f%99.99f'):format(1e308, -1e308) end",
        "print(1) while true do print(('x'):rep(900)) end",
    ]

    @Test(arguments: work)
    func `work inside a library function is charged`(source: String) {
        expectLimit([.work], source)
    }

    static let patterns: [String] = [
        "return (('a'):rep(3000)):find(('.-'):rep(12) .. 'b')",
        "return (('a'):rep(3000)):match(('a*'):rep(6) .. 'b')",
        "for _ in ((' '):rep(3000)):gmatch('(%s*)(%s*)(%s*)x') do end",
        "return (('x'):rep(50)):gsub('.', function() return (('a'):rep(3000)):gsub(('a-'):rep(6) .. 'b', '') end)",
        "return (('('):rep(20000)):find('%b()')",
        "return (('z'):rep(20000)):find('[' .. ('b-c'):rep(9000) .. ']*q')",
        "return (('a'):rep(3000)):find('(.*)(.*)%1%2b')",
        "return ((' '):rep(20000) .. 'x '):match('^(.-)%s*$')",
        "while true do pcall(string.find, ('a'):rep(3000), ('a?'):rep(25) .. ('a'):rep(25) .. 'b') end",
        "local s = ('a'):rep(60000) while true do s:find(('a'):rep(40) .. 'b', 1, true) end",
    ]

    @Test(arguments: patterns)
    func `back-tracking is charged`(source: String) {
        expectLimit([.work], source)
    }

    static let memory: [String] = [
        "local t = {} while true do t[#t + 1] = {} end",
        "local s = 'x' while true do s = s .. s end",
        "return #('x'):rep(1 << 40)",
        "return #('x'):rep(1 << 33, 'y')",
        "local s, t = ('x'):rep(1 << 16), {} for i = 1, 100 do t[i] = s end return #table.concat(t)",
        "return #(('x'):rep(20000):gsub('.', ('y'):rep(20000)))",
        "local t = {} for i = 1, 1e6 do t[i] = coroutine.create(print) end",
        "local t = {} while true do pcall(function() while true do t[#t + 1] = ('y'):rep(1000) .. #t end end) end",
        "while true do pcall(string.rep, 'x', 1 << 40) end",
        "pcall(function() local t = {} while true do t[#t + 1] = {} end end) return 'survived'",
        "coroutine.resume(coroutine.create(function() local t = {} while true do t[#t + 1] = {} end end)) return 1",
        "local function f() return 1 + f() end return f()",
        "while true do coroutine.resume(coroutine.create(function() local t = {} while true do t = {t} end end)) end",
    ]

    @Test(arguments: memory)
    func `the heap has a ceiling that cannot be caught`(source: String) {
        // Filling it takes instructions and work too: whichever is spent first.
        expectLimit(
            [.memory],
            source,
            ScriptBudget(instructions: 20_000_000, work: 100_000_000, heapBytes: 2 << 20, wallTime: nil)
        )
    }

    @Test func `garbage does not count against the ceiling`() throws {
        let source = "local n = 0 for i = 1, 200 do n = n + #(('x'):rep(100000) .. i) end return n"
        #expect(try run(source, budget: ScriptBudget(heapBytes: 1 << 20, wallTime: nil)) == .integer(20_000_492))
    }

    @Test(arguments: [
        "local a, b = ('x'):rep(200000) .. 'a', ('x'):rep(200000) .. 'b' while true do local c = a == b end",
        "local s = (' '):rep(200000) .. '1' while true do local c = s + 0 end",
        "while true do end",
    ])
    func `the watchdog ends what the budgets cannot see`(source: String) {
        let budget = ScriptBudget(instructions: .max / 8, work: .max / 8, wallTime: .nanoseconds(1))
        expectLimit([.time], source, budget)
    }

    @Test func `a call is interrupted from outside, and the next is not`() throws {
        var lua = makeState()
        let watch = lua.watch
        lua.register("interruptMe") { _ throws(ScriptError) in
            if let number = watch.current { watch.interrupt(number) }
            return .nil
        }
        let budget = ScriptBudget(instructions: .max / 8, work: .max / 8, wallTime: nil)
        let error = #expect(throws: ScriptError.self) {
            try lua.load(
                "interruptMe() while true do pcall(function() while true do end end) end",
                name: "a.lua",
                budget: budget
            )
        }
        guard case .limit(.time, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(watch.current == nil)
        #expect(
            try lua.load("local n = 0 for i = 1, 1e5 do n = n + 1 end return n", name: "b.lua") == .integer(100_000)
        )
    }

    @Test func `a killed function can be called again, and others never notice`() throws {
        var lua = makeState()
        try lua.load("function spin() while true do end end function fine(x) return x + 1 end", name: "a.lua")
        let spin = try lua.function("spin")
        let fine = try lua.function("fine")
        for round in 0..<20 {
            #expect(throws: ScriptError.self) { try lua.call(spin, budget: small) }
            #expect(try lua.call(fine, [.integer(Int64(round))]) == .integer(Int64(round) + 1))
        }
    }

    @Test func `a limit names the line and what was spent`() {
        let error = #expect(throws: ScriptError.self) {
            try run("local n = 0\nwhile true do\nn = n + 1\nend", name: "spin.lua")
        }
        #expect(error?.message.hasPrefix("spin.lua:") == true)
        #expect(error?.message.contains("script ran too long (more than 300000 instructions)") == true)
    }

    private func expectLimit(_ limits: [ScriptLimit], _ source: String, _ budget: ScriptBudget = small) {
        var lua = makeState()
        let error = #expect(throws: ScriptError.self) { try lua.load(source, name: "attack.lua", budget: budget) }
        guard case .limit(let limit, let message)? = error else {
            Issue.record("not a limit: \(String(describing: error))")
            return
        }
        #expect(limits.contains(limit), "\(message)")
        #expect(message.hasPrefix("attack.lua:"))
        #expect((try? lua.load("return ('still'):upper()", name: "after.lua")) == .string("STILL"))
    }
}

extension LuaState {
    mutating func function(_ name: String) throws -> LuaFunction {
        guard case .function(let function) = try global(name) else { throw ScriptError.refused("no function \(name)") }
        return function
    }
}
