import Foundation
import Testing

@testable import AnomaliesAgent

@Suite struct FeedTests {
    private var bench: Workbench
    private let store: FailingStore

    init() throws {
        bench = try Workbench()
        bench.configuration.general.packageSize = 10
        bench.configuration.general.uploadInterval = .seconds(6)
        store = FailingStore(try bench.bucket())
    }

    private func simulator(seed: UInt64 = 1, chance: Double = 0.2) -> SimulatedSource {
        SimulatedSource(scripts: FixedWorkload(chance: chance), seed: seed)
    }

    /// Runs the feed until it has finished, letting the clock go on where it waits.
    private func run(_ feed: Feed) async throws {
        for _ in 0..<1_000 {
            switch try await feed.step() {
            case .finished: return try await feed.finish()
            case .idle(let pause), .waiting(let pause): bench.clock.advance(pause)
            case .worked: break
            }
        }
        Issue.record("the feed does not come to its end")
    }

    private func contents() async throws -> [(key: String, lines: [Substring])] {
        var found: [(String, [Substring])] = []
        for object in try await store.base.list(prefix: "", after: nil) {
            found.append(
                (object.key, try gunzip(try await store.get(object.key, limit: 1 << 20).body).split(separator: "\n"))
            )
        }
        return found
    }

    private func generated() throws -> [Int] {
        let totals = try bench.state.read { try Ledger.totals(in: $0) }
        return [totals[.generated] ?? 0, totals[.stored] ?? 0]
    }

    // MARK: - The same bytes

    @Test func `the same seed makes the same bytes in every package, another seed others`() async throws {
        var bodies: [[[UInt8]]] = []
        for seed: UInt64 in [7, 7, 8] {
            let test = try FeedTests()
            try await test.run(try test.bench.feed(test.simulator(seed: seed), into: test.store, packages: 4))
            bodies.append(test.store.puts.map(\.body))
        }
        #expect(bodies[0].count == 4)
        #expect(bodies[0] == bodies[1])
        #expect(Set(bodies[0]).isDisjoint(with: bodies[2]))
    }

