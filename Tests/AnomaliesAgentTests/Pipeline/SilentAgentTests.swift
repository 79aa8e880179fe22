import GRDB
import Testing

@testable import AnomaliesAgent

/// Decisions of the agent as a whole, on its embedded parts, with a clock that passes while somebody sleeps.
@Suite struct SilentAgentTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    /// Runs detection and notification until `isDone`, which is asked again and again.
    private func run(_ detect: String, until isDone: @escaping @Sendable () throws -> Bool) async throws {
        let configuration = try load(nil, overrides: ["State.directory=\(bench.directory.path)", "Feed.source=none"])
        let agent = try await Agent(
            configuration: configuration,
            scripts: try bench.scripts(["detect.lua": detect]),
            plan: Agent.Plan(roles: [.detect, .notify]),
            outside: bench.outside,
            log: bench.log
        )
        let shutdown = Latch()
        async let summary = agent.run(until: shutdown)
        while try !isDone() { await Task.yield() }
        shutdown.set()
        #expect(try await summary.imbalances.isEmpty)
    }

    private func alerts(_ rule: String) throws -> [Alert] {
        try bench.state.read { try String.fetchAll($0, sql: "SELECT alert FROM outbox ORDER BY created") }
            .compactMap { Alert(json: try JSONValue(parsing: $0)) }.filter { $0.rule == rule }
    }

    @Test func `a host that falls silent is mailed about once, over a restart too`() async throws {
        let detect = """
            return { features = { 'accuracy' }, forest = { trees = 10 },
              expect = { every = '10m', per = 'host', severity = 'critical' } }
            """
        let stream = try bench.stream()
        try await stream.put(entries((0..<20).map { "{\"host\":\"h\($0 % 2)\",\"accuracy\":1}" }))
        let clock = bench.clock
        let console = bench.console
        try await run(detect) { console.mailed.count >= 2 }
        #expect(try alerts("silence").compactMap(\.key).sorted() == ["h0", "h1"])
        let later = clock.now + 3 * 3_600_000
        try await run(detect) { clock.now > later }
        #expect(try alerts("silence").count == 2 && console.mailed.count == 2)
        let mails = try bench.directory.names("mail/new")
        let mail = String(decoding: try bench.directory.read("mail/new/\(mails[0])"), as: UTF8.self)
        #expect(
            mail.contains("is silent") && mail.contains("Nothing came from host h")
                && !mail.contains("about 1 is normal")
        )
    }

    @Test func `what only = drops lets pass can be asked for`() async throws {
        let detect = """
            return { features = { 'accuracy' }, forest = { trees = 20, sample_size = 64 }, threshold = 2, only = 'drops' }
            """
        try await bench.stream().put(entries(accuracies(300)))
        let state = bench.state
        try await run(detect) { try state.read { try Ledger.totals(in: $0) }[.scored] == 300 }
        func count(_ reason: String) throws -> Int {
            try FindingsReport(configuration: bench.configuration, outside: bench.outside, reason: reason, limit: 1_000)
                .rows.count
        }
        #expect(try count("direction") > 3 && count("alerted") == 0)
        #expect(try bench.totals()[.found] == nil)
    }
}
