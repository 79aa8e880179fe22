import Testing

@testable import AnomaliesAgent

/// A package and what must come of it.
struct PackageSample: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let records: Int
    let bad: Int
    var limits = RecordLimits(record: 4_096)

    var testDescription: String { name }

    init(_ name: String, _ text: String, records: Int, bad: Int) {
        self.init(name, Array(text.utf8), records: records, bad: bad)
    }

    init(_ name: String, _ bytes: [UInt8], records: Int, bad: Int) {
        (self.name, self.bytes, self.records, self.bad) = (name, bytes, records, bad)
    }
}

private let good = #"{"id": 0, "value": 10.5}"#

/// A record with `depth` containers in one another, itself included.
func nested(_ depth: Int, opening: String = "[", closing: String = "]") -> String {
    #"{"x":"# + String(repeating: opening, count: depth - 1) + "1" + String(repeating: closing, count: depth - 1) + "}"
}

let packageSamples: [PackageSample] =
    layoutSamples + arraySamples + grammarSamples + numberSamples + textSamples + limitSamples

private let layoutSamples: [PackageSample] = [
    PackageSample("nothing", "", records: 0, bad: 0),
    PackageSample("white space", " \t\n\r\n  \n", records: 0, bad: 0),
    PackageSample("only a byte order mark", "\u{FEFF}", records: 0, bad: 0),
    PackageSample("one byte", "{", records: 0, bad: 1),
    PackageSample("no last line feed", "\(good)\n\(good)", records: 2, bad: 0),
    PackageSample("CRLF and blank lines", "\(good)\r\n\r\n \t\r\n\(good)\r\n", records: 2, bad: 0),
    PackageSample("white space around a record", "  \t\(good)  \r\n", records: 1, bad: 0),
    PackageSample("carriage return alone does not end a line", "\(good)\r\(good)\n", records: 0, bad: 1),
    PackageSample("byte order mark at the start", "\u{FEFF}\(good)\n\(good)\n", records: 2, bad: 0),
    PackageSample("byte order mark twice", "\u{FEFF}\u{FEFF}\(good)\n\(good)\n", records: 1, bad: 1),
    PackageSample("byte order mark later", "\(good)\n\u{FEFF}\(good)\n", records: 1, bad: 1),
    PackageSample("two on one line", "\(good)\(good)\n\(good) \(good)\n\(good)\n", records: 1, bad: 2),
    PackageSample("words after a record", "\(good) garbage\n\(good),\n\(good)}\n\(good)\n", records: 1, bad: 3),
    PackageSample("a record over two lines", "{\"a\":\n1}\n\(good)\n", records: 1, bad: 2),
    PackageSample("truncated", "\(good)\n{\"id\": 1, \"val", records: 1, bad: 1),
    PackageSample("scalars and arrays as lines", "42\n\"x\"\nnull\ntrue\n[1,2]\n[]\n{}\n", records: 1, bad: 6),
]

