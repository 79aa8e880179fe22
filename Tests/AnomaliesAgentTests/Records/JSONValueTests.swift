import Testing

@testable import AnomaliesAgent

@Suite struct JSONValueTests {
    @Test(
        arguments: [
            ("null", JSONValue.null),
            ("true", true),
            ("0", 0),
            ("-9223372036854775808", .integer(.min)),
            ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .digits("9223372036854775808")),
            ("-9223372036854775809", .digits("-9223372036854775809")),
            ("18446744073709551615", .digits("18446744073709551615")),
            ("123456789012345678901234567890", .digits("123456789012345678901234567890")),
            ("10.0", 10.0),
            ("-0.0", -0.0),
            ("0.1", 0.1),
            ("5e-324", .number(.leastNonzeroMagnitude)),
            ("1.7976931348623157e+308", .number(.greatestFiniteMagnitude)),
            ("\"\"", ""),
            (#""\"\\/\n\r\t\u0008\u001f\u0000""#, "\"\\/\n\r\t\u{8}\u{1F}\0"),
            (#""a\u2028b\u2029c""#, "a\u{2028}b\u{2029}c"),
            ("\"é€😀\u{7F}\u{2027}\u{202A}\u{28}\"", "é€😀\u{7F}\u{2027}\u{202A}\u{28}"),
            ("[]", .array([])),
            ("{}", .object([:])),
            (#"{"b":[1,{"c":null}],"a":{}}"#, ["b": [1, ["c": nil]], "a": [:]]),
        ] as [(String, JSONValue)]
    )
    func `what is written is compact, and reading it gives the same value`(text: String, value: JSONValue) throws {
        #expect(try value.text() == text)
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `a number that JSON cannot express is refused, and nothing is written`(number: Double) {
        var output = Array("before".utf8)
        let value: JSONValue = ["a": [1, .number(number)]]
        #expect(throws: RecordError.notFinite) { try value.write(to: &output) }
        #expect(output == Array("before".utf8))
    }

    @Test(arguments: ["", "-", "1.5", "01", "-0", "1e5", "٣", "1,\"x\":2"])
    func `digits that are no integer are refused`(digits: String) {
        #expect(throws: RecordError.malformedNumber) { _ = try JSONValue.digits(digits).text() }
    }

    @Test func `what could not be read again is not written`() throws {
        var value: JSONValue = [1]
        for _ in 0..<127 { value = [value] }
        #expect(try JSONValue(parsing: value.text()) == value)
        #expect(throws: RecordError.tooDeep) { _ = try JSONValue.array([value]).text() }
    }

    @Test(arguments: [1, 15, 16, 17, 1_000])
    func `of duplicate fields the last wins, in the place of the first`(count: Int) throws {
        let first = (0..<count).map { "\"f\($0)\":0" }
        let again = (0..<count).reversed().map { "\"f\($0)\":\($0)" }
        let value = try JSONValue(parsing: "{" + (first + again).joined(separator: ",") + "}")
        let expected = (0..<count).map { "\"f\($0)\":\($0)" }.joined(separator: ",")
        #expect(try value.text() == "{\(expected)}")
        #expect(value["f\(count - 1)"] == .integer(Int64(count - 1)))
    }

    @Test(arguments: [3, 15, 16, 17, 40])
    func `a removed field is gone and the others stay in order`(count: Int) throws {
        var object = JSONObject((0..<count).map { ("f\($0)", .integer(Int64($0))) })
        object["f1"] = nil
        object["absent"] = nil
        #expect(object.fields.map(\.name) == (0..<count).filter { $0 != 1 }.map { "f\($0)" })
        #expect(object["f1"] == nil)
        #expect(object["f\(count - 1)"] == .integer(Int64(count - 1)))
    }

    @Test func `names and strings are compared byte by byte`() throws {
        let value = try JSONValue(parsing: #"{"caf\u00e9":1,"cafe\u0301":2}"#)
        #expect(value.object?.count == 2)
        #expect(value["caf\u{E9}"] == 1)
        #expect(value["cafe\u{301}"] == 2)
        #expect(JSONValue.string("\u{E9}") != "e\u{301}")
    }

    @Test func `a field with a hundred thousand others is found at once`() throws {
        let fields = (0..<50_000).map { "\"field number \($0)\":\($0)" }.joined(separator: ",")
        let value = try JSONValue(parsing: "{\(fields)}")
        #expect(value["field number 49999"] == 49_999)
    }

    @Test(
        arguments: [
            ("a", 1), ("b.c", "x"), ("b", ["c": "x"]), ("d", nil), ("b.d", nil), ("a.b", nil),
        ] as [(String, JSONValue?)]
    )
    func `a path leads into objects`(path: String, expected: JSONValue?) throws {
        let value: JSONValue = ["a": 1, "b": ["c": "x"]]
        #expect(try value[FeaturePath(path)] == expected)
    }

    @Test(
        arguments: [
            (JSONValue.integer(3), 3), (2.5, 2.5), (.digits("18446744073709551616"), 18_446_744_073_709_551_616),
            ("3", nil),
            (true, nil), (.digits(String(repeating: "9", count: 400)), nil), (.number(.infinity), nil),
        ] as [(JSONValue, Double?)]
    )
    func `only finite numbers have a value as a double`(value: JSONValue, expected: Double?) {
        #expect(value.double == expected)
    }

    @Test(arguments: ["", " ", "[1", "1 2", "nul", "\u{FEFF}1"])
    func `what is not one JSON value is refused`(text: String) {
        #expect(throws: RecordError.self) { _ = try JSONValue(parsing: text) }
    }
}
