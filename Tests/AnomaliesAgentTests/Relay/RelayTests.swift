import Foundation
import Testing

@testable import AnomaliesAgent

@Suite struct RelayTests {
    private var bench: Workbench
    private let store: FailingStore
    private let stream: FailingStream

    init() throws {
        bench = try Workbench()
        store = FailingStore(try bench.bucket())
        stream = FailingStream(try bench.stream())
    }

    private static func key(_ time: String) -> String { "data-feed-2026-11-22-\(time).json.gz" }

    private func put(_ text: String, _ time: String) async throws {
        _ = try await store.put(try gzip(text), key: Self.key(time))
    }

    private func relay(start: Milliseconds = 0) throws -> Relay {
        try bench.relay(from: store, to: stream, start: start)
    }

    private func records() async throws -> [(text: String, key: String)] {
        let batch = try await stream.read(shard: "shardId-000000000000", after: nil, limit: 10_000)
        return batch.entries.map { (String(decoding: batch.bytes[$0.range], as: UTF8.self), $0.partitionKey) }
    }

    private func texts() async throws -> [String] { try await records().map(\.text) }

    @Test func `records of lines and arrays are relayed raw, in order, under the identity of object and line`()
        async throws
    {
        try await put("{\"n\": 1}\n\n{\"n\":  2}\n", "10_00_00")
        try await put("[{\"n\":3},{\"n\":4}]", "10_00_01")
        try await relay().drain()
        #expect(try await texts() == ["{\"n\": 1}", "{\"n\":  2}", "{\"n\":3}", "{\"n\":4}"])
        let etag = try #require(try await store.etag(of: Self.key("10_00_00")))
        let package = PackageID(key: Self.key("10_00_00"), etag: etag)
        #expect(try await records().prefix(2).map(\.key) == ["r-\(package)-1", "r-\(package)-3"])
        #expect(try bench.totals() == [.read: 4, .relayed: 4])
    }

    @Test func `bad lines go to quarantine with line and reason, and the good ones are relayed`() async throws {
        try await put("{\"n\":1}\n{\"n\":\n[2]\n{\"n\":3}\n", "10_00_00")
        try await relay().drain()
        #expect(try await texts() == ["{\"n\":1}", "{\"n\":3}"])
        let quarantined = try bench.quarantined()
        #expect(quarantined.map(\.line) == [2, 3])
        #expect(quarantined.allSatisfy { $0.role == "relay" && $0.source == Self.key("10_00_00") })
        #expect(quarantined[1].reason == "the record is JSON but not an object")
        #expect(try bench.totals() == [.read: 4, .relayed: 2, .refused: 2])
        #expect(try bench.imbalances().isEmpty)
    }

    @Test(arguments: [
        [UInt8](repeating: 0xfe, count: 10), [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff, 0xff],
        [0x78, 0x9c, 0, 0],
        [0xff, 0xfe, 0x7b, 0],
    ])
    func `a package that is garbage goes to quarantine as a whole, and the work goes on`(bytes: [UInt8]) async throws {
        _ = try await store.put(bytes, key: Self.key("10_00_00"))
        try await put("{\"n\":1}", "10_00_01")
        try await relay().drain()
        #expect(try await texts() == ["{\"n\":1}"])
        #expect(try bench.quarantined().map(\.source) == [Self.key("10_00_00")])
        try await relay().drain()
        #expect(try bench.quarantined().count == 1)
    }

    @Test func `an object that is too large goes to quarantine, and the work goes on`() async throws {
        var test = self
        test.bench.configuration.relay.maxObjectBytes = 100
        _ = try await store.put([UInt8](repeating: 1, count: 101), key: Self.key("10_00_00"))
        try await put("{\"n\":1}", "10_00_01")
        try await test.relay().drain()
        #expect(try await texts() == ["{\"n\":1}"])
        #expect(try bench.quarantined().count == 1)
    }

    @Test func `an object that is overwritten is relayed again, one that is the same is not`() async throws {
        try await put("{\"n\":1}", "10_00_00")
        let relay = try relay()
        try await relay.drain()
        try await put("{\"n\":1}", "10_00_00")
        bench.clock.advance(.seconds(120))
        try await relay.drain()
        #expect(try await texts() == ["{\"n\":1}"])
        try await put("{\"n\":2}", "10_00_00")
        bench.clock.advance(.seconds(120))
        try await relay.drain()
        #expect(try await texts() == ["{\"n\":1}", "{\"n\":2}"])
        // A new process knows as much.
        try await self.relay().drain()
        #expect(try await texts() == ["{\"n\":1}", "{\"n\":2}"])
    }

    @Test func `a late object is found while its name is within the look-back, and not before it`() async throws {
        try await put("{\"n\":1}", "12_00_00")
        let relay = try relay()
        try await relay.drain()
        try await put("{\"n\":2}", "11_00_01")
        try await put("{\"n\":3}", "10_59_59")
        try await relay.drain()
        #expect(try await texts() == ["{\"n\":1}"])
        bench.clock.advance(.seconds(61))
        try await relay.drain()
        #expect(try await texts() == ["{\"n\":1}", "{\"n\":2}"])
    }

