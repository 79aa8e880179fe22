import Synchronization
import Testing

@testable import AnomaliesAgent

/// Lua, a line at a time.
@Suite struct ReplSessionTests {
    private let bench: Workbench
    private let printed = Printed()

    private final class Printed: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    init() throws { bench = try Workbench() }

    private func session() async throws -> ReplSession {
        let directory = try bench.scripts([
            "detect.lua": """
            return { features = { "v" }, threshold = 1.8, forest = { trees = 20, sample_size = 32, time_decay = 1000 },
              decide = function(record, result) return { severity = "critical" } end }
            """
        ])
        let lines = accuracies(300, everyOther: 1_000).map { $0.replacing("accuracy", with: "v") }
        try bench.directory.write(lines.joined(separator: "\n"), to: "records.jsonl")
        let printed = printed
        return try await ReplSession(
            directory,
            records: "\(bench.directory.path)/records.jsonl",
            configuration: bench.configuration,
            outside: bench.outside,
            log: bench.log
        ) { printed.add($0) }
    }

    @Test func `a value is shown, what is assigned stays, and a mistake ends nothing`() async throws {
        let session = try await session()
        #expect(session.take("1 + 2").lines == ["3"])
        #expect(session.take("x = { a = 1, b = 'two' }").lines.isEmpty)
        #expect(session.take("x").lines == ["{\"a\":1,\"b\":\"two\"}"])
        #expect(session.take("x.y.z").lines.first?.contains("repl:1") == true)
        #expect(session.take("while true do end").lines.first?.contains("instructions") == true)
        #expect(session.take("print('hello')").lines.isEmpty && printed.all == ["hello"])
        #expect(session.take("#records").lines == ["300"])
        #expect(session.take("scripts.detect.decide(records[1], {}).severity").lines == ["critical"])
        #expect(session.take("state.add('n', 2)").lines == ["2"] && session.take("state.get('n')").lines == ["2"])
        #expect(session.take("integer { min = 1, max = 2 }").lines.count == 1)
    }

    @Test func `what is not finished goes on in the next line, and an empty one gives up`() async throws {
        let session = try await session()
        #expect(session.take("function twice(n)").wantsMore)
        #expect(session.take("return 2 * n").wantsMore)
        #expect(!session.take("end").wantsMore)
        #expect(session.take("twice(4)").lines == ["8"])
        #expect(session.take("if true then").wantsMore && session.take("").lines == ["given up"])
        #expect(session.take("twice(1)").lines == ["2"])
    }

    @Test func `a record is judged by the scripts after the records at hand`() async throws {
        let session = try await session()
        let far = session.take(":judge {\"v\": 900}").lines
        #expect(far.contains { $0.hasPrefix("finding") && $0.contains("critical") }, "\(far)")
        #expect(far.contains { $0.hasPrefix("mail to") })
        #expect(session.take(":judge {\"v\": 15}").lines == ["no finding"])
        #expect(session.take(":judge {\"w\": 15}").lines.first?.hasPrefix("quarantine") == true)
        #expect(session.take(":judge {").lines.count == 1)
    }

    @Test func `lines are remembered, and its commands answer`() async throws {
        let session = try await session()
        _ = session.take("1")
        _ = session.take("2 + 2")
        #expect(session.take("!2").lines == ["2 + 2", "4"] && session.take("!9").lines == ["there is no line 9"])
        #expect(session.take(":history").lines == ["1  1", "2  2 + 2"])
        for command in [":help", ":records", ":budget"] { #expect(!session.take(command).lines.isEmpty) }
        #expect(session.take(":nothing").lines.first?.contains(":help") == true)
        #expect(session.take(":quit").isOver)
    }
}
