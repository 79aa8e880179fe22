import Foundation
import GRDB
import Testing

@testable import AnomaliesAgent

/// The agent as a whole on its embedded parts, with the real clock: nothing here waits for it but where work is done.
@Suite struct AgentTests {
    private static let scripts = [
        "record.lua": "return record { name = choice { 'Ann', 'Bob' }, accuracy = integer { min = 10, max = 20 } }",
        "inject.lua": """
        return { rule { name = "high", chance = config.general["anomalies-frequency"] / 100,
          set = { accuracy = integer { min = 90, max = 100 } } } }
        """,
        "detect.lua": """
        return { features = { "accuracy" }, forest = { trees = 30, sample_size = 64 }, refractory = "1h" }
        """,
        "notify.lua": "return { subject = 'Anomaly {{record.name}}' }",
    ]

    private let directory: TemporaryDirectory
    private let console = RecordingConsole()

    init() throws {
        directory = try TemporaryDirectory()
        for (name, text) in Self.scripts { try directory.write(text, to: "scripts/\(name)") }
    }

    private func configuration(_ overrides: [String]) throws -> AnomaliesAgent.Configuration {
        try load(
            nil,
            overrides: [
                "General.upload-interval=0", "General.package-size=100", "General.anomalies-frequency=4",
                "State.directory=\(directory.path)/state",
            ] + overrides
        )
    }

    private func agent(
        _ roles: Set<Role>,
        _ overrides: [String] = [],
        change: (inout Agent.Plan) -> Void = { _ in }
    ) async throws -> Agent {
        var plan = Agent.Plan(roles: roles)
        plan.seed = 11
        change(&plan)
        let outside = Outside(
            files: DiskFileSystem(),
            clock: SystemClock(),
            environment: [:],
            input: ScriptedInput([]),
            console: console
        )
        return try await Agent(
            configuration: try configuration(overrides),
            scripts: "\(directory.path)/scripts",
            plan: plan,
            outside: outside,
            log: try Workbench().log
        )
    }

    private func rows(_ sql: String) throws -> [String] {
        let state = try StateStore(directory: "\(directory.path)/state", files: DiskFileSystem())
        return try state.read { try String.fetchAll($0, sql: sql) }
    }

    private func findings() throws -> [String] {
        try rows(
            "SELECT sequence || ' ' || line || ' ' || printf('%!.17g %!.17g', score, grade) FROM findings ORDER BY id"
        )
    }

    @Test func `five packages run through the whole agent: all is balanced, and there is one alert`() async throws {
        let summary = try await agent(Set(Role.allCases)) { $0.packages = 5 }.run(until: Latch())
        #expect(summary.packages == 5)
        // 1,000 records of history go the same way.
        for stage in [Ledger.Stage.generated, .stored, .read, .relayed, .scored] {
            #expect(summary.counts[stage] == 1_500)
        }
        #expect(summary.imbalances.isEmpty && summary.undeliveredAlerts == 0)
        let accuracy = try #require(summary.accuracy)
        #expect(accuracy.injected > 5)
        #expect(accuracy.precision == 1 && accuracy.recall == 1)
        #expect(summary.counts[.found] == accuracy.injected)
        #expect(summary.counts[.alerted] == 1)
        #expect(console.alerts.count == 1 && console.mailed.count == 1)
        let mails = try directory.names("state/mail/new")
        #expect(mails.count == 1)
        let mail = String(decoding: try directory.read("state/mail/new/\(mails[0])"), as: UTF8.self)
        #expect(mail.contains("\r\nSubject: Anomaly ") && mail.contains("Auto-Submitted: auto-generated"))
    }

    @Test func `four processes one after the other on one state do what one does`() async throws {
        _ = try await agent([.feed]) { $0.packages = 5 }.run(until: Latch())
        _ = try await agent([.relay]) { $0.objects = 15 }.run(until: Latch())
        _ = try await agent([.detect]) { $0.stopsWhenIdle = true }.run(until: Latch())
        let summary = try await agent([.notify]) { $0.stopsWhenIdle = true }.run(until: Latch())
        #expect(summary.imbalances.isEmpty && summary.undeliveredAlerts == 0)
        #expect(try directory.names("state/mail/new").count == 1)

        let whole = try AgentTests()
        _ = try await whole.agent(Set(Role.allCases)) { $0.packages = 5 }.run(until: Latch())
        #expect(try findings() == whole.findings())
        #expect(try !findings().isEmpty)
    }

    @Test func `two runs of some packages find what one run of all of them finds`() async throws {
        for count in [2, 3] { _ = try await agent(Set(Role.allCases)) { $0.packages = count }.run(until: Latch()) }
        let whole = try AgentTests()
        _ = try await whole.agent(Set(Role.allCases)) { $0.packages = 5 }.run(until: Latch())
        #expect(try findings() == whole.findings())
        #expect(console.alerts.count == 1)
    }

    @Test func `several shards share the work and come to a balance`() async throws {
        let summary = try await agent(Set(Role.allCases), ["Kinesis.shards=3"]) { $0.packages = 5 }.run(until: Latch())
        #expect(summary.counts[.scored] == 1_500)
        #expect(summary.imbalances.isEmpty)
    }

    @Test func `a second agent of a role is refused while the first lives, other roles are not`() async throws {
        let first = try await agent([.feed, .relay])
        for role in [Role.feed, .relay] {
            let error = await #expect(throws: RoleTaken.self) { try await agent([role]) }
            #expect(error?.description.contains("\(role.rawValue)") == true)
        }
        _ = try await agent([.detect, .notify])
        withExtendedLifetime(first) {}
    }

    @Test func `a request to stop ends an endless run in order, with what it did`() async throws {
        let shutdown = Latch()
        async let summary = try agent(Set(Role.allCases)).run(until: shutdown)
        while console.mailed.isEmpty { await Task.yield() }
        shutdown.set()
        let done = try await summary
        #expect(done.imbalances.isEmpty && done.counts[.scored] ?? 0 > 1_000)
        // Nothing is in hand any more: another run goes on where it stopped.
        let next = try await agent(Set(Role.allCases)) { $0.packages = 1 }.run(until: Latch())
        #expect(next.counts[.generated] == next.counts[.scored] && next.imbalances.isEmpty)
    }

    @Test func `the first failure that waiting cannot help stops all roles and is what the caller sees`() async throws {
        let agent = try await agent(Set(Role.allCases))
        // A place in the stream that is damaged.
        try directory.write(
            "damaged ".map { $0.asciiValue ?? 0 } + [UInt8](repeating: 7, count: 100),
            to: "state/stream/shardId-000000000000/00000000000000000000.log"
        )
        try FileManager.default.removeItem(atPath: directory.path + "/state/bucket")
        await #expect(throws: (any Error).self) { try await agent.run(until: Latch()) }
    }
}
