/// What constructors take, key by key.
extension AgentAPI {
    /// By constructor; of one that is not here only its usage is known.
    static let arguments: [String: APIArgument] = values.merging(series) { $1 }.merging(injections) { $1 }.merging(
        tests
    ) { $1 }

    private static let values: [String: APIArgument] = [
        "record": .table("table<string, any>"),
        "choice": .table("any[]"),
        "weighted": .table("table<string, number>|any[][]"),
        "uuid": .fields([]),
        "integer": .fields([
            APIKey("min", "integer", default: "0", "The least."),
            APIKey("max", "integer", default: "100", "The greatest; not less than `min`."),
        ]),
        "uniform": .fields([
            APIKey("min", "number", default: "0", "The least."),
            APIKey("max", "number", default: "1", "The greatest; not less than `min`."),
            decimals,
        ]),
        "timestamp": .fields([
            start, step,
            APIKey("jitter", "string|number", default: "0", "The most that a record comes later, as `\"5s\"`."),
            APIKey(
                "format",
                words(TimestampShape.Format.allCases.map(\.rawValue)),
                default: "\"\(TimestampShape.Format.iso.rawValue)\"",
                "ISO 8601, or a number since 1970."
            ),
        ]),
        "from_file": .fields([
            APIKey("path", "string", isRequired: true, "Of a file below the directory of the scripts."),
            APIKey("column", "string", "Of a CSV file; without it, whole lines."),
            APIKey("order", words(["random", "file"]), default: "\"random\"", "Whether one after the other."),
        ]),
        "kinesis_analytics": .fields([
            APIKey("numberOfTrees", "integer", default: "100", allowed: "1…1000", "Trees of the forest."),
            APIKey(
                "subSampleSize",
                "integer",
                default: "256",
                allowed: "10…1000",
                "Records in a tree; less than `timeDecay`."
            ),
            APIKey("timeDecay", "integer", default: "100000", allowed: "1…2147483647", "Records that count for it."),
            APIKey("shingleSize", "integer", default: "1", allowed: "1…30", "Records in a row that are one point."),
            APIKey("withDirectionality", "boolean", default: "false", "With `explanation`: its directions too."),
            APIKey("explanation", "boolean", default: "false", "Whether findings carry an `ANOMALY_EXPLANATION`."),
        ]),
    ]

    private static let tests: [String: APIArgument] = [
        "test": .fields([
            APIKey("name", "string", "What the report calls it."),
            APIKey("warm_up", "any[]|agent.Declaration|string", "Records that are learned first."),
            APIKey("records", "any[]|agent.Declaration|string", isRequired: true, "Records that are judged."),
            APIKey("inject", "table[]", "Changes of the records: `{ line = 7, set = { … }, label = \"…\" }`."),
            APIKey("seed", "integer", default: "1", allowed: "0…2147483647", "Of the simulator."),
            APIKey("every", "string|number", default: "\"1s\"", "From one record to the next."),
            APIKey("start", "string|number", default: "\"2026-01-01T00:00:00Z\"", "The time of the first record."),
            APIKey("expect", "table", isRequired: true, "What has to come of it."),
        ])
    ]

    private static let decimals = APIKey("decimals", "integer", default: "3", allowed: "0…9", "How many are kept.")
    private static let start = APIKey(
        "start",
        "string|number",
        default: "\"2026-01-01T00:00:00Z\"",
        "The instant of the first record: ISO 8601, or seconds since 1970."
    )
    private static let step = APIKey(
        "step",
        "string|number",
        default: "\"1s\"",
        allowed: "0.001 seconds or more",
        "From one record to the next."
    )

    // MARK: Series

