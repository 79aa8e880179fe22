import Foundation
import Testing

/// What somebody who writes scripts works with: test, replay, repl.
@Suite(.timeLimit(.minutes(20))) struct AuthorTests {
    @Test func `the shipped scripts pass their tests`() async throws {
        let place = try Workplace()
        let outcome = try await place.mustRun("test", "scripts")
        #expect(outcome.lines.last == "\(outcome.lines.count - 1) tests passed" && outcome.lines.count > 3)
        #expect(outcome.lines.dropLast().allSatisfy { $0.hasPrefix("ok ") })
        // Nothing is left behind.
        #expect(!place.names(in: "").contains("state"))
    }

    @Test func `a test that fails is shown with file and line, and ends with 1`() async throws {
        let place = try Workplace()
        try place.write(
            """
            return test {
              name = "nobody is above 90", warm_up = simulate(600),
              records = { { name = "x", accuracy = 95 } },
              expect = { findings = 0 },
            }
            """,
            "scripts/tests/wrong_test.lua"
        )
        let outcome = try await place.run("test", "scripts")
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("scripts/tests/wrong_test.lua:1: nobody is above 90"))
        #expect(
            outcome.output.contains("findings: expected 0, got 1") && outcome.output.contains("3 of 4 tests passed")
        )
        let objects = try await place.run("test", "scripts", "--json").objects()
        #expect(objects.last?["failed"].int == 1 && objects.last?["tests"].int == 4)
        #expect(objects.contains { $0["line"].int == 1 && $0["passed"].bool == false })
    }

    @Test func `what has run is replayed, captured and at hand`() async throws {
        let place = try Workplace()
        _ = try await place.mustRun("scripts", "--packages", "40", "--seed", "5", "--set", "General.upload-interval=0")
        let replayed = try await place.mustRun("replay", "last", "24h", "--scripts", "scripts", "--json").objects()
        let scripts = try #require(replayed.last?["scripts"].array)
        #expect(scripts.count == 2 && replayed.last?["only_first"].int == 0 && replayed.last?["only_second"].int == 0)
        #expect(scripts[0]["recall"].double ?? 0 > 0.9 && scripts[0]["injected"].int ?? 0 > 0)
        _ = try await place.mustRun("test", "--capture", "scripts/tests/recent.jsonl", "--records", "50")
        #expect(
            try String(decoding: place.contents(of: "scripts/tests/recent.jsonl"), as: UTF8.self)
                .split(separator: "\n").count == 50
        )
        let answers = try await place.mustRun("repl", input: "#records\nstate.add('a', 1)\n:quit\n9\n")
        #expect(answers.lines == ["1000", "1"])
    }
}
