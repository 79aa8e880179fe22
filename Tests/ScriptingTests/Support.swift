import Scripting
import Testing

/// A state whose output nobody reads.
func makeState(seed: UInt64 = 1) -> LuaState { LuaState(seed: seed) { _, _ in } }

/// Small enough that a runaway script ends in milliseconds; nothing depends on the clock.
let small = ScriptBudget(instructions: 300_000, work: 1_000_000, heapBytes: 2 << 20, wallTime: nil)

/// Runs a chunk in a state of its own.
func run(_ source: String, name: String = "test.lua", budget: ScriptBudget = small) throws(ScriptError) -> LuaValue {
    var lua = makeState()
    return try lua.load(source, name: name, budget: budget)
}

/// A script and what must come of it.
struct Case: Sendable, CustomTestStringConvertible {
    let source: String
    let expected: String
    var testDescription: String { source.split(separator: "\n").first.map(String.init) ?? source }

    init(_ source: String, _ expected: String) {
        self.source = source
        self.expected = expected
    }
}