    private static let series: [String: APIArgument] = [
        "normal": .fields([number("mean", "0", "Of the distribution."), deviation, decimals]),
        "lognormal": .fields([
            APIKey("median", "number", default: "1", allowed: "1e-12…1e12", "Of the distribution."),
            APIKey("deviation", "number", default: "1", allowed: "0…10", "Of the natural logarithm."),
            decimals,
        ]),
        "poisson": .fields([
            APIKey("mean", "number", default: "1", allowed: "0…1000000", "Of the distribution."), wholeDecimals,
        ]),
        "sequence": .fields([
            number("start", "1", "The first value."), number("step", "1", "More with each record."), wholeDecimals,
        ]),
        "sine": .fields(wave),
        "square": .fields(
            wave + [APIKey("duty", "number", default: "0.5", allowed: "0…1", "The share of a period that is high.")]
        ),
        "sawtooth": .fields(
            wave + [APIKey("rise", "number", default: "1", allowed: "0…1", "The share of a period that goes up.")]
        ),
        "daily": .fields(
            season + [
                APIKey("peak", "number", default: "14", allowed: "0…24", "The hour of the top, UTC."),
                APIKey("hours", "number[]", "24 levels instead, from midnight on."),
            ]
        ),
        "weekly": .fields(
            season + [APIKey("days", "number[]", default: "{ 1, 1, 1, 1, 1, 0, 0 }", "A level a day, Monday first.")]
        ),
        "walk": .fields([
            number("start", "0", "The first value."), number("drift", "0", "The mean of a step."), deviation,
            APIKey("min", "number", "With `max`: thrown back there."),
            APIKey("max", "number", "With `min`: thrown back there."), decimals,
        ]),
        "ar": .fields([
            APIKey("memory", "number", default: "0.9", allowed: "between −1 and 1", "What stays of the value before."),
            deviation, number("mean", "0", "What it goes back to."), decimals,
        ]),
        "add": .parts([decimals]),
        "multiply": .parts([decimals]),
        "clamp": .parts([APIKey("min", "number", "The least."), APIKey("max", "number", "The greatest."), decimals]),
        "follow": .fields([
            APIKey("field", "string", isRequired: true, "Another field of record.lua."),
            number("factor", "1", "Times its value."), number("offset", "0", "Added."), decimals,
        ]),
    ]

    private static let wholeDecimals = APIKey(
        "decimals",
        "integer",
        default: "0, where the values are whole",
        allowed: "0…9",
        "How many are kept."
    )
    private static let deviation = APIKey(
        "deviation",
        "number",
        default: "1",
        allowed: "0 or more",
        "Standard deviation."
    )
    private static let wave = [
        APIKey("period", "number", default: "100", allowed: "0.001 or more", "In records."),
        number("amplitude", "1", "Up and down."), number("offset", "0", "The middle."),
        APIKey("phase", "number", default: "0", allowed: "−1…1", "The share of a period that it is ahead."), decimals,
    ]
    private static let season = [
        start, step, number("amplitude", "1", "Up and down, or times the levels."), number("offset", "0", "Added."),
        decimals,
    ]

    private static func number(_ name: String, _ standard: String, _ summary: String) -> APIKey {
        APIKey(name, "number", default: standard, summary)
    }

    // MARK: Injections

    private static let injections: [String: APIArgument] = [
        "rule": .fields([
            APIKey("name", "string", default: "\"rule 1\", …", "What labels call it."),
            APIKey(
                "chance",
                "number|fun(record: table): number",
                allowed: "0…1",
                "The share of the records that it changes, or that begin a range. This, `every` or `at`."
            ),
            APIKey("every", "integer", allowed: "1…1000000000", "One range in so many records."),
            APIKey("at", "integer|integer[]", "The numbers of the records where ranges begin, from 1."),
            APIKey("length", "integer", default: "1", allowed: "1 or more", "Records of a range."),
            APIKey(
                "set",
                "table|fun(record: table): table",
                "The fields that it sets: constants, constructors, or functions of the record. This, or `inject`."
            ),
            APIKey(
                "inject",
                "agent.Declaration|fun(value: any, position: integer, length: integer, record: table): any",
                "What becomes of `field`."
            ),
            APIKey("field", "string|string[]", "What `inject` changes."),
        ]),
        "spike": .fields([
            APIKey("amplitude", "number", "How far up. This, or `factor`."),
            APIKey("factor", "number", "Times the value."),
        ]),
        "extremum": .fields([
            APIKey("value", "number", "The value. This, or `min` and `max`."),
            APIKey("min", "number", "The least."), APIKey("max", "number", "The greatest."), creep,
        ]),
        "mean": .fields([APIKey("offset", "number", isRequired: true, "So much higher."), creep]),
        "platform": .fields([APIKey("value", "number", isRequired: true, "The value."), creep]),
        "variance": .fields([factor("Times the distance from the mean."), creep]),
        "frequency": .fields([factor("Times as fast."), creep]),
        "pattern": .parts([creep]),
        "pattern_shift": .fields([APIKey("by", "number", isRequired: true, "Records ahead."), creep]),
        "correlation": .fields([number("factor", "-1", "Times as far with the other field."), creep]),
        "trend": .fields([APIKey("slope", "number", isRequired: true, "Added with each record.")]),
        "dropout": .fields([
            APIKey(
                "to",
                words(Injection.Dropout.allCases.map(\.rawValue)),
                default: "\"missing\"",
                "What is there instead."
            )
        ]),
    ]

    private static let creep = APIKey(
        "creep",
        "number",
        default: "0",
        allowed: "0…1",
        "The share of the range in which the change builds up."
    )

    private static func factor(_ summary: String) -> APIKey {
        APIKey("factor", "number", allowed: "0…1000000", isRequired: true, summary)
    }
}