    @Test func `an object named in the future does not hide those that come after it`() async throws {
        _ = try await store.put(try gzip("{\"n\":1}"), key: "data-feed-2099-01-01-00_00_00.json.gz")
        let relay = try relay()
        try await relay.drain()
        try await put("{\"n\":2}", "17_00_00")
        try await relay.drain()
        try await put("{\"n\":3}", "17_00_01")
        try await self.relay().drain()
        #expect(try await texts() == ["{\"n\":1}", "{\"n\":2}", "{\"n\":3}"])
    }

    @Test func `names of another pattern are left alone`() async throws {
        for key in ["other.json.gz", "data-feed-.json.gz", "data-feed-2026-11-22-10_00_00.json", "zzz"] {
            _ = try await store.put(try gzip("{\"n\":1}"), key: key)
        }
        try await put("{\"n\":2}", "10_00_00")
        try await relay().drain()
        #expect(try await texts() == ["{\"n\":2}"])
    }

    @Test func `a crash after the stream took the records puts them there twice under the same identity`() async throws
    {
        try await put("{\"n\":1}\n{\"n\":2}", "10_00_00")
        stream.fail(.after)
        await #expect(throws: Outage.self) { try await relay().drain() }
        try await relay().drain()
        let records = try await records()
        #expect(records.count == 4)
        #expect(records.prefix(2).map(\.key) == records.suffix(2).map(\.key))
        // Counted by acknowledgement: once.
        #expect(try bench.totals() == [.read: 2, .relayed: 2])
    }

    @Test func `a stream that fails for a while gets the object again in its turn`() async throws {
        try await put("{\"n\":1}", "10_00_00")
        try await put("{\"n\":2}", "10_00_01")
        stream.fail(.before, .before)
        let relay = try relay()
        for _ in 0..<2 { await #expect(throws: Outage.self) { try await relay.drain() } }
        try await relay.drain()
        #expect(try await texts() == ["{\"n\":1}", "{\"n\":2}"])
    }

    @Test(arguments: [1, 2, 3, 1_000])
    func `a listing of many pages is followed to its end`(pageSize: Int) async throws {
        store.limitPages(to: pageSize)
        for second in 10...16 { try await put("{\"n\":\(second)}", "10_00_\(second)") }
        let relay = try relay()
        try await relay.drain()
        #expect(try await texts() == (10...16).map { "{\"n\":\($0)}" })
        try await put("{\"n\":17}", "10_00_17")
        try await relay.drain()
        #expect(try await texts().last == "{\"n\":17}")
    }

    @Test func `an object that vanished after it was listed is passed over, and taken if it comes back`() async throws {
        try await put("{\"n\":1}", "10_00_00")
        try await put("{\"n\":2}", "10_00_01")
        let relay = try relay()
        #expect(try await relay.step() == .worked)
        _ = try store.base.remove(Self.key("10_00_00"), blockBytes: 1)
        try await relay.drain()
        #expect(try await texts() == ["{\"n\":2}"])
        try await put("{\"n\":1}", "10_00_00")
        bench.clock.advance(.seconds(61))
        try await relay.drain()
        #expect(try await texts() == ["{\"n\":2}", "{\"n\":1}"])
    }

    @Test func `objects from before the start are left alone`() async throws {
        try await put("{\"n\":1}", "10_00_00")
        // Files have the system's own time.
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_000)],
            ofItemAtPath: bench.directory.path + "/bucket/" + Self.key("10_00_00")
        )
        try await put("{\"n\":2}", "10_00_01")
        try await relay(start: 2_000_000).drain()
        #expect(try await texts() == ["{\"n\":2}"])
    }

    @Test func `an empty package is relayed as none, once`() async throws {
        try await put("", "10_00_00")
        try await relay().drain()
        #expect(try await records().isEmpty)
        #expect(try bench.quarantined().isEmpty)
    }

    @Test func `history is marked for detection, also when the relay is faster than the feed's note of it`()
        async throws
    {
        let plan = PlannedPackage(
            number: 1,
            key: Self.key("10_00_00"),
            time: 0,
            records: 1,
            injected: 0,
            isHistory: true
        )
        try bench.state.write { try FeedJournal.plan(plan, in: $0) }
        try await put("{\"n\":1}", "10_00_00")
        try await relay().drain()
        #expect(try await records().allSatisfy { $0.key.hasPrefix("h-") })
    }

    @Test func `records with the same declared key go to the same shard`() async throws {
        let stream = try LocalStream(
            directory: bench.directory.path + "/four",
            shards: 4,
            files: bench.files,
            clock: bench.clock
        )
        let library = try bench.library(["detect.lua": "return { features = { 'n' }, key = 'name' }"])
        let keys = try RelayScripts(library, environment: bench.environment(), limits: RecordLimits())
        try await put((1...40).map { "{\"n\":\($0),\"name\":\"\($0 % 5)\"}" }.joined(separator: "\n"), "10_00_00")
        try await bench.relay(from: store, to: stream, keys: keys).drain()
        var shards: [String: Set<String>] = [:]
        var count = 0
        for shard in try await stream.shards() {
            let batch = try await stream.read(shard: shard, after: nil, limit: 100)
            for entry in batch.entries {
                let record = try JSONValue(parsing: Array(batch.bytes[entry.range]))
                shards[try #require(record["name"]?.string), default: []].insert(shard)
                count += 1
            }
        }
        #expect(count == 40)
        #expect(shards.count == 5 && shards.values.allSatisfy { $0.count == 1 })
    }
}
