import Testing

@testable import AnomaliesAgent

/// The tests that people write beside their scripts.
@Suite struct ScriptTestsTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    private static let detect = """
        return { features = { "v" }, threshold = 1.8, refractory = "1m", key = "host", per_key = false,
          forest = { trees = 20, sample_size = 32, time_decay = 1000 },
          decide = function(record) return { severity = record.v > 100 and "critical" or "warning" } end }
        """
    private static let record = "return record { v = integer { min = 10, max = 20 }, host = 'h' }"
    private static let inject = "return { rule { name = 'high', chance = 0.05, set = { v = 500 } } }"
    private static let notify = "return { to = 'ops@example.com', subject = 'High: {{record.v}}' }"

    private func sources(_ test: String, _ others: [String: String] = [:]) throws -> ScriptSources {
        var texts = [
            "detect.lua": Self.detect, "record.lua": Self.record, "inject.lua": Self.inject, "notify.lua": Self.notify,
            "tests/t.lua": test,
        ]
        for (name, text) in others { texts[name] = text }
        return try ScriptSources.read(try bench.scripts(texts), files: bench.files)
    }

    private func results(_ test: String, _ others: [String: String] = [:]) throws -> [ScriptTests.Result] {
        try ScriptTests(try sources(test, others), environment: bench.environment(), limits: RecordLimits()).run()
    }

    private func difference(_ body: String, _ others: [String: String] = [:]) throws -> [String] {
        try #require(try results("return test { name = 'n', warm_up = simulate(200), \(body) }", others).first)
            .difference
    }

    @Test(arguments: [
        "records = { { v = 500 } }, expect = { findings = { { line = 1, severity = 'critical', direction = 'rises' } } }",
        "records = { { v = 500 } }, expect = { findings = 1, alerts = 1, mails = { { to = 'ops@*', subject = 'High: 500' } } }",
        "records = { { v = 500 } }, expect = { alerts = { { score = { min = 1.8, max = 9 }, record = { v = 500 } } } }",
        "records = { { v = 15 }, { v = 12 } }, expect = { findings = {}, mails = {}, alerts = 0 }",
        "records = { { v = 500 }, { v = 90 } }, every = '59s', expect = { findings = { {}, { suppressed = 'refractory', alerted = false } } }",
        "records = { { v = 500 }, { v = 90 } }, every = '60s', expect = { findings = { { severity = 'critical' }, { severity = 'warning', suppressed = false } } }",
        "records = { { v = 500, host = 'a' }, { v = 90, host = 'b' } }, expect = { alerts = { { key = 'a' }, { key = 'b' } } }",
        "records = { { v = 15 }, 'nonsense', { w = 1 } }, expect = { quarantined = { { line = 2 }, { line = 3, reason = '*v*' } } }",
        "records = simulate(50), inject = { { line = 20, set = { v = 500 }, label = 'jump' } }, expect = { findings = { { line = 20, label = 'jump' } }, precision = 1, recall = 1 }",
        "records = simulate { records = 400, inject = true }, expect = { precision = 0.9, recall = 0.9 }",
        "records = 'kept.jsonl', expect = { findings = { { line = 2 } } }",
        "records = { { v = 500 } }, start = '2026-11-22T17:00:00Z', every = 1, expect = { alerts = { { time = 1795367000000 } } }",
    ])
    func `what comes as expected passes`(body: String) throws {
        #expect(try difference(body, ["tests/kept.jsonl": "{\"v\":12}\n{\"v\":400}\n\n"]) == [])
    }

    @Test(arguments: [
        ("records = { { v = 500 } }, expect = { findings = 0 }", ["findings: expected 0, got 1", "+ line 1"]),
        (
            "records = { { v = 500 } }, expect = { findings = { { severity = 'warning' } } }",
            ["findings: expected 1, got 1", "- severity \"warning\"", "+ line 1, severity \"critical\""]
        ),
        (
            "records = { { v = 500 } }, expect = { mails = { { subject = 'Low*' } } }",
            ["- subject \"Low*\"", "+ line 1, subject \"High: 500\""]
        ),
        ("records = { { w = 1 } }, expect = { findings = 0 }", ["quarantined: expected 0, got 1"]),
        ("records = simulate(50), expect = { recall = 0.5 }", ["recall: expected at least 0.5, got 0"]),
        ("records = 'nowhere.jsonl', expect = {}", ["there is no file nowhere.jsonl"]),
        ("records = simulate(5), inject = { { line = 9, set = { v = 1 } } }, expect = {}", ["no line 9"]),
    ])
    func `what differs is shown, wanted and got`(body: String, lines: [String]) throws {
        let difference = try difference(body).joined(separator: "\n")
        for line in lines { #expect(difference.contains(line), "\(difference)") }
    }

    @Test func `one item too many is one line of the difference`() throws {
        let difference = try difference(
            """
            records = { { v = 500, host = 'a' }, { v = 400, host = 'b' }, { v = 300, host = 'c' } },
            expect = { findings = { { line = 1 }, { line = 3 } } }
            """
        )
        #expect(difference.count == 2 && difference[1].hasPrefix("  + line 2"), "\(difference)")
    }

    @Test func `a function that fails fails its test`() throws {
        let difference = try difference(
            "records = { { v = 500 } }, expect = { findings = 1 }",
            ["detect.lua": Self.detect.replacing("record.v > 100", with: "record.x.y")]
        )
        #expect(
            difference.contains { $0.contains("a function failed") && $0.contains("detect.lua:3") },
            "\(difference)"
        )
    }

    @Test(arguments: [
        ("return 5", "tests/t.lua:1", "test { … }"), ("return {\n rule { name = 'x' } }", "tests/t.lua:2", "test"),
        ("return test {\n name = 'n' }", "tests/t.lua:1", "records"),
        ("return test { records = {}, expect = { finding = 1 } }", "tests/t.lua:1", "Did you mean findings?"),
        ("return test { records = {}, expect = { findings = { { sevrity = 'x' } } } }", "tests/t.lua:1", "severity"),
        ("return test { records = {}, expect = {}, warmup = 5 }", "tests/t.lua:1", "warm_up"),
        ("return test { records = simulate(0), expect = {} }", "tests/t.lua:1", "from 1"),
        ("return test { records = {}, inject = { {} }, expect = {} }", "tests/t.lua:1", "line"),
        ("return {", "tests/t.lua:1", "<eof>"),
    ])
    func `a test that is wrong itself says where and what`(text: String, place: String, words: String) throws {
        let error = #expect(throws: ScriptProblems.self) { try results(text) }
        #expect(error?.description.contains(place) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test func `tests are independent: what one remembers another does not know`() throws {
        let detect = Self.detect.replacing(
            "return { severity = record.v > 100 and \"critical\" or \"warning\" }",
            with: "return { message = 'number ' .. state.add('n', 1) }"
        )
        let one =
            "test { name = 'n', warm_up = simulate(200), records = { { v = 500 } }, "
            + "expect = { findings = { { message = 'number 1' } } } }"
        #expect(try results("return { \(one), \(one) }", ["detect.lua": detect]).allSatisfy(\.hasPassed))
    }

    @Test func `what has not ended in time is left out, and neither passes nor fails`() throws {
        let tests = try sources("return test { name = 'n', records = simulate(2000), expect = { findings = 99 } }")
        let results = try ScriptTests(tests, environment: bench.environment(), limits: RecordLimits()).run { true }
        #expect(
            results.count == 1 && results[0].leftOut != nil && !results[0].hasPassed && results[0].difference.isEmpty
        )
    }

    @Test func `a change whose tests fail is not used, until script or test is put right`() throws {
        let test =
            "return test { name = 'loud', warm_up = simulate(200), records = { { v = 500 } }, "
            + "expect = { findings = { { severity = 'critical' } } } }"
        let library = try ScriptLibrary(
            try bench.scripts(["detect.lua": Self.detect, "record.lua": Self.record, "tests/t.lua": test]),
            files: bench.files,
            environment: bench.environment(),
            testTime: .seconds(3_600),
            log: bench.log
        )
        let first = library.newest.generation
        func save(_ text: String, _ name: String) throws {
            try bench.directory.write(text, to: "scripts/\(name)")
            library.reload(isWhole: true)
        }
        let quiet = Self.detect.replacing("record.v > 100", with: "record.v > 1000")
        try save(quiet, "detect.lua")
        #expect(library.newest.generation == first)
        try save(test.replacing("'critical'", with: "'warning'"), "tests/t.lua")
        #expect(library.newest.generation != first)
        #expect(String(decoding: library.newest.texts[.detect] ?? [], as: UTF8.self) == quiet)
        // A test alone is no new generation.
        let second = library.newest.generation
        try save(test, "tests/t.lua")
        #expect(library.newest.generation == second)
    }

    @Test func `records are captured from packages and from quarantine, a line each`() async throws {
        _ = try sources("return test { name = 'n', records = 'kept.jsonl', expect = {} }")
        let bucket = try bench.bucket()
        let name = bench.naming.name(epochMicroseconds: bench.clock.now * 1_000).key
        _ = try await bucket.put(try gzip("{\"v\":1}\n{\"v\":2}\n{\"v\":3}\n"), key: name)
        try bench.state.write { database in
            let bad = QuarantinedRecord(
                role: .detect,
                source: "s",
                line: 1,
                reason: "r",
                record: Array("{\"w\":1}".utf8)
            )
            try Quarantine.add([bad], time: 1, in: database)
        }
        let command = TestCommand(configuration: bench.configuration, outside: bench.outside, log: bench.log)
        let path = bench.directory.path
        // The package is as old as the file system's clock says, which is ahead of the test's.
        bench.clock.advance(.milliseconds(SystemClock().now - bench.clock.now))
        _ = try await command.capture(to: "\(path)/scripts/tests/kept.jsonl", count: 2, quarantined: false)
        #expect(
            try String(decoding: bench.directory.read("scripts/tests/kept.jsonl"), as: UTF8.self)
                == "{\"v\":2}\n{\"v\":3}\n"
        )
        _ = try await command.capture(to: "\(path)/bad.jsonl", count: 9, quarantined: true)
        #expect(try String(decoding: bench.directory.read("bad.jsonl"), as: UTF8.self) == "{\"w\":1}\n")
        await #expect(throws: SetupProblem.self) {
            try await command.capture(to: "\(path)/bad.jsonl", count: 9, quarantined: true)
        }
        #expect(try command.run("\(path)/scripts", asJSON: false).hasPassed)
    }
}