private let arraySamples: [PackageSample] = [
    PackageSample("empty array", "[]", records: 0, bad: 0),
    PackageSample("empty array over lines", " [\n\n]\n\n", records: 0, bad: 0),
    PackageSample("array on one line", "[\(good),\(good)]", records: 2, bad: 0),
    PackageSample("array after a byte order mark", "\u{FEFF}[\(good)]\r\n", records: 1, bad: 0),
    PackageSample("a record a line", "[\(good),\n\(good),\n\(good)\n]\n", records: 3, bad: 0),
    PackageSample("commas first", "[\(good)\n,\(good)\n]\n", records: 2, bad: 0),
    PackageSample(
        "pretty-printed",
        "[\n  {\n    \"a\": [\n      1,\n      {}\n    ]\n  },\n  {}\n]",
        records: 2,
        bad: 0
    ),
    PackageSample("brackets and quotes in strings", #"[{"a":"]},{\"["},{"b":"\\"}]"#, records: 2, bad: 0),
    PackageSample("other items", "[\(good),1,\"x\",null,[],[\(good)],\(good)]", records: 2, bad: 5),
    PackageSample("comma before the end", "[\(good),]", records: 1, bad: 1),
    PackageSample("two commas", "[\(good),,\(good)]", records: 2, bad: 1),
    PackageSample("missing comma", "[\(good) \(good),\(good)]", records: 1, bad: 1),
    PackageSample("broken item", "[\(good),{\"a\":NaN},\(good)]", records: 2, bad: 1),
    PackageSample("not closed after a record", "[\(good),\(good)", records: 2, bad: 1),
    PackageSample("not closed after a comma", "[\(good),", records: 1, bad: 1),
    PackageSample("not closed in a record", "[\n\(good),\n{\"id\": 1, \"val", records: 1, bad: 1),
    PackageSample(
        "an item beyond the limit",
        "[\(good),{\"a\":\"\(String(repeating: "x", count: 9_000))\"},\(good)]",
        records: 2,
        bad: 1
    ),
    PackageSample(
        "white space beyond the limit",
        "[\(good),\(good)\(String(repeating: "\n", count: 9_000)),\(good)]\(String(repeating: " ", count: 9_000))",
        records: 2,
        bad: 1
    ),
    PackageSample(
        "not closed in an item beyond the limit",
        "[\(good),{\"a\":\"\(String(repeating: "x", count: 9_000))",
        records: 1,
        bad: 1
    ),
    PackageSample("text after a long array", "[\(good),\n\(good)]\nmore", records: 2, bad: 1),
    PackageSample("an array as first of the lines", "[\(good)]\n\(good)\n\(good)\n", records: 2, bad: 1),
    PackageSample("an empty array as first of the lines", "[]\n\(good)\n", records: 1, bad: 1),
    PackageSample("a broken array as first of the lines", "[\(good)\n\(good)\n\(good)\n", records: 2, bad: 1),
    PackageSample("an open string as first of the lines", "[{\"a\n\(good)\n", records: 1, bad: 1),
    PackageSample(
        "brackets as first of the lines",
        String(repeating: "[", count: 100_000) + "\n\(good)\n",
        records: 1,
        bad: 1
    ),
    PackageSample(
        "open objects as first of the lines",
        String(repeating: #"[{"a":"#, count: 300) + "\n\(good)\n",
        records: 1,
        bad: 1
    ),
]

private let grammarSamples: [PackageSample] = [
    PackageSample(
        "not quite JSON",
        """
        {"id":1,}
        {,"id":1}
        {'id':2}
        {id:3}
        {"id":4 "v":5}
        {"id" 4}
        {"id":}
        {"id":1,"id"}
        {"a":[1,2,]}
        {"a":[,1]}
        {"a":[1 2]}
        {"a":(1)}
        {"a":1;"b":2}
        {"a":[1}
        {"a":1]
        {"a":undefined}
        {"a":None}
        {"a":True}
        {"a":nul}
        {"a":nulll}
        {1:2}
        \(good)
        """,
        records: 1,
        bad: 21
    ),
    PackageSample(
        "comments",
        "// c\n/* c */ \(good)\n\(good) // c\n# c\n{\"a\":/**/1}\n\(good)\n",
        records: 1,
        bad: 5
    ),
    PackageSample(
        "zero bytes",
        Array("\(good)\0\n\0\0\0\n{\"a\":\"\0\"}\n{\"a\"\0:1}\n\(good)\n".utf8),
        records: 1,
        bad: 4
    ),
    PackageSample("zero bytes first", Array("\0\0\0\n\(good)\n".utf8), records: 1, bad: 1),
    PackageSample("a zero byte after the brace", Array("{\0\"a\":1}\n\(good)\n".utf8), records: 1, bad: 1),
    PackageSample("other white space", "\u{0B}\(good)\n\u{0C}\(good)\n\u{A0}\(good)\n\u{2028}\n", records: 0, bad: 4),
    PackageSample("duplicate fields", #"{"id":1,"value":1,"value":2}"#, records: 1, bad: 0),
]

private let numberSamples: [PackageSample] = [
    PackageSample(
        "numbers that JSON does not have",
        [
            "01", "-01", "00", "+1", ".5", "-.5", "1.", "1.e5", "0x10", "1e", "1e+", "-", "--1", "1_000", "1,000",
            "1 000",
        ]
        .map { "{\"v\":\($0)}\n" }.joined(),
        records: 0,
        bad: 16
    ),
    PackageSample(
        "not a number and infinity",
        ["NaN", "nan", "-NaN", "Infinity", "-Infinity", "inf", "1e400", "-1e400", "1.8e308"]
            .map { "{\"v\":\($0)}\n" }.joined(),
        records: 0,
        bad: 9
    ),
    PackageSample(
        "numbers that JSON has",
        ["0", "-0", "-0.0", "1E+2", "0.1e-7", "1e5", "1e-400", "0e999", "1.7976931348623157e308", "5e-324"]
            .map { "{\"v\":\($0)}\n" }.joined(),
        records: 10,
        bad: 0
    ),
    PackageSample(
        "integers of any length",
        [
            "9007199254740993", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
            "-9223372036854775809", "18446744073709551615", "18446744073709551616",
            "-" + String(repeating: "9", count: 30), String(repeating: "7", count: 400),
        ].map { "{\"v\":\($0)}\n" }.joined(),
        records: 9,
        bad: 0
    ),
    PackageSample(
        "long digits that are no integers",
        [
            "018446744073709551616", "-018446744073709551616", "18446744073709551616x", "x18446744073709551616",
            "18446744073709551616 1", "+18446744073709551616", "18446744073709551616.", "18446744073709551616e",
            "18446744073709551616,\"w\":1e400", "18446744073709551616,\"w\":01",
        ].map { "{\"v\":\($0)}\n" }.joined(),
        records: 0,
        bad: 10
    ),
]

private let textSamples: [PackageSample] = [
    PackageSample(
        "escapes",
        #"{"h":"\/\b\f\n\r\t\\\"\u00e9\uD83D\uDE00\u0000"}"# + "\n"
            + [#"\x41"#, #"\u12"#, #"\u12G4"#, #"\'"#, #"\a"#, #"\U0041"#, "\\"].map { "{\"h\":\"\($0)\"}\n" }.joined(),
        records: 1,
        bad: 7
    ),
    PackageSample(
        "half a surrogate pair",
        [#"\ud800"#, #"a\udc00b"#, #"\ud800x"#, #"\ud800\ud800"#, #"\udc00\ud800"#, #"\ud800\u0041"#, #"\ud800\n"#]
            .map { "{\"h\":\"\($0)\"}\n" }.joined() + "{\"\\ud800\":1}\n\(good)\n",
        records: 1,
        bad: 8
    ),
    PackageSample(
        "control characters",
        (0..<0x20).filter { $0 != 0x0A }.flatMap { Array("{\"a\":\"x".utf8) + [UInt8($0)] + Array("y\"}\n".utf8) }
            + Array("{\"a\":\"\u{7F}\"}\n".utf8),
        records: 1,
        bad: 31
    ),
    PackageSample(
        "bytes that are not UTF-8",
        [
            [0xFF], [0xFE, 0xFF], [0x80], [0xC3], [0xC3, 0x28], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80],
            [0xE2, 0x82],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80],
        ].flatMap { (bytes: [UInt8]) in Array("{\"a\":\"".utf8) + bytes + Array("\"}\n".utf8) }
            + Array("\(good)\n".utf8),
        records: 1,
        bad: 14
    ),
    PackageSample("bytes outside of strings", Array("\(good)".utf8) + [0xC3, 0xA9, 0x0A], records: 0, bad: 1),
    PackageSample("text of all lengths", "{\"é\":\"aé€😀\u{2028}\u{FFFF}\u{10FFFF}\"}\n", records: 1, bad: 0),
]

private let limitSamples: [PackageSample] = [
    PackageSample(
        "as deep as allowed",
        "\(nested(128))\n\(nested(128, opening: #"{"a":"#, closing: "}"))",
        records: 2,
        bad: 0
    ),
    PackageSample("deeper than allowed", "\(nested(129))\n\(nested(1_000))\n\(good)\n", records: 1, bad: 2),
    PackageSample("open brackets", String(repeating: "[", count: 4_000) + "\n\(good)\n", records: 1, bad: 1),
    PackageSample("closed brackets", String(repeating: "]", count: 4_000) + "\n\(good)\n", records: 1, bad: 1),
    PackageSample("as long as allowed", line(of: 4_096) + "\n" + line(of: 4_096), records: 2, bad: 0),
    PackageSample("longer than allowed", line(of: 4_097) + "\n\(good)\n" + line(of: 90_000), records: 1, bad: 2),
    PackageSample(
        "white space counts",
        String(repeating: " ", count: 4_096) + "\(good)\n\(good)\n",
        records: 1,
        bad: 1
    ),
    PackageSample("a long item", "[\(good),\(line(of: 5_000)),\(good)]", records: 2, bad: 1),
    PackageSample("a long array", "[\(good)" + String(repeating: ",\(good)", count: 999) + "]", records: 1_000, bad: 0),
]

/// A record of so many bytes.
private func line(of length: Int) -> String {
    #"{"a":""# + String(repeating: "x", count: length - 8) + #""}"#
}
