import Scripting

/// Everything that scripts can see of the agent, declared once.
///
/// Constructors exist only while a script loads. They return plain tables that say what was declared, where, and in
/// which order, because a Lua table does not keep the order of its fields.
enum AgentAPI {
    struct Function: Sendable {
        var name: String
        /// As a person would write the call.
        var usage: String
        var summary: String
        /// Whether it takes values in their order, `above("a", 1)`, instead of one table.
        var takesValues = false
    }

    static let functions: [Function] = [
        Function(
            name: "record",
            usage: "record { field = value, … }",
            summary:
                "The shape of a record. A value is a constant, choice, integer, uniform, or a function of the record so far."
        ),
        Function(name: "choice", usage: "choice { a, b, … }", summary: "One of the values, each equally often."),
        Function(name: "integer", usage: "integer { min = 10, max = 20 }", summary: "A whole number, bounds included."),
        Function(
            name: "uniform",
            usage: "uniform { min = 0, max = 1, decimals = 3 }",
            summary: "A number, evenly distributed, rounded to so many decimals (0…9, default 3)."
        ),
        Function(
            name: "rule",
            usage: "rule { name = \"…\", chance = 0.02, set = { field = value } }",
            summary: "Turns a share of the records into labelled anomalies. chance (0…1) and set may be functions."
        ),
        Function(
            name: "kinesis_analytics",
            usage: "kinesis_analytics { numberOfTrees = 100, subSampleSize = 256, timeDecay = 100000 }",
            summary: """
                The `forest` of detect.lua with names, defaults and ranges of `RANDOM_CUT_FOREST` in Amazon Kinesis Data \
                Analytics: 1…1000 trees, 10…1000 samples (below `timeDecay`), `shingleSize` 1…30. The first `subSampleSize` \
                records score exactly 0. With `explanation = true` findings carry the `ANOMALY_EXPLANATION` of \
                `RANDOM_CUT_FOREST_WITH_EXPLANATION` as `explanation`, with `withDirectionality = true` its directions too.
                """
        ),
        Function(
            name: "above",
            usage: "above(field, limit)",
            summary: """
                For `derive` in detect.lua: whether a field is greater, true or false. Here and below, a field may also be a \
                number or another declaration, `above(ratio("errors", "requests"), 0.05)`, where true counts 1 and false 0.
                """,
            takesValues: true
        ),
        Function(
            name: "below",
            usage: "below(field, limit)",
            summary: "Whether a field is less.",
            takesValues: true
        ),
        Function(
            name: "equals",
            usage: "equals(field, value)",
            summary: "Whether a field is this text, number, true or false. Different types are never equal.",
            takesValues: true
        ),
        Function(
            name: "sum",
            usage: "sum(a, b, …)",
            summary: "Of 2 to 100 fields or numbers. Whole numbers give a whole number where 64 bits hold it.",
            takesValues: true
        ),
        Function(
            name: "difference",
            usage: "difference(a, b)",
            summary: "The first less the second.",
            takesValues: true
        ),
        Function(
            name: "product",
            usage: "product(a, b, …)",
            summary: "Of 2 to 100 fields or numbers: `product(\"bytes\", 0.001)` scales.",
            takesValues: true
        ),
        Function(
            name: "ratio",
            usage: "ratio(a, b)",
            summary: "The first divided by the second; a record where that is no finite number is refused.",
            takesValues: true
        ),
        Function(
            name: "length",
            usage: "length(field)",
            summary: "The characters of a text, the items of an array, the fields of an object.",
            takesValues: true
        ),
    ]

    /// The reference as plugins/README.md has it.
    static var markdown: String {
        functions.map { "### `\($0.usage)`\n\n\($0.summary)\n" }.joined(separator: "\n")
    }

    /// The fields that mark a declaration; a script has no reason to write them.
    static let kind = "__kind"
    static let order = "__order"
    static let place = "__place"

    static func register(
        in lua: inout LuaState,
        environment: ScriptEnvironment,
        chunk: ChunkName
    ) throws(ScriptError) {
        let counter = Counter()
        for function in functions {
            let name = function.name
            lua.register(name, phase: .loading) { call throws(ScriptError) in
                var table = function.takesValues ? LuaTable(array: try values(of: call)) : try call.table(1)
                table[kind] = .string(name)
                table[order] = .integer(counter.next())
                table[place] = .string(chunk.restoring("\(call.location):").dropLast().description)
                return .table(table)
            }
        }
        let general = environment.general.map { ($0.key, LuaValue(setting: $0.value)) }
        try lua.set(global: "config", to: .table(LuaTable(fields: [("general", .table(LuaTable(fields: general)))])))
    }

    /// The arguments of a call, none of them nil.
    private static func values(of call: borrowing HostCall) throws(ScriptError) -> [LuaValue] {
        var values: [LuaValue] = []
        for position in 0..<call.count {
            let value = try call.value(position + 1)
            guard value != .nil else {
                throw .argument(position: position + 1, expected: "a field's name or a number", got: "nil")
            }
            values.append(value)
        }
        return values
    }

    /// Constructors number themselves in the order of their calls.
    private final class Counter {
        private var last: Int64 = 0

        func next() -> Int64 {
            last += 1
            return last
        }
    }
}

extension LuaValue {
    /// A setting as a script wants it: a number where it is one.
    fileprivate init(setting: String) {
        if let integer = Int64(setting) {
            self = .integer(integer)
        } else if let number = Double(setting), number.isFinite {
            self = .number(number)
        } else {
            self = .string(setting)
        }
    }
}
