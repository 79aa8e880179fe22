import Scripting
import Testing

@testable import AnomaliesAgent

/// What scripts remember: which values, for how long, how many, and when a change counts.
@Suite struct ScriptStateTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    /// A detect.lua whose `decide` runs `body` and returns its first value as the message.
    private func script(_ body: String, beside: String = "") throws -> DetectScript {
        let directory = try bench.scripts([
            "detect.lua": """
            return { features = { "a" }, \(beside) decide = function(record, result)
              local value = (function() \(body) end)()
              return { message = tostring(value) }
            end }
            """
        ])
        let sources = try ScriptSources.read(directory, files: bench.files)
        var environment = bench.environment()
        // A debug build on a busy machine is no reason to end a call.
        environment.budget.wallTime = nil
        return try ScriptLoader(sources: sources, environment: environment).detect()
    }

    /// What it returns, with this state at this time.
    private func call(_ script: DetectScript, _ state: ScriptState, at time: Milliseconds = 0) throws -> String {
        script.remember(state)
        script.note(time: time)
        return try script.decide(record: [:], .zero, nil)?.message ?? ""
    }

    private func keys(_ state: ScriptState) -> [String] {
        state.entries.sorted { $0.value.age < $1.value.age }.map { String(decoding: $0.key, as: UTF8.self) }
    }

    @Test(arguments: [
        ("true", "boolean true"), ("false", "boolean false"), ("7", "integer 7"), ("7.0", "float 7.0"),
        ("9007199254740993", "integer 9007199254740993"), ("0.1", "float 0.1"), ("\"é\\n\"", "nil é\n"),
        ("{ 1, 2.5, \"x\" }", "nil 1|2.5|x"), ("{ a = 1, b = false }", "nil a=1 b=false"),
    ])
    func `a value comes back as what it was, also after it was saved`(value: String, shown: String) throws {
        let state = ScriptState()
        _ = try call(script("state.set('k', \(value))"), state)
        try bench.state.write { try ScriptStates.save(state, .detect, scope: "s", in: $0) }
        let saved = try bench.state.read { try ScriptStates.load(.detect, scope: "s", in: $0) }
        #expect(saved.entries == state.entries && saved.changes == state.changes)
        let show = try script(
            """
            local v = state.get('k')
            if type(v) == 'table' then
              if #v > 0 then return 'nil ' .. table.concat(v, '|') end
              local parts = {}
              for key, value in pairs(v) do parts[#parts + 1] = key .. '=' .. tostring(value) end
              return 'nil ' .. table.concat(parts, ' ')
            end
            return (math.type(v) or (type(v) == 'boolean' and 'boolean' or 'nil')) .. ' ' .. tostring(v)
            """
        )
        #expect(try call(show, state) == shown)
        #expect(try call(show, saved) == shown)
    }

    @Test(arguments: [
        "state.set('k', 2) error('no')", "state.set('k', 2) while true do end", "state.add('k', 5) return nil .. 'x'",
        "state.set('k', nil) state.set('k', { {} })",
    ])
    func `what a call changed before it failed never was`(body: String) throws {
        let state = ScriptState()
        _ = try call(script("state.set('k', 1)"), state)
        let broken = try script(body)
        #expect(throws: ScriptFailure.self) { try call(broken, state) }
        #expect(try call(script("return state.get('k')"), state) == "1")
        #expect(state.changes == 1)
    }

    @Test(arguments: [
        ("state.set('', 1)", "key"), ("state.set(('k'):rep(201), 1)", "200"), ("state.set(1, 1)", "key"),
        ("state.set('k', ('v'):rep(5000))", "4096"), ("state.set('k', { { 1 } })", "cannot be kept"),
        ("state.set('k', 0/0)", "cannot be kept"), ("state.set('k', print)", "cannot be kept"),
        ("state.set('k', '\\xff')", "cannot be kept"), ("state.set('k', 1, 'soon')", "5m"),
        ("state.set('k', 1, -1)", "5m"), ("state.add('k', 'x')", "number"),
        ("state.set('k', 'x') state.add('k', 1)", "no number"),
        ("state.add('k', math.maxinteger) state.add('k', 1)", "k"),
        ("state.add('k', 1e308) state.add('k', 1e308)", "finite"),
        ("for i = 1, 1001 do state.set('k' .. i, 1) end", "1000"), ("state.get = 1", "detect.lua"),
    ])
    func `what cannot be kept is refused and says why`(body: String, word: String) throws {
        let script = try script(body)
        let error = #expect(throws: ScriptFailure.self) { try call(script, ScriptState()) }
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }

    @Test func `a value is gone when its time is over, in event time, and adding leaves its time as it is`() throws {
        let state = ScriptState()
        let add = try script("return state.add('n', 1, '10s')")
        #expect(try call(add, state, at: 1_000) == "1")
        #expect(try call(add, state, at: 10_999) == "2")
        #expect(try call(add, state, at: 11_000) == "1")
        let get = try script("return state.get('n', 'none')")
        #expect(try call(get, state, at: 20_999) == "1")
        #expect(try call(get, state, at: 21_000) == "none")
        // Time may go back: a late record sees what was true then.
        #expect(try call(get, state, at: 15_000) == "1")
    }

    @Test func `beyond 10,000 keys or a megabyte those that were changed longest ago go`() throws {
        let state = ScriptState()
        let fill = try script(
            "for i = 1, 999 do state.add('k' .. (state.get('at', 0) + i), 1) end state.add('at', 999)"
        )
        for _ in 0..<11 { _ = try call(fill, state) }
        #expect(state.entries.count == ScriptState.countLimit)
        #expect(state.value(Array("k1".utf8)) == nil && state.value(Array("k10989".utf8)) == .integer(1))
        let long = ScriptState()
        let write = try script("for i = 1, 500 do state.set('k' .. state.add('at', 1), ('v'):rep(4000)) end")
        // The counter is the oldest, goes, and begins anew.
        for _ in 0..<3 { _ = try call(write, long) }
        #expect(long.bytes <= ScriptState.byteLimit && long.entries.count > 200)
        #expect(keys(long).first != "k1" && keys(long).last == "k500")
    }

    @Test func `a state of another version is converted once, and one that cannot be stays as it is`() throws {
        let state = ScriptState()
        _ = try call(script("state.set('count', 3) state.set('old', 'x', '1h')"), state)
        let two = try script(
            "return state.get('total')",
            beside: "state_version = 2, migrate = function(old, version) return { total = old.count * version } end,"
        )
        #expect(two.rules.stateVersion == 2)
        #expect(try two.bring(state, to: 2)?.contains("version 2") == true)
        #expect(try two.bring(state, to: 2) == nil)
        #expect(try call(two, state) == "3" && keys(state) == ["total"])
        for body in ["return 5", "error('no')", "return { k = { {} } }", "return { 1 }", "state.set('a', 1) return {}"]
        {
            let three = try script("", beside: "state_version = 3, migrate = function(old, version) \(body) end,")
            #expect(throws: ScriptFailure.self) { try three.bring(state, to: 3) }
            #expect(state.version == 2 && keys(state) == ["total"])
        }
        // Without a function it begins anew.
        _ = try script("", beside: "state_version = 3,").bring(state, to: 3)
        #expect(state.isEmpty && state.version == 3)
    }

    @Test func `while a script loads it has no state`() throws {
        let directory = try bench.scripts(["detect.lua": "state.set('a', 1) return { features = { 'a' } }"])
        let sources = try ScriptSources.read(directory, files: bench.files)
        #expect(throws: ScriptProblem.self) {
            try ScriptLoader(sources: sources, environment: bench.environment()).detect()
        }
    }
}
