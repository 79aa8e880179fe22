import Foundation
import GRDB
import Logging
import Synchronization
import Testing

@testable import AnomaliesAgent

/// `--warm-from`, with the whole agent on its embedded parts.
@Suite struct WarmStartTests {
    private static let scripts = [
        "record.lua": """
        return record { name = choice { 'Ann', 'Bob' }, accuracy = integer { min = 10, max = 20 },
          weight = integer { min = 60, max = 80 } }
        """,
        "inject.lua": """
        return { rule { name = "high", chance = config.general["anomalies-frequency"] / 100,
          set = { accuracy = integer { min = 90, max = 100 }, weight = integer { min = 190, max = 200 } } } }
        """,
        "detect.lua": "return { features = { 'accuracy' }, forest = { trees = 30, sample_size = 64 } }",
    ]

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        for (name, text) in Self.scripts { try directory.write(text, to: "scripts/\(name)") }
    }

    /// The log's lines, for a test to read.
    private struct Lines: LogHandler {
        let write: @Sendable (String) -> Void
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { write("\(event.message)") }
    }

    private final class Log: Sendable {
        let lines = Mutex<[String]>([])

        func line(with words: String...) -> String? {
            lines.withLock { $0.first { line in words.allSatisfy(line.contains) } }
        }
    }

    @discardableResult
    private func run(
        _ roles: Set<Role> = Set(Role.allCases),
        state: String,
        seed: UInt64 = 11,
        packages: Int? = nil,
        warmFrom: [String] = [],
        log: Log = Log(),
        overrides: [String] = []
    ) async throws -> Summary {
        var plan = Agent.Plan(roles: roles)
        plan.seed = seed
        plan.packages = packages
        plan.stopsWhenIdle = packages == nil
        plan.warmFrom = warmFrom
        let agent = try await Agent(
            configuration: try load(
                nil,
                overrides: [
                    "General.upload-interval=0", "General.package-size=100", "General.anomalies-frequency=4",
                    "Feed.warm-up=no", "State.directory=\(directory.path)/\(state)",
                ] + overrides
            ),
            scripts: "\(directory.path)/scripts",
            plan: plan,
            outside: Outside(
                files: DiskFileSystem(),
                clock: SystemClock(),
                environment: [:],
                input: ScriptedInput([]),
                console: RecordingConsole()
            ),
            log: Logger(label: "test") { _ in Lines { line in log.lines.withLock { $0.append(line) } } }
        )
        return try await agent.run(until: Latch())
    }

    private func bucket(_ state: String) -> String { "\(directory.path)/\(state)/bucket" }

    private func findings(_ state: String) throws -> [String] {
        try StateStore(directory: "\(directory.path)/\(state)", files: DiskFileSystem()).read {
            try String.fetchAll(
                $0,
                sql: "SELECT sequence || ' ' || printf('%!.17g %!.17g', score, grade) FROM findings ORDER BY id"
            )
        }
    }

    // MARK: - A new detector

    @Test func `warmed from recorded packages, the first anomaly of the first package is found`() async throws {
        try await run([.feed], state: "recorded", seed: 5, packages: 10)
        let blind = try await run(state: "blind", packages: 1)
        #expect(blind.accuracy?.injected ?? 0 > 0 && blind.accuracy?.hits == 0)

        let log = Log()
        let seeing = try await run(state: "seeing", packages: 1, warmFrom: [bucket("recorded")], log: log)
        #expect(seeing.accuracy?.injected == blind.accuracy?.injected)
        #expect(seeing.accuracy?.recall == 1 && seeing.accuracy?.precision == 1)
        // What was learned is in no count and was not alerted.
        #expect(seeing.counts[.scored] == 100 && seeing.counts[.found] == seeing.accuracy?.found)
        #expect(seeing.imbalances.isEmpty)
        #expect(log.line(with: "warmed with 1000 records of 10 packages", "none of them is alerted") != nil)
    }

    @Test func `a detector that is warm goes on as it was, and says so`() async throws {
        try await run([.feed], state: "recorded", seed: 5, packages: 10)
        for state in ["plain", "asked"] { try await run(state: state, packages: 4) }
        let log = Log()
        try await run(state: "plain", packages: 2)
        try await run(state: "asked", packages: 2, warmFrom: [bucket("recorded")], log: log)
        #expect(try findings("plain") == findings("asked"))
        #expect(log.line(with: "has learned 400 records before", "nothing is taken") != nil)
    }

    @Test func `a restart after a warm start goes on from it`() async throws {
        try await run([.feed], state: "recorded", seed: 5, packages: 10)
        try await run(state: "whole", packages: 4, warmFrom: [bucket("recorded")])
        for count in [1, 3] { try await run(state: "parts", packages: count, warmFrom: [bucket("recorded")]) }
        #expect(try findings("whole") == findings("parts"))
        #expect(try !findings("whole").isEmpty)
    }

    @Test func `every key is warmed, each from its own records`() async throws {
        try directory.write(
            "return { features = { 'accuracy' }, key = 'name', forest = { trees = 30, sample_size = 64 } }",
            to: "scripts/detect.lua"
        )
        try await run([.feed], state: "recorded", seed: 5, packages: 20)
        let summary = try await run(
            state: "seeing",
            packages: 1,
            warmFrom: [bucket("recorded")],
            overrides: ["Kinesis.shards=3"]
        )
        #expect(summary.accuracy?.injected ?? 0 > 0 && summary.accuracy?.recall == 1)
    }

    // MARK: - What cannot be learned

    @Test func `bad lines are counted and told, and the others are learned`() async throws {
        try directory.write(
            "{\"accuracy\":12}\n{\"accuracy\":\nnone\n{\"name\":\"x\"}\n{\"accuracy\":13}\n",
            to: "old.json"
        )
        let log = Log()
        try await run(state: "state", packages: 1, warmFrom: ["\(directory.path)/old.json"], log: log)
        #expect(log.line(with: "warmed with 2 records of 1 packages", "3 were refused", "old.json:2: ") != nil)
    }

    @Test func `a bad file is refused before anything starts`() async throws {
        try directory.write("{\"accuracy\":12}\n", to: "good.json")
        try directory.write([0x1f, 0x8b, 8, 0], to: "bad.json.gz")
        let files = ["good.json", "bad.json.gz"].map { "\(directory.path)/\($0)" }
        let problem = await #expect(throws: SetupProblem.self) {
            try await run(state: "new", packages: 1, warmFrom: files)
        }
        #expect(problem?.description.contains("bad.json.gz") == true)
        #expect(!FileManager.default.fileExists(atPath: "\(directory.path)/new"))
    }

    // MARK: - The bucket's last packages

    @Test func `packages whose records are still to come are left to the stream`() async throws {
        for state in ["plain", "asked"] {
            try await run([.feed], state: state, packages: 6)
            try await run([.relay], state: state)
        }
        try await run([.detect], state: "plain")
        let log = Log()
        let summary = try await run([.detect], state: "asked", warmFrom: ["last", "24h"], log: log)
        #expect(log.line(with: "warmed with 0 records", "6 packages are left out") != nil)
        #expect(summary.counts[.scored] == 600)
        #expect(try findings("plain") == findings("asked"))
    }

    @Test func `a detector with other features is warmed from the last packages without being asked`() async throws {
        try await run(state: "state", packages: 8)
        try directory.write(
            "return { features = { 'weight' }, forest = { trees = 30, sample_size = 64 } }",
            to: "scripts/detect.lua"
        )
        let log = Log()
        let summary = try await run(state: "state", packages: 1, log: log)
        #expect(log.line(with: "warmed with 800 records of 8 packages", "last 24h") != nil)
        #expect(summary.accuracy?.injected ?? 0 > 0 && summary.accuracy?.recall == 1)
        #expect(summary.counts[.scored] == 900 && summary.imbalances.isEmpty)
    }
}
