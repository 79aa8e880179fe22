import Testing

@testable import AnomaliesAgent

@Suite struct RecordParserTests {
    @Test(arguments: [
        ("accuracy", FeatureValue.number(15)),
        ("sensor.temperature", .number(-2.5)),
        ("sensor.deep.er", .number(1e10)),
        ("big", .number(18_446_744_073_709_551_616)),
        ("unsigned", .number(9_223_372_036_854_775_808)),
        ("exact", .number(9_007_199_254_740_992)),
        ("enormous", .outOfRange),
        ("twice", .number(2)),
        ("pair.new", .number(2)),
        ("pair.old", .missing),
        ("nothing", .missing),
        ("accuracy.of", .missing),
        ("sensor.nothing", .missing),
        ("list.0", .missing),
        ("accurac", .missing),
        ("sensor", .notANumber(.object)),
        ("list", .notANumber(.array)),
        ("text", .notANumber(.string)),
        ("no", .notANumber(.boolean)),
        ("null", .notANumber(.null)),
        ("caf\u{E9}", .number(1)),
        ("cafe\u{301}", .number(2)),
    ])
    func `a feature is a number at a path and nothing else is taken for one`(
        path: String,
        expected: FeatureValue
    ) throws {
        let enormous = String(repeating: "9", count: 400)
        let record = #"""
            {"accuracy":15,"sensor":{"temperature":-2.5,"deep":{"er":1e10}},"big":18446744073709551616,
            "unsigned":9223372036854775808,"exact":9007199254740993,"enormous":\#(enormous),"twice":1,"list":[1,2],
            "text":"12.5","no":false,"null":null,"twice":2,"pair":{"old":1},"pair":{"new":2},
            "caf\u00e9":1,"cafe\u0301":2}
            """#
        let parser = try RecordParser()
        try parser.parse(Array(record.utf8).span)
        #expect(try parser.feature(FeaturePath(path)) == expected)
    }

    @Test func `features come in the order of their paths`() throws {
        let parser = try RecordParser()
        let paths = try ["b", "a", "c.d"].map { text in try FeaturePath(text) }
        var point: [Double] = [7, 7, 7, 7]
        for record in [#"{"a":1,"b":2,"c":{"d":3}}"#, #"{"c":{"d":3,"e":[{}]},"a":1,"b":2.0}"#] {
            try parser.parse(Array(record.utf8).span)
            try parser.features(paths, into: &point)
            #expect(point == [2, 1, 3])
        }
    }

    @Test(arguments: [
        ("{}", "field \"accuracy\" is missing"),
        (#"{"accuracy":"secret"}"#, "field \"accuracy\" is a string, not a number"),
        (#"{"accuracy":null}"#, "field \"accuracy\" is null, not a number"),
        (#"{"accuracy":true}"#, "field \"accuracy\" is a boolean, not a number"),
        (#"{"accuracy":[1]}"#, "field \"accuracy\" is an array, not a number"),
        (
            #"{"accuracy":"# + String(repeating: "9", count: 400) + "}",
            "field \"accuracy\" is beyond the range of a double"
        ),
    ])
    func `the field that is not a number is named and its content is not`(record: String, message: String) throws {
        let parser = try RecordParser()
        try parser.parse(Array(record.utf8).span)
        var point: [Double] = []
        do throws(RecordError) {
            try parser.features([FeaturePath("accuracy")], into: &point)
            Issue.record("no error")
        } catch {
            #expect(error.description == message)
        }
    }

    @Test func `a bad record does not spoil the next`() throws {
        let parser = try RecordParser(limits: RecordLimits(record: 1_000))
        let path = try FeaturePath("a")
        let long = "{\"a\":\"" + String(repeating: "x", count: 1_000) + "\"}"
        for (number, bad) in ["{\"a\":1", "{\"a\":1e400}", "7", "", nested(129), "{\"a\":\"\\u\"}", long].enumerated() {
            #expect(throws: RecordError.self) { try parser.parse(Array(bad.utf8).span) }
            try parser.parse(Array("{\"a\":\(number)}".utf8).span)
            #expect(try parser.feature(path) == .number(Double(number)))
        }
    }

    @Test(arguments: ["", ".", "a.", ".a", "a..b"])
    func `a path with an empty name is refused`(text: String) {
        #expect(throws: RecordError.invalidPath(text)) { _ = try FeaturePath(text) }
    }

    @Test func `a path is split at its dots`() throws {
        #expect(try FeaturePath("a.b.c").names == [Array("a".utf8), Array("b".utf8), Array("c".utf8)])
    }
}
