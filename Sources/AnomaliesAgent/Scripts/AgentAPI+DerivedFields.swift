extension AgentAPI {
    /// What `derive` in detect.lua is written with.
    static let derivedFields: [Function] = [
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
}
