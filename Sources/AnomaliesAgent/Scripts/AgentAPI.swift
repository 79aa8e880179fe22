import Scripting

/// Everything that scripts can see of the agent, declared once: of it come what `api` prints, plugins/README.md, the stubs
/// in scripts/types and .luacheckrc.
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

    static let functions = declarations + derivedFields + tests

    private static let declarations: [Function] = [
        Function(
            name: "record",
            usage: "record { field = value, … }",
            summary:
                "The shape of a record. A value is a constant, one of the declarations below, or a function of the record so far."
        ),
        Function(name: "choice", usage: "choice { a, b, … }", summary: "One of the values, each equally often."),
        Function(name: "integer", usage: "integer { min = 10, max = 20 }", summary: "A whole number, bounds included."),
        Function(
            name: "uniform",
            usage: "uniform { min = 0, max = 1, decimals = 3 }",
            summary: "A number, evenly distributed, rounded to so many decimals (0…9, default 3)."
        ),
        Function(
            name: "weighted",
            usage: "weighted { ok = 97, error = 3 }",
            summary: """
                One of the values, as often as their weights say. For values that are no texts: `weighted { { 200, \
                97 }, { 500, 3 } }`.
                """
        ),
        Function(
            name: "uuid",
            usage: "uuid {}",
            summary: """
                An identifier such as `0b3e8a52-6f0c-4c39-9d5e-3a1f0c7be812`: random, and the same again with the \
                same seed.
                """
        ),
        Function(
            name: "timestamp",
            usage: "timestamp { start = \"2026-01-01T00:00:00Z\", step = \"1s\" }",
            summary: """
                The instant of the first record, and one step more with each. `jitter` (default none) lets each be \
                up to so much later. `format`: `"iso"` (default), `"seconds"`, `"milliseconds"`.
                """
        ),
        Function(
            name: "from_file",
            usage: "from_file { path = \"hosts.csv\", column = \"host\", order = \"random\" }",
            summary: """
                One of the lines of a file below the directory of the scripts, or of the values of a CSV column; \
                with `order = "file"` one after the other, over and over. Up to 4 MiB and 100,000 values, read \
                when the script loads; numbers where all of them are.
                """
        ),
        Function(
            name: "normal",
            usage: "normal { mean = 0, deviation = 1 }",
            summary: """
                A number, normally distributed around `mean`. This and all further numbers take `decimals` (0…9, \
                default 3; 0 makes whole numbers).
                """
        ),
        Function(
            name: "lognormal",
            usage: "lognormal { median = 1, deviation = 1 }",
            summary: """
                A positive number with a long tail; `deviation` (0…10) is that of its natural logarithm. Its mean \
                is median · exp(deviation² / 2).
                """
        ),
        Function(
            name: "poisson",
            usage: "poisson { mean = 4 }",
            summary: "How many of something there are: a whole number; `mean` from 0 to 1,000,000."
        ),
        Function(
            name: "sequence",
            usage: "sequence { start = 1, step = 1 }",
            summary: "Counts the records: `start` for the first, `step` more with each."
        ),
        Function(
            name: "sine",
            usage: "sine { period = 100, amplitude = 1, offset = 0, phase = 0 }",
            summary: """
                A wave around `offset`, `amplitude` up and down; `period` in records, `phase` (−1…1) is the share \
                of a period that it is ahead.
                """
        ),
        Function(
            name: "square",
            usage: "square { period = 100, amplitude = 1, offset = 0, phase = 0, duty = 0.5 }",
            summary: "High (offset + amplitude) for the first `duty` of a period, then low (offset − amplitude)."
        ),
        Function(
            name: "sawtooth",
            usage: "sawtooth { period = 100, amplitude = 1, offset = 0, phase = 0, rise = 1 }",
            summary: "Up from low to high during the first `rise` of a period, then down again; 0.5 is a triangle."
        ),
        Function(
            name: "daily",
            usage: "daily { peak = 14, amplitude = 1, offset = 0, step = \"1s\", start = \"2026-01-01T00:00:00Z\" }",
            summary: """
                A wave with its top at the hour `peak`, UTC, where record follows record after `step`. Or `hours = \
                { … }`: 24 levels, from midnight on, with straight lines between them; `amplitude` multiplies \
                them.
                """
        ),
        Function(
            name: "weekly",
            usage:
                "weekly { days = { 1, 1, 1, 1, 1, 0, 0 }, amplitude = 1, offset = 0, step = \"1s\", start = \"2026-01-01T00:00:00Z\" }",
            summary: "A level for each day, Monday first; `amplitude` multiplies them."
        ),
        Function(
            name: "walk",
            usage: "walk { start = 0, deviation = 1, drift = 0, min = nil, max = nil }",
            summary: """
                A random walk: each value is the one before and a normal step of this `deviation` around `drift`. \
                Between `min` and `max`, when given, it is thrown back at both.
                """
        ),
        Function(
            name: "ar",
            usage: "ar { memory = 0.9, deviation = 1, mean = 0 }",
            summary: """
                A first-order autoregression: `memory` (between −1 and 1) times the value before and a normal draw \
                of this `deviation`, around `mean`. Values k records apart correlate with memoryᵏ; their deviation \
                is deviation / √(1 − memory²).
                """
        ),
        Function(
            name: "add",
            usage: "add { 20, sine { period = 100 }, normal { deviation = 0.1 } }",
            summary: """
                The sum of numbers and of any declarations of numbers: those above, `integer`, `uniform`, \
                `choice`, `from_file`, and these.
                """
        ),
        Function(
            name: "multiply",
            usage: "multiply { daily { offset = 3 }, lognormal { deviation = 0.1 } }",
            summary: "The same, multiplied."
        ),
        Function(
            name: "clamp",
            usage: "clamp { normal { mean = 50, deviation = 40 }, min = 0, max = 100 }",
            summary: "A declaration of numbers, kept between bounds."
        ),
        Function(
            name: "follow",
            usage: "follow { field = \"load\", factor = 1, offset = 0 }",
            summary: """
                offset + factor · what another field of record.lua has in the same record, before it is rounded or \
                anything is injected. In a sum with noise: a field that is correlated with the other.
                """
        ),
        Function(
            name: "rule",
            usage: "rule { name = \"…\", chance = 0.02, set = { field = value } }",
            summary: """
                Turns a share of the records into labelled anomalies. chance (0…1) and set may be functions. To \
                change a field that is there, once or for a while: `field = "load", inject = mean { offset = 20 }` \
                instead of `set`, `length = 200` for so many records, and instead of `chance`, which then begins \
                ranges, `every = 5000` for one range in each 5,000 records, or `at = 12000`. `inject` may be a \
                function of value, position in the range, its length, and the record so far; `field` a list.
                """
        ),
        Function(
            name: "spike",
            usage: "spike { amplitude = 10 }",
            summary: """
                For `inject`: a bump up to `amplitude` above the value (or `factor` times it), half a sine over \
                the records of the range.
                """
        ),
        Function(
            name: "extremum",
            usage: "extremum { value = 100 }",
            summary: """
                For `inject`: the value itself, or one between `min` and `max` for each record. This and the next \
                ones take `creep`: the share of the range (0…1, default 0) in which the change builds up.
                """
        ),
        Function(
            name: "mean",
            usage: "mean { offset = 20, creep = 0.2 }",
            summary: "For `inject`: the field is so much higher; its shape stays."
        ),
        Function(
            name: "platform",
            usage: "platform { value = 5 }",
            summary: "For `inject`: the field has this value throughout."
        ),
        Function(
            name: "variance",
            usage: "variance { factor = 3 }",
            summary: "For `inject`: the field's noise (and `ar`) goes so many times as far from its mean."
        ),
        Function(
            name: "frequency",
            usage: "frequency { factor = 2 }",
            summary: "For `inject`: the field's periodic parts run so many times as fast."
        ),
        Function(
            name: "pattern",
            usage: "pattern { square { period = 50 } }",
            summary: "For `inject`: the values of another declaration of numbers instead."
        ),
        Function(
            name: "pattern_shift",
            usage: "pattern_shift { by = 25 }",
            summary: "For `inject`: the field's periodic parts are so many records ahead."
        ),
        Function(
            name: "correlation",
            usage: "correlation { factor = -1 }",
            summary: """
                For `inject`: what the field has of `follow` goes so many times as far with the other field's \
                rises and falls: 0 is no longer, −1 (default) is against them.
                """
        ),
        Function(
            name: "trend",
            usage: "trend { slope = 0.1 }",
            summary: "For `inject`: so much is added with each record of the range, without `creep`."
        ),
        Function(
            name: "dropout",
            usage: "dropout { to = \"missing\" }",
            summary: """
                For `inject`: the field is left out; or it is `"null"`, `"zero"`, or the `"last"` value before the \
                range.
                """
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
    ]

    private static let tests: [Function] = [
        Function(
            name: "test",
            usage: "test { name = \"…\", warm_up = simulate(1000), records = { … }, expect = { findings = { … } } }",
            summary: """
                A test of detect.lua and notify.lua, returned alone or in a list from a file in `scripts/tests/`. `warm_up` is \
                learned first and alerts nobody. `records` and `warm_up` are a list of records (a text is a raw line), \
                `simulate(…)`, or the name of a file of JSON lines beside the test. `inject = { { line = 7, set = { … }, label \
                = "…" } }` changes records and labels them. `expect` has `findings`, `alerts`, `mails` and `quarantined`, each \
                a count or the whole list, of which the given fields are compared (`*` in a text stands for anything, \
                `{ min = 2, max = 3 }` for a range), and `precision` and `recall` of the labels, at least. Records are a second \
                apart (`every = "1s"`) from `start = "2026-01-01T00:00:00Z"` on; `seed = 1` is the simulator's.
                """
        ),
        Function(
            name: "simulate",
            usage: "simulate(1000) or simulate { records = 1000, inject = true }",
            summary: "Records of record.lua for a test; with `inject` those of inject.lua among them, labelled."
        ),
    ]

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
                var table =
                    try function.takesValues
                    ? LuaTable(array: values(of: call)) : name == "simulate" ? numbered(call) : call.table(1)
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

    /// `simulate(1000)` is short for `simulate { records = 1000 }`.
    private static func numbered(_ call: borrowing HostCall) throws(ScriptError) -> LuaTable {
        guard let number = try call.value(1).double else { return try call.table(1) }
        return LuaTable(fields: [("records", .number(number))])
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
