import Detection
import RandomCutForest

/// The tables of the declaration: what scripts return, and what their functions are given.
extension AgentAPI {
    static let tables: [APITable] = [
        detect, forest, grade, tolerance, expectation, hotspots, decision, result, hotspot, notify, alert, field,
    ]

    /// `"a"|"b"`
    static func words(_ words: [String]) -> String { words.map { "\"\($0)\"" }.joined(separator: "|") }

    // MARK: detect.lua

    static let detect = APITable(
        name: "detect",
        summary: "What detect.lua returns: what is scored, and when it matters.",
        keys: [
            APIKey(
                "features",
                "string[]|fun(record: table): number|number[]",
                isRequired: true,
                "Names of fields with numbers (`\"accuracy\"`, `\"sensor.temperature\"`), or a function that returns numbers."
            ),
            APIKey(
                "feature_count",
                "integer",
                default: "1",
                allowed: "1…100",
                "How many numbers a function of `features` returns."
            ),
            APIKey(
                "derive",
                "table<string, agent.Declaration|fun(record: table): any>|fun(record: table): table?",
                "Fields that every record gets: declarations, or functions of the record."
            ),
            APIKey("forest", "agent.Forest|agent.Declaration", "The random cut forest, or `kinesis_analytics { … }`."),
            APIKey(
                "model",
                words(DetectorOptions.Model.allCases.map(\.rawValue)),
                default: "\"records\"",
                "What judges: one forest, or a model of measurements in the order of time."
            ),
            APIKey("detector", "string", "A plugin that scores instead of the forest: its name."),
            APIKey(
                "threshold",
                "number|agent.Grade",
                allowed: "greater than 0, up to 1000",
                "The score above which a record is a finding, or a grade; without it, it is learned."
            ),
            APIKey("alerts", "string", "Instead of `threshold` a budget, `\"2 per week\"` (hour, day, week, month)."),
            APIKey("only", words(Direction.allCases.map(\.rawValue)), "What counts, where it is not both."),
            APIKey(
                "ignore_near_expected",
                "agent.Tolerance|table<string, agent.Tolerance>",
                "Nearer to the expected value nothing is an anomaly; for all features, or under the name of each."
            ),
            APIKey(
                "suppress",
                "(\(words(DetectScript.suppressions.map(\.rawValue))))[]",
                default: "{ \"in-shingle\" }",
                "Which of the detector's own reasons keep a finding from people."
            ),
            APIKey(
                "decide",
                "fun(record: table, result: agent.Result): agent.Decision|boolean|nil",
                "Called for findings that count; nil lets one pass."
            ),
            APIKey("min_severity", words(Severity.names), "Less is a finding and no alert."),
            APIKey(
                "refractory",
                "string|number",
                default: "\"1m\"",
                allowed: "seconds, or a text such as \"5m\"; up to a year",
                "After an alert, findings of the same key and rule only add to a count for this long."
            ),
            APIKey(
                "missing",
                words(DetectScript.missingWords),
                default: "\"quarantine\"",
                "What becomes of a record where a feature is absent or null."
            ),
            APIKey("expect", "agent.Expect", "What has to come, and how often: else a finding of the rule `silence`."),
            APIKey("key", "string", "A field: each of its values has a forest of its own, and alerts of its own."),
            APIKey("per_key", "boolean", default: "true", "`false`: one forest for all keys."),
            APIKey("time", "string", default: "the time of arrival", "The field with the event time."),
            APIKey(
                "state_version",
                "integer",
                default: "1",
                "Of what the script remembers with `state`: another one asks `migrate`."
            ),
            APIKey(
                "migrate",
                "fun(old: table<string, any>, version: integer): table<string, any>",
                "Converts, once, what an older version remembered."
            ),
            APIKey("hotspots", "agent.Hotspots", "Tells findings the crowded regions that they lie in."),
        ]
    )

    static let forest = APITable(
        name: "forest",
        summary: "`forest` of detect.lua.",
        keys: [
            APIKey("trees", "integer", default: "100", allowed: "1…1000", "Its trees."),
            APIKey("sample_size", "integer", default: "256", allowed: "10…1000", "Records in a tree."),
            APIKey(
                "time_decay",
                "integer",
                default: "100000",
                allowed: "11…2147483647",
                "Records that count for it; more than `sample_size`."
            ),
            APIKey("shingle_size", "integer", default: "1", allowed: "1…30", "Records in a row that are one point."),
        ]
    )

    static let grade = APITable(
        name: "grade",
        summary: "`threshold` of detect.lua as a grade.",
        keys: [
            APIKey(
                "grade",
                "number",
                allowed: "0.01…0.999",
                isRequired: true,
                "0.5 is what is learned; more is stricter."
            )
        ]
    )

    static let tolerance = APITable(
        name: "tolerance",
        summary: "`ignore_near_expected` of detect.lua; the widest counts.",
        keys: [
            APIKey("absolute", "number", default: "0", allowed: "0 or more", "In the feature's unit."),
            APIKey("relative", "number", default: "0", allowed: "0 or more", "A part of the expected value."),
            APIKey("above", "number", default: "0", allowed: "0 or more", "In the feature's unit, upwards."),
            APIKey("below", "number", default: "0", allowed: "0 or more", "In the feature's unit, downwards."),
        ]
    )

    static let expectation = APITable(
        name: "expect",
        summary: "`expect` of detect.lua.",
        keys: [
            APIKey(
                "every",
                "string|number",
                allowed: "seconds, or a text such as \"5m\"; from a second to a year",
                isRequired: true,
                "The longest silence."
            ),
            APIKey("per", "string", default: "the stream as a whole", "The field whose values are waited for, each."),
            APIKey("severity", "string", default: "\"warning\"", "Of the alert."),
        ]
    )

    static let hotspots = APITable(
        name: "hotspots",
        summary: "`hotspots` of detect.lua: the parameters of Amazon's `HOTSPOTS`.",
        keys: [
            APIKey("windowSize", "integer", allowed: "100…1000", isRequired: true, "Records that are kept."),
            APIKey(
                "scanRadius",
                "number",
                allowed: "greater than 0",
                isRequired: true,
                "A distance over all features."
            ),
            APIKey(
                "minimumNumberOfPointsInAHotspot",
                "integer",
                allowed: "2…`windowSize`",
                isRequired: true,
                "How many within `scanRadius` make a crowd."
            ),
        ]
    )

    static let decision = APITable(
        name: "decision",
        summary: "What `decide` returns.",
        keys: [
            APIKey(
                "severity",
                "string",
                default: "\"warning\"",
                "One of \(Severity.names.joined(separator: ", ")), or a word of one's own."
            ),
            APIKey("rule", "string", default: "\"default\"", "Findings of one rule and key are one alert."),
            APIKey("message", "string", "What people are told first."),
        ]
    )
}
