import Detection

/// What functions of scripts are given, and what notify.lua returns.
extension AgentAPI {
    static let result = APITable(
        name: "result",
        summary: "The second argument of `decide`.",
        keys: [APIKey("score", "number", isRequired: true, "What the forest says."), gradeKey] + details
    )

    static let hotspot = APITable(
        name: "hotspot",
        summary: "One of `result.hotspots` and `alert.hotspots`.",
        keys: [
            APIKey("density", "number", isRequired: true, "Records by volume."),
            APIKey("minValues", "number[]", isRequired: true, "By feature, in the order of `features`."),
            APIKey("maxValues", "number[]", isRequired: true, "By feature, in the order of `features`."),
        ]
    )

    static let notify = APITable(
        name: "notify",
        summary: "What notify.lua returns: who hears of an alert, and in what words. Whatever is left out is built in.",
        keys: [
            APIKey("to", "string|string[]", default: "[Mail] to", allowed: "up to 1,000", "Mail addresses."),
            APIKey("subject", wording, "The subject: a mustache template, or a function."),
            APIKey("text", wording, "The mail as plain text: a mustache template, or a function."),
            APIKey("html", wording, "The mail as HTML: a mustache template, or a function."),
        ]
    )

    private static let wording = "string|fun(alert: agent.Alert): string"

    static let alert = APITable(
        name: "alert",
        summary: "What templates and functions of notify.lua are given.",
        keys: alertKeys
            + details.map { key in
                var key = key
                key.isRequired = false
                return key
            }
    )

    private static let alertKeys: [APIKey] = [
        APIKey("id", "string", isRequired: true, "The same alert has the same id, however often it is sent."),
        APIKey("when", "string", isRequired: true, "The time in words, UTC."),
        APIKey("time", "integer", isRequired: true, "Milliseconds since 1970."),
        APIKey("record", "table", isRequired: true, "The record: `{{record.name}}`, `alert.record.name`."),
        APIKey("fields", "agent.Field[]", isRequired: true, "The record field by field."),
        APIKey("score", "number", isRequired: true, "What the forest says."),
        APIKey("score_text", "string", isRequired: true, "It, rounded."),
        gradeKey,
        APIKey("grade_text", "string", isRequired: true, "It, rounded."),
        APIKey("severity", "string", isRequired: true, "As `decide` chose it."),
        APIKey("rule", "string", isRequired: true, "As `decide` chose it, or `silence`."),
        APIKey("key", "string", "The value of `key`."),
        APIKey("message", "string", "As `decide` chose it."),
        APIKey("is_silence", "boolean", "`true` where nothing came."),
        APIKey("suppressed", "integer", isRequired: true, "Findings nobody was told of since the alert before."),
        APIKey("suppressed_some", "boolean", "In templates alone: `true` where there were some."),
        APIKey("likelihood_text", "string", "The likelihood in words: `one in 5000`."),
        APIKey("hotspot_texts", "string[]", "`hotspots` in words; one `none` where there is none."),
        APIKey("object", "string", "The key of the package, if this host knows it."),
        APIKey("package", "string", "The package's digest."),
        APIKey("line", "integer", "The record's line in it."),
        APIKey("shard", "string", isRequired: true, "Of the stream."),
        APIKey("sequence_number", "string", isRequired: true, "In the shard."),
        APIKey("generation", "string", isRequired: true, "Which scripts decided."),
        APIKey("script", "string", isRequired: true, "The line of them that did: `scripts/detect.lua:42`."),
    ]

    static let field = APITable(
        name: "field",
        summary: "One of `alert.fields`.",
        keys: [
            APIKey("name", "string", isRequired: true, "Of the field."),
            APIKey("value", "string", isRequired: true, "As text."),
            APIKey("expected_text", "string", "What would have been ordinary, rounded."),
        ]
    )

    private static let gradeKey = APIKey(
        "grade",
        "number",
        allowed: "0…1",
        isRequired: true,
        "level / (1 + level); 0.5 is at the threshold."
    )

    /// Why a record is a finding.
    private static let details: [APIKey] = [
        APIKey("level", "number", isRequired: true, "The distance from typical, in units of that to the threshold."),
        APIKey("threshold", "number", isRequired: true, "The score of the border."),
        APIKey("likelihood", "number", allowed: "0…1", isRequired: true, "The part of all levels that were as high."),
        APIKey("direction", words(Direction.allCases.map(\.rawValue)), isRequired: true, "Which way it went."),
        APIKey(
            "expected",
            "table<string, number>",
            isRequired: true,
            "By feature, what would have been ordinary; a list where `features` is a function."
        ),
        APIKey(
            "attribution",
            "table<string, number>",
            isRequired: true,
            "By feature, its part in the score; a list where `features` is a function."
        ),
        APIKey("explanation", "table<string, table<string, string>>", "Amazon's, with `explanation = true`."),
        APIKey("hotspots", "agent.Hotspot[]", "With `hotspots`: those that the record lies in, the densest first."),
        APIKey("view", "string", "With `model = \"series\"`: what is strange, `sequence`, `pattern`, `week`, …"),
    ]
}
