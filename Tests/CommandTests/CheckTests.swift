import Foundation
import Testing

@Suite(.timeLimit(.minutes(20))) struct CheckTests {
    @Test func `the shipped scripts have no problems`() async throws {
        let outcome = try await Workplace().mustRun("check", "scripts")
        #expect(outcome.errors.isEmpty)
    }

    @Test func `every problem of a directory is told as file, line and message`() async throws {
        let place = try Workplace(scripts: [
            "detect.lua": "return {\n  features = { \"accuracy\" },\n  forest = { tres = 100 },\n}\n",
            "record.lua": "return record {\n  name = choice { \"a\" \"b\" },\n}\n",
        ])
        let outcome = try await place.run("check", "scripts")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains(#/scripts/detect\.lua(:3)?: .*tres/#), "\(outcome)")
        #expect(outcome.errors.contains("scripts/record.lua:2: "), "\(outcome)")
        let json = try await place.mustRun("check", "scripts", "--json")
        #expect(try json.objects().map { $0["status"].string } == ["error"])
    }

    @Test func `the example in the help works: decide is called with a record and a result`() async throws {
        let place = try Workplace()
        let arguments = ["scripts/detect.lua", "--call", "decide", "--record", #"{"accuracy": 95}"#]
        let outcome = try await place.start(["check"] + arguments).outcome()
        #expect(outcome.status == 0 && outcome.output.contains("call ok  {\"severity\":\"critical\"}"), "\(outcome)")
        let absent = try await place.mustRun("check", "scripts/detect.lua", "--call", "decid")
        #expect(absent.output.contains("there is no function decid"))
        let directory = try await place.run("check", "scripts", "--call", "decide")
        #expect(directory.status == 2 && directory.errors.contains("one script"))
    }

    @Test(
        arguments: [
            ("function f(r) return r.a + 1 end", #"{"a":1}"#, [["load", "ok", "nil"], ["call", "ok", "2"]]),
            ("return { f = function(r) return r.a end }", #"{"a":"x"}"#, [["load", "ok", nil], ["call", "ok", "x"]]),
            ("return 7", "{}", [["load", "ok", "7"]]),
            ("function f(", "{}", [["load", "error", nil]]),
            ("function f() error('no') end", "{}", [["load", "ok", "nil"], ["call", "error", nil]]),
            ("function f() while true do end end", "{}", [["load", "ok", "nil"], ["call", "limit", nil]]),
            ("while true do pcall(error) end", "{}", [["load", "limit", nil]]),
            (
                "function f() local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end end", "{}",
                [["load", "ok", "nil"], ["call", "limit", nil]]
            ),
        ] as [(String, String, [[String?]])]
    )
    func `a file gives a line a phase, and json ends with 0 whatever they say`(
        script: String,
        record: String,
        phases: [[String?]]
    ) async throws {
        let place = try Workplace()
        try place.write(script, "one.lua")
        let outcome = try await place.mustRun("check", "one.lua", "--call", "f", "--record", record, "--json")
        let found = try outcome.objects()
        #expect(found.count == phases.count, "\(outcome)")
        for (object, phase) in zip(found, phases) {
            #expect(object.names == ["phase", "status", "text", "ms"])
            #expect(object["phase"].string == phase[0])
            #expect(object["status"].string == phase[1], "\(outcome)")
            if let text = phase[2] { #expect(object["text"].string == text) }
            #expect((object["ms"].double ?? -1) >= 0)
        }
        let isGood = phases.allSatisfy { $0[1] == "ok" }
        let plain = try await place.run("check", "one.lua", "--call", "f", "--record", record)
        #expect(plain.status == (isGood ? 0 : 1))
        #expect(plain.errors.isEmpty == isGood)
    }
}