    @Test func `names are those of the clock, a package every interval`() async throws {
        try await run(try bench.feed(simulator(), into: store, packages: 3))
        #expect(
            store.puts.map(\.key) == [
                "data-feed-2026-11-22-17_00_00.json.gz", "data-feed-2026-11-22-17_00_06.json.gz",
                "data-feed-2026-11-22-17_00_12.json.gz",
            ]
        )
        #expect(try generated() == [30, 30])
        #expect(bench.console.packages.map(\.number) == [1, 2, 3])
    }

    @Test func `as fast as possible, names are still unique and in order`() async throws {
        var test = self
        test.bench.configuration.general.uploadInterval = .zero
        try await test.run(try test.bench.feed(test.simulator(), into: test.store, packages: 30))
        let keys = test.store.puts.map(\.key)
        #expect(Set(keys).count == 30)
        #expect(keys == keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    // MARK: - Labels and history

    @Test func `labels name exactly the lines that were injected, and no record tells`() async throws {
        try await run(try bench.feed(simulator(), into: store, packages: 20))
        let labels = try bench.labels.lines(of: Set(store.puts.map(\.key)))
        var injected = 0
        for (key, lines) in try await contents() {
            let records = try lines.map { try JSONValue(parsing: String($0)) }
            let high = Set(records.indices.filter { records[$0]["accuracy"]?.integer ?? 0 >= 90 }.map { $0 + 1 })
            #expect(labels[key] ?? [] == high)
            #expect(records.allSatisfy { $0.object?.fields.map(\.name) == ["name", "accuracy"] })
            injected += high.count
        }
        #expect(injected > 10)
        #expect(bench.console.packages.map(\.injected).reduce(0, +) == injected)
    }

    @Test func `history is back-dated, made at once, and not counted as a package`() async throws {
        let start = bench.clock.now
        let feed = try bench.feed(simulator(), into: store, packages: 2, history: 25)
        for _ in 0..<3 { #expect(try await feed.step() == .worked) }
        #expect(bench.clock.now == start)
        try await run(feed)
        let packages = bench.console.packages
        #expect(packages.map(\.isHistory) == [true, true, true, false, false])
        #expect(packages.prefix(3).allSatisfy { $0.time < start })
        #expect(packages.map(\.key) == packages.map(\.key).sorted())
        #expect(packages.map(\.time) == packages.map(\.time).sorted())
    }

    @Test func `history that was interrupted is made to its end, and never a second time`() async throws {
        let first = try bench.feed(simulator(), into: store, packages: 1, history: 25)
        _ = try await first.step()
        let second = try bench.feed(simulator(), into: store, packages: 1, history: 25)
        try await run(second)
        try await run(try bench.feed(simulator(), into: store, packages: 1, history: 25))
        #expect(bench.console.packages.map(\.isHistory) == [true, true, true, false, false])
        #expect(bench.console.packages.map(\.number) == [1, 2, 3, 4, 5])
        let keys = bench.console.packages.map(\.key)
        #expect(keys == keys.sorted() && Set(keys).count == 5)
    }

    // MARK: - Failures and crashes

    @Test(arguments: [FailingStore.Fault.before, .after])
    func `a store that fails for a while gets the same package again`(fault: FailingStore.Fault) async throws {
        store.fail(nil, fault, fault)
        let feed = try bench.feed(simulator(), into: store, packages: 3)
        #expect(try await feed.step() == .worked)
        bench.clock.advance(.seconds(6))
        for _ in 0..<2 { await #expect(throws: Outage.self) { try await feed.step() } }
        try await run(feed)
        #expect(store.puts[1].key == store.puts[2].key && store.puts[1].body == store.puts[3].body)
        #expect(try await contents().map(\.lines.count) == [10, 10, 10])
        #expect(try generated() == [30, 30])
        #expect(bench.console.packages.map(\.number) == [1, 2, 3])
    }

    @Test(arguments: [FailingStore.Fault.before, .after])
    func `a package that a crash left planned is finished: not lost, not doubled, the same`(
        fault: FailingStore.Fault
    ) async throws {
        let undisturbed = try FeedTests()
        try await undisturbed.run(
            try undisturbed.bench.feed(undisturbed.simulator(), into: undisturbed.store, packages: 2)
        )

        store.fail(fault)
        let first = try bench.feed(simulator(), into: store, packages: 2)
        await #expect(throws: Outage.self) { try await first.step() }
        let second = try bench.feed(simulator(), into: store, packages: 1)
        try await run(second)
        #expect(try await contents().map(\.key).first == undisturbed.contents().map(\.key).first)
        #expect(try await contents().map(\.lines) == undisturbed.contents().map(\.lines))
        #expect(try generated() == [20, 20])
        let labels = try bench.labels.lines(of: Set(store.puts.map(\.key)))
        let expected = try undisturbed.bench.labels.lines(of: Set(undisturbed.store.puts.map(\.key)))
        #expect(Set(labels.values) == Set(expected.values))
    }

    @Test func `numbers and names go on after a restart, also when the clock was set back`() async throws {
        try await run(try bench.feed(simulator(), into: store, packages: 2))
        bench.clock.advance(.seconds(-3_600))
        try await run(try bench.feed(simulator(), into: store, packages: 2))
        let keys = store.puts.map(\.key)
        #expect(Set(keys).count == 4 && keys == keys.sorted())
        #expect(bench.console.packages.map(\.number) == [1, 2, 3, 4])
    }

    // MARK: - Standard input

    private func input(_ pieces: [String], onRead: @escaping @Sendable () -> Void = {}) throws -> StreamSource {
        try StreamSource(
            input: ScriptedInput(pieces, onRead: onRead),
            limits: RecordLimits(),
            patience: .seconds(6),
            clock: bench.clock
        )
    }

    @Test func `standard input is packaged by size, the rest at its end`() async throws {
        let text = (1...23).map { "{\"n\":\($0)}\n" }.joined()
        // Pieces that end in the middle of a record.
        let pieces = stride(from: 0, to: text.count, by: 50).map { String(text.dropFirst($0).prefix(50)) }
        try await run(try bench.feed(try input(pieces), into: store))
        #expect(try await contents().flatMap(\.lines) == text.split(separator: "\n"))
        #expect(try await contents().map(\.lines.count) == [10, 10, 3])
    }

    @Test func `what came first waits for others only so long, even in a trickle without a pause`() async throws {
        let clock = bench.clock
        // A record every two seconds, and never nothing.
        let source = try input((1...9).map { "{\"n\":\($0)}\n" }) { clock.advance(.seconds(2)) }
        let feed = try bench.feed(source, into: store)
        #expect(try await feed.step() == .worked)
        let first = try #require(try await contents().first)
        #expect((3...5).contains(first.lines.count))
        try await run(feed)
        #expect(try await contents().flatMap(\.lines) == (1...9).map { "{\"n\":\($0)}" })
    }

    @Test func `what cannot be read again is stored when the agent is asked to stop`() async throws {
        let feed = try bench.feed(try input(["{\"n\":1}\n{\"n\":2}\n", ""]), into: store)
        #expect(try await feed.step() != .worked)
        try await feed.finish()
        #expect(try await contents().flatMap(\.lines) == ["{\"n\":1}", "{\"n\":2}"])
    }

    @Test func `what is no record goes to quarantine with its line, and the others go on`() async throws {
        try await run(try bench.feed(try input(["{\"n\":1}\nnonsense\n", "[1]\n{\"n\":2}\n"]), into: store))
        #expect(try await contents().flatMap(\.lines) == ["{\"n\":1}", "{\"n\":2}"])
        #expect(try bench.quarantined().map(\.line) == [2, 3])
        #expect(try bench.quarantined().allSatisfy { $0.source == "stdin" && $0.role == "feed" })
    }

    @Test func `garbage alone makes no package, and garbage without end does not fill the memory`() async throws {
        let garbage = String(repeating: "x\n", count: 2_500)
        try await run(try bench.feed(try input([garbage, garbage]), into: store))
        #expect(store.puts.isEmpty)
        #expect(try bench.quarantined().count == 5_000)
    }
}
