import Foundation
import Testing

@testable import AnomaliesAgent

/// `derive` of detect.lua, over lines.
@Suite struct DeriveTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    private func script(_ derive: String, features: String = "{ 'a' }", _ more: String = "") throws -> DetectScript {
        let text = "return { features = \(features), derive = \(derive), \(more) }"
        let sources = ScriptSources(directory: "scripts", texts: [.detect: Array(text.utf8)])
        return try ScriptLoader(sources: sources, environment: bench.environment()).detect()
    }

    private func derive(
        _ script: DetectScript,
        _ input: String,
        pieces size: Int = .max,
        limit: Int = 1 << 20
    ) throws -> (output: String, problems: [String]) {
        let output = ByteBuffer()
        var (text, problems) = ("", [String]())
        var derivation = try LineDerivation(script, limits: RecordLimits(record: limit)) {
            problems.append("\($0): \($1)")
        }
        let bytes = Array(input.utf8)
        for start in stride(from: 0, to: bytes.count, by: min(size, max(bytes.count, 1))) {
            let end = size == .max ? bytes.count : min(start + size, bytes.count)
            derivation.append(Array(bytes[start..<end]), to: output) { _ in }
        }
        derivation.finish(to: output)
        text = String(decoding: output.array, as: UTF8.self)
        return (text, problems)
    }

    private func one(_ declaration: String, _ record: String) throws -> String {
        let (output, problems) = try derive(try script(declaration), record)
        return problems.first ?? String(output.dropLast())
    }

    @Test(
        arguments: [
            ("{ x = above('a', 50) }", #"{"a":51}"#, #"{"a":51,"x":true}"#),
            ("{ x = above('a', 50) }", #"{"a":50}"#, #"{"a":50,"x":false}"#),
            ("{ x = above('a', 50) }", #"{"a":50.5}"#, #"{"a":50.5,"x":true}"#),
            ("{ x = below('a', 0.5) }", #"{"a":0}"#, #"{"a":0,"x":true}"#),
            // 2^53 + 1 is no double.
            ("{ x = above('a', 9007199254740992) }", #"{"a":9007199254740993}"#, #"{"a":9007199254740993,"x":true}"#),
            ("{ x = above('a', 1) }", #"{"b":1}"#, #"{"b":1}"#),
            ("{ x = above('a', 1) }", #"{"a":null}"#, #"{"a":null}"#),
            ("{ x = above('a', 1) }", #"{}"#, #"{}"#),
            ("{ x = above('a', 'b') }", #"{"a":1,"b":2}"#, #"{"a":1,"b":2,"x":false}"#),
            ("{ x = above('a.b', 1) }", #"{"a":{"b":2}}"#, #"{"a":{"b":2},"x":true}"#),
            ("{ x = above('a', 1) }", #"{"a":0,"a":2}"#, #"{"a":0,"a":2,"x":true}"#),
            ("{ x = sum('a', 'b', 1) }", #"{"a":1,"b":2}"#, #"{"a":1,"b":2,"x":4}"#),
            (
                "{ x = sum('a', 1) }", #"{"a":9223372036854775807}"#,
                #"{"a":9223372036854775807,"x":9.223372036854776e+18}"#
            ),
            ("{ x = difference('a', 'b') }", #"{"a":1,"b":0.5}"#, #"{"a":1,"b":0.5,"x":0.5}"#),
            ("{ x = product('a', 'a') }", #"{"a":-3}"#, #"{"a":-3,"x":9}"#),
            ("{ x = ratio('a', 'b') }", #"{"a":1,"b":4}"#, #"{"a":1,"b":4,"x":0.25}"#),
            ("{ x = above(ratio('a', 'b'), 0.2) }", #"{"a":1,"b":4}"#, #"{"a":1,"b":4,"x":true}"#),
            ("{ x = sum(above('a', 0), above('b', 0)) }", #"{"a":1,"b":4}"#, #"{"a":1,"b":4,"x":2}"#),
            ("{ x = equals('a', 'é') }", #"{"a":"\u00e9"}"#, #"{"a":"\u00e9","x":true}"#),
            ("{ x = equals('a', '1') }", #"{"a":1}"#, #"{"a":1,"x":false}"#),
            ("{ x = equals('a', 1) }", #"{"a":1.0}"#, #"{"a":1.0,"x":true}"#),
            ("{ x = equals('a', true) }", #"{"a":true}"#, #"{"a":true,"x":true}"#),
            ("{ x = length('a') }", #"{"a":"né😀"}"#, #"{"a":"né😀","x":3}"#),
            ("{ x = length('a') }", #"{"a":[[1,2],{}]}"#, #"{"a":[[1,2],{}],"x":2}"#),
            // In its place, once, and nothing else touched.
            ("{ a = above('a', 1) }", #"{ "b" : 1.50, "a" :2 , "c":[1 ,2]}"#, #"{"b" : 1.50,"a" :true,"c":[1 ,2]}"#),
            ("{ a = above('a', 1) }", #"{"a":0,"b":1,"\u0061":2}"#, #"{"b":1,"\u0061":true}"#),
            ("{ ['q\"'] = above('a', 1) }", #"{"a":2}"#, #"{"a":2,"q\"":true}"#),
            // 20 and 30 digits pass.
            (
                "{ x = above('a', 1) }", #"{"a":2,"id":123456789012345678901234567890,"n":1.10e5}"#,
                #"{"a":2,"id":123456789012345678901234567890,"n":1.10e5,"x":true}"#
            ),
            ("{ x = above('a', 1) }", #"{"a":"5"}"#, #"1: field "a" is a string, not a number"#),
            ("{ x = sum('a', 1) }", #"{"a":true}"#, #"1: field "a" is a boolean, not a number"#),
            ("{ x = ratio('a', 0) }", #"{"a":0}"#, #"1: derived field "x" is not a finite number"#),
            (
                "{ x = length('a') }", #"{"a":5}"#,
                #"1: field "a" has no length: expected a text, an array or an object"#
            ),
        ] as [(String, String, String)]
    )
    func `a declaration gives`(declaration: String, record: String, expected: String) throws {
        #expect(try one(declaration, record) == expected)
    }

    /// Each function once in a form whose text shows what it uses, and once in one that does not.
    @Test(
        arguments: [
            ("record.x = record.a > 1", #"{"a":2}"#, #"{"a":2,"x":true}"#),
            ("record.x = record.a > 1 return record", #"{"a":2}"#, #"{"a":2,"x":true}"#),
            ("return { x = record.a + 1 }", #"{"a":2}"#, #"{"a":2,"x":3}"#),
            ("record.a = nil", #"{"a":2,"b":1}"#, #"{"b":1}"#),
            ("record.a = nil", #"{"a":2}"#, #"{}"#),
            ("record.a = record.a + 1", #"{"b":1.0,"a":2}"#, #"{"b":1.0,"a":3}"#),
            // Assigned, but nothing new: as it was written.
            ("record.a = record.a", #"{"a":1.50}"#, #"{"a":1.50}"#),
            ("record.a = record.a", #"{"a":"\u0041"}"#, #"{"a":"\u0041"}"#),
            ("record.a = record.a", #"{"a":null}"#, #"{"a":null}"#),
            ("record.a = record.a", #"{"a":[1,{"b":[]}]}"#, #"{"a":[1,{"b":[]}]}"#),
            ("record.x, record.y = record.b, record.a", #"{"a":1,"b":2}"#, #"{"a":1,"b":2,"x":2,"y":1}"#),
            ("record['x y'] = record.a .. '!'", #"{"a":"é"}"#, #"{"a":"é","x y":"é!"}"#),
            ("record.x = record.a == null", #"{"a":null}"#, #"{"a":null,"x":true}"#),
            ("record.x = record.a.b", #"{"a":{"b":5}}"#, #"{"a":{"b":5},"x":5}"#),
            ("record.a.b = 6", #"{"a":{"b":5},"c":1}"#, #"{"a":{"b":6},"c":1}"#),
            ("record.x = {}", #"{"a":1}"#, #"{"a":1,"x":{}}"#),
            ("record.x = array {}", #"{"a":1}"#, #"{"a":1,"x":[]}"#),
            ("if record.a > 1 then record.x = 1 end", #"{"a":1}"#, #"{"a":1}"#),
            ("record.x = 0 / 0", #"{"a":1}"#, #"1: derived field "x" is not a finite number"#),
            ("record.x = print", #"{"a":1}"#, #"1: derived field "x" is a function"#),
            (
                "return 5", #"{"a":1}"#,
                "1: scripts/detect.lua:1: derive returned 5, expected the record, a table of new fields, or nothing"
            ),
            ("error('no', 0)", #"{"a":1}"#, "1: no"),
        ] as [(String, String, String)]
    )
    func `a function of the record gives the same however it is called`(
        body: String,
        record: String,
        expected: String
    ) throws {
        #expect(try one("function(record) \(body) end", record) == expected)
        let roundabout = "function(record) local f = function(record) \(body) end return f(record) end"
        #expect(try one(roundabout, record) == expected)
    }

    @Test(
        arguments: [
            ("record.a - 20", #"{"a":21.5}"#, #"{"a":21.5,"x":1.5}"#),
            ("nil", #"{"a":1}"#, #"{"a":1}"#),
            ("nil", #"{"a":1,"x":7}"#, #"{"a":1,"x":7}"#),
            ("null", #"{"a":1,"x":7}"#, #"{"a":1,"x":null}"#),
            ("{ record.a, 2 }", #"{"a":1}"#, #"{"a":1,"x":[1,2]}"#),
            ("#record.a", #"{"a":[1,2,3]}"#, #"{"a":[1,2,3],"x":3}"#),
            ("record.a", #"{"a":18446744073709551616}"#, #"{"a":18446744073709551616,"x":1.8446744073709552e+19}"#),
        ] as [(String, String, String)]
    )
    func `a function of a field gives its value`(result: String, record: String, expected: String) throws {
        #expect(try one("{ x = function(record) return \(result) end }", record) == expected)
        #expect(try one("{ x = function(...) local record = ... return \(result) end }", record) == expected)
    }

    @Test func `a function that keeps its record finds it unchanged`() throws {
        let keeping =
            "{ x = (function() local last return function(record) local l = last last = record return l and l.a or 0 end end)() }"
        let (output, problems) = try derive(try script(keeping), "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n")
        #expect(problems.isEmpty)
        #expect(output == "{\"a\":1,\"x\":0}\n{\"a\":2,\"x\":1}\n{\"a\":3,\"x\":2}\n")
    }

    @Test func `declarations and functions stand side by side, and none sees what another made`() throws {
        let both = "{ high = above('a', 1), twice = function(record) return record.a * 2 end, more = sum('high', 1) }"
        #expect(try one(both, #"{"a":2}"#) == #"{"a":2,"high":true,"twice":4}"#)
    }

    @Test(arguments: [1, 2, 3, 7, 64, .max])
    func `bad lines are told and nothing else is lost, in pieces of any size`(size: Int) throws {
        let lines = [
            "\u{FEFF}{\"a\":1}\r", "", "  ", "{\"a\":1", " {\"a\":2} ", "[1]",
            "{\"a\":\"\(String(repeating: "x", count: 100))\"}",
            "{\"a\":\"x\"}", "{\"b\":3}", "{\"a\":60}",
        ]
        let (output, problems) = try derive(
            try script("{ x = above('a', 50) }"),
            lines.joined(separator: "\n"),
            pieces: size,
            limit: 60
        )
        #expect(output == "{\"a\":1,\"x\":false}\n{\"a\":2,\"x\":false}\n{\"b\":3}\n{\"a\":60,\"x\":true}\n")
        #expect(problems.map { $0.split(separator: ":")[0] } == ["4", "6", "7", "8"], "\(problems)")
        #expect(problems[2] == "7: the record is longer than 60 bytes")
    }

    @Test(
        arguments: [
            "while true do end", "for i = 1, 1e9 do end", "record.x = ('x'):rep(1e9)",
            "local s = 'x' while true do s = s .. s end",
            "pcall(function() while true do end end)",
            "local t = {} for i = 1, 1e9 do t[i] = i end record.x = t", "local t = {} t.t = t record.x = t",
            "coroutine.yield()", "repeat until false", "::a:: goto a", "record.x = (record.name .. 'x'):rep(1e8)",
            "setmetatable(_G, { __index = function() while true do end end }) record.x = nothing",
        ]
    )
    func `what a function tries ends with its record, and the next is derived`(attempt: String) throws {
        let derive = "function(record) if record.a == 1 then \(attempt) end record.y = record.a end"
        let (output, problems) = try self.derive(try script(derive), "{\"a\":1}\n{\"a\":2}\n")
        #expect(problems.count == 1 && problems[0].hasPrefix("1: "), "\(problems)")
        #expect(output == "{\"a\":2,\"y\":2}\n")
    }

    @Test(
        arguments: [
            ("5", "derive: expected a table of fields"), ("{}", "derive: expected a table of fields"),
            ("{ x = 5 }", "derive.x: expected a declaration"),
            ("{ x = above('a') }", "above: expected 2 arguments, got 1"),
            ("{ x = above('a', 'b..c') }", "above: expected the name of a field"),
            ("{ x = sum('a', true) }", "sum: expected the name of a field, a number or another declaration, got true"),
            ("{ x = length(1) }", "length: expected the name of a field, got 1"),
            ("{ x = uniform { min = 1 } }", "uniform: is not a value for a derived field"),
            ("above('a', 1)", "derive: expected a table of fields"),
        ]
    )
    func `a derive that is none is refused where it stands`(derive: String, problem: String) throws {
        let error = #expect(throws: (any Error).self) { try script(derive) }
        #expect(
            "\(String(describing: error))".contains("scripts/detect.lua:1: \(problem)"),
            "\(String(describing: error))"
        )
    }

    @Test func `a derived field is a feature, a key, and seen by decide`() throws {
        let script = try script(
            "{ high = above('a', 50), group = function(record) return record.name:sub(1, 1) end }",
            features: "{ 'high', 'a' }",
            "key = 'group'"
        )
        let parser = try RecordParser()
        try script.parse(Array(#"{"a":60,"name":"Wendy"}"#.utf8).span, with: parser)
        var point: [Double] = []
        guard case .declared(let paths) = script.rules.features else {
            Issue.record("declared features are declared")
            return
        }
        try parser.features(paths, into: &point)
        #expect(point == [1, 60])
        #expect(try parser.value()["group"] == "W")
        let key = try #require(script.rules.forestKey)
        #expect(try RecordKey(of: parser.value(), at: key) == RecordKey("W"))
    }

    @Test func `a derive that fails ten times in a row stops the shard, a declaration never does`() throws {
        let parser = try RecordParser()
        let (good, bad) = (Array(#"{"a":1}"#.utf8), Array(#"{"a":"text"}"#.utf8))
        let failing = try script("function(record) record.x = record.a - 1 end")
        for _ in 1...9 { #expect(throws: ScriptFailure.self) { try failing.parse(bad.span, with: parser) } }
        // One that succeeds begins the count anew; what is no record is nobody's mistake.
        try failing.parse(good.span, with: parser)
        #expect(throws: RecordError.self) { try failing.parse(Array("{".utf8).span, with: parser) }
        for _ in 1...9 { #expect(throws: ScriptFailure.self) { try failing.parse(bad.span, with: parser) } }
        #expect(!failing.isStopped)
        #expect(throws: ScriptStopped.self) { try failing.parse(bad.span, with: parser) }
        #expect(failing.isStopped)
        let declared = try script("{ x = ratio('a', 0) }")
        for _ in 1...20 { #expect(throws: ScriptFailure.self) { try declared.parse(good.span, with: parser) } }
        #expect(!declared.isStopped)
    }

    @Test func `what was learned from a derived feature is not taken for that of another`() throws {
        let (low, high) = try (
            script("{ x = above('a', 1) }", features: "{ 'x' }"), script("{ x = above('a', 2) }", features: "{ 'x' }")
        )
        #expect(low.rules.featuresID != high.rules.featuresID)
        // Features that are not derived stay the same.
        let (one, other) = try (script("{ x = above('a', 1) }"), script("{ x = above('a', 2) }"))
        #expect(one.rules.featuresID == other.rules.featuresID)
    }
}
