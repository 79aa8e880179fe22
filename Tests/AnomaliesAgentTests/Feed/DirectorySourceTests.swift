import Foundation
import Testing

@testable import AnomaliesAgent

@Suite struct DirectorySourceTests {
    private var bench: Workbench
    private let store: FailingStore

    init() throws {
        bench = try Workbench()
        bench.configuration.general.packageSize = 4
        bench.configuration.general.uploadInterval = .zero
        store = FailingStore(try bench.bucket())
        try FileManager.default.createDirectory(atPath: bench.directory.path + "/in", withIntermediateDirectories: true)
    }

    private func source() throws -> DirectorySource {
        try DirectorySource(
            directory: bench.directory.path + "/in",
            files: bench.files,
            limits: RecordLimits(record: 1_000, package: 10_000),
            gzipLimits: bench.configuration.gzipLimits,
            state: bench.state
        )
    }

    private func write(_ name: String, _ numbers: ClosedRange<Int>) throws {
        try bench.directory.write(numbers.map { "{\"n\":\($0)}\n" }.joined(), to: "in/\(name)")
    }

    /// Steps a few times beyond the last work: a file is looked at twice.
    private func run(_ feed: Feed) async throws {
        var idle = 0
        while idle < 4 { idle = try await feed.step() == .worked ? 0 : idle + 1 }
    }

    private func stored() async throws -> [String] {
        var lines: [String] = []
        for object in try await store.base.list(prefix: "", after: nil) {
            lines += try gunzip(try await store.get(object.key, limit: 1 << 20).body).split(separator: "\n").map(
                String.init
            )
        }
        return lines
    }

    private func numbers(_ range: ClosedRange<Int>) -> [String] { range.map { "{\"n\":\($0)}" } }

    @Test func `files are taken in the order of their names, lines or arrays, gzipped or not, and moved`() async throws
    {
        try write("1.jsonl", 1...6)
        try bench.directory.write(try gzip("[{\"n\":7},\n {\"n\":8}]"), to: "in/2.json.gz")
        try write(".hidden", 90...91)
        try await run(try bench.feed(try source(), into: store))
        #expect(try await stored() == numbers(1...8))
        #expect(try bench.directory.names("in") == [".hidden", "done"])
        #expect(try bench.directory.names("in/done") == ["1.jsonl", "2.json.gz"])
        #expect(bench.console.packages.map(\.records) == [4, 2, 2])
    }

    @Test func `a file that still grows is left alone`() async throws {
        try write("1.jsonl", 1...2)
        let feed = try bench.feed(try source(), into: store)
        #expect(try await feed.step() != .worked)
        try write("1.jsonl", 1...3)
        #expect(try await feed.step() != .worked)
        #expect(try await feed.step() == .worked)
        #expect(try await stored() == numbers(1...3))
    }

    @Test func `a new file under a name that was taken before is another file`() async throws {
        try write("1.jsonl", 1...6)
        try await run(try bench.feed(try source(), into: store))
        try write("1.jsonl", 7...9)
        try await run(try bench.feed(try source(), into: store))
        #expect(try await stored() == numbers(1...9))
    }

    @Test(arguments: [FailingStore.Fault.before, .after], 0..<4)
    func `each record is taken once, wherever a crash strikes`(fault: FailingStore.Fault, package: Int) async throws {
        try write("b.jsonl", 1...10)
        try write("c.jsonl", 11...14)
        let faults = [FailingStore.Fault?](repeating: nil, count: package) + [fault]
        let crashing = FailingStore(store.base)
        for fault in faults { crashing.fail(fault) }
        let feed = try bench.feed(try source(), into: crashing)
        await #expect(throws: Outage.self) { try await run(feed) }
        // An earlier name, come while nobody looked, must not be taken for what was planned.
        try write("a.jsonl", 20...21)
        try await run(try bench.feed(try source(), into: store))
        #expect(try await stored().sorted() == (numbers(1...14) + numbers(20...21)).sorted())
        #expect(try bench.directory.names("in/done") == ["a.jsonl", "b.jsonl", "c.jsonl"])
        #expect(try bench.totals()[.stored] == 16)
    }

    @Test func `a planned package whose file is gone is given up, and the others go on`() async throws {
        try write("a.jsonl", 1...2)
        let crashing = FailingStore(store.base)
        crashing.fail(.before)
        let feed = try bench.feed(try source(), into: crashing)
        await #expect(throws: Outage.self) { try await run(feed) }
        try FileManager.default.removeItem(atPath: bench.directory.path + "/in/a.jsonl")
        try write("b.jsonl", 3...4)
        try await run(try bench.feed(try source(), into: store))
        #expect(try await stored() == numbers(3...4))
    }

    @Test func `bad records and bad files go to quarantine, each told once, and the others go on`() async throws {
        try bench.directory.write("{\"n\":1}\nnonsense\n{\"n\":2}\n", to: "in/a.jsonl")
        try bench.directory.write([0x1f, 0x8b, 8, 0, 1, 2, 3], to: "in/b.gz")
        try bench.directory.write([UInt8](repeating: 0x20, count: 20_000), to: "in/c-too-large.jsonl")
        try bench.directory.write("", to: "in/d-empty.jsonl")
        try write("e.jsonl", 3...3)
        try await run(try bench.feed(try source(), into: store))
        try await run(try bench.feed(try source(), into: store))
        #expect(try await stored() == numbers(1...3))
        #expect(try bench.quarantined().map(\.source) == ["a.jsonl", "b.gz", "c-too-large.jsonl"])
        #expect(try bench.quarantined().first?.line == 2)
        #expect(try bench.directory.names("in/done").count == 5)
    }

    @Test func `a directory that does not exist is refused by name`() throws {
        let error = #expect(throws: FileError.self) {
            try DirectorySource(
                directory: "/nowhere",
                files: bench.files,
                limits: RecordLimits(),
                gzipLimits: bench.configuration.gzipLimits,
                state: bench.state
            )
        }
        #expect(error?.description.contains("/nowhere") == true)
    }
}
