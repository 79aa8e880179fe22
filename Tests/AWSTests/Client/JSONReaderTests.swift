import Testing

@testable import AWS

@Suite struct JSONReaderTests {
    private func string(_ text: String) throws -> String {
        try JSONReader.read(Array(text.utf8)) { (json) throws(JSONReader.Malformed) in try json.string() }
    }

    private func skip(_ text: String) throws {
        try JSONReader.read(Array(text.utf8)) { (json) throws(JSONReader.Malformed) in try json.skip() }
    }

    @Test(arguments: [
        (#""""#, ""), (#""a/b""#, "a/b"), (#""a\/b\"\\\n\t\r\b\f""#, "a/b\"\\\n\t\r\u{8}\u{C}"),
        (#""\u0041\u00e9\uD83D\uDE00""#, "Aé😀"), (#" "é😀" "#, "é😀"),
    ])
    func `strings are unescaped`(text: String, expected: String) throws {
        #expect(try string(text) == expected)
    }

    @Test(arguments: [
        "null", "true", "false", "0", "-0", "1.5e-3", "1E+9", "[]", "[ ]", "{}", "{ }",
        #"{"a":[1,{"b":null}],"c":"d"}"#,
        " [1 , 2] ",
    ])
    func `what is JSON is passed over`(text: String) throws {
        try skip(text)
    }

    /// From the “n_” cases of Nicolas Seriot's JSONTestSuite.
    @Test(arguments: [
        "", " ", "[1,]", "[,1]", "[1 2]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{'a':1}", "[1", "{\"a\":", "nul", "tru",
        "01", "-", "1.", ".5", "1e", "+1", "0x1", "NaN", "Infinity", "\"", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u+123\"",
        "\"\\uD800\"", "\"\\uD800\\u0041\"", "\"\\uDC00\"", "\"\t\"", "1 2", "{} {}", "[\"a\",\n4\n,1,", "]", "}",
        String(repeating: "[", count: 33) + String(repeating: "]", count: 33), String(repeating: "[", count: 100_000),
    ])
    func `what is not JSON is refused`(text: String) {
        #expect(throws: JSONReader.Malformed.self) { try skip(text) }
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: JSONReader.Malformed.self) {
            try JSONReader.read([0x22, 0xFF, 0x22]) { (json) throws(JSONReader.Malformed) in try json.string() }
        }
    }

    @Test(arguments: [(#""Zm9v""#, "foo"), (#""""#, ""), (#""Pz8\/""#, "???")])
    func `base64 is decoded, escapes and all`(text: String, data: String) throws {
        let decoded = try JSONReader.read(Array(text.utf8)) { (json) throws(JSONReader.Malformed) in try json.base64() }
        #expect(decoded == Array(data.utf8))
    }

    @Test(arguments: [#""Zm9""#, #""Zm9v"#, "1", "", #""Zm\u0039""#])
    func `what is not base64 is refused`(text: String) {
        #expect(throws: JSONReader.Malformed.self) {
            try JSONReader.read(Array(text.utf8)) { (json) throws(JSONReader.Malformed) in try json.base64() }
        }
    }

    @Test func `a writer's text is what a reader reads`() throws {
        let written = JSONWriter.object { json in
            json.string("s", "quote \" slash \\ line \n control \u{1} é😀")
            json.number("i", -7)
            json.object("o") { $0.base64("b", Array("foobar".utf8)) }
            json.array("a", [1, 2]) { json, value in json.object { $0.number("v", value) } }
        }
        let expected =
            #"{"s":"quote \" slash \\ line \u000a control \u0001 é😀","i":-7,"#
            + #""o":{"b":"Zm9vYmFy"},"a":[{"v":1},{"v":2}]}"#
        #expect(String(decoding: written, as: UTF8.self) == expected)
        try skip(expected)
    }
}
