import Testing

@testable import AnomaliesAgent

@Suite struct PluginDecoderTests {
    private static let key = "logs/2026/a.json.gz"
    private static let doubling = """
        return plugin { api = 1, kind = "decoder", summary = "x", keys = "logs/*.json.gz", items = "Records",
        decode = function(item, object)
          if item.n == 13 then error("unlucky") end
          if item.n == 0 then return nil end
          if item.n == 2 then return { { n = 2, half = 1 }, { n = 2, half = 2 } } end
          return { n = item.n, key = object.key }
        end }
        """

    private let bench: PluginBench
    private let store: LocalBucket
    private let stream: LocalStream

    init() throws {
        bench = try PluginBench()
        store = try bench.bench.bucket()
        stream = try bench.bench.stream()
        try bench.write("double", Self.doubling)
    }

    private func relay(_ section: String = "[plugin double]") throws -> Relay {
        try bench.bench.relay(
            from: store,
            to: stream,
            decoders: try bench.library(section).decoders(state: bench.bench.state, outside: bench.outside)
        )
    }

    private func texts() async throws -> [String] {
        let batch = try await stream.read(shard: "shardId-000000000000", after: nil, limit: 10_000)
        return batch.entries.map { String(decoding: batch.bytes[$0.range], as: UTF8.self) }
    }

    private func put(_ numbers: [Int], _ key: String = key) async throws {
        let records = numbers.map { "{\"n\":\($0)}" }.joined(separator: ",")
        _ = try await store.put(try gzip("{\"Records\":[\(records)]}"), key: key)
    }

    @Test func `an item may give one record, several or none, and what fails goes to quarantine with its line`()
        async throws
    {
        try await put([1, 2, 0, 13, 3])
        try await relay().drain()
        #expect(
            try await texts() == [
                #"{"key":"logs/2026/a.json.gz","n":1}"#, #"{"half":1,"n":2}"#, #"{"half":2,"n":2}"#,
                #"{"key":"logs/2026/a.json.gz","n":3}"#,
            ]
        )
        let quarantined = try bench.bench.quarantined()
        #expect(quarantined.map(\.line) == [5])
        #expect(quarantined[0].source == Self.key)
        #expect(quarantined[0].reason.contains("unlucky"))
        #expect(try bench.bench.totals() == [.read: 5, .relayed: 4, .refused: 1])
        #expect(try bench.bench.imbalances().isEmpty)
    }

    @Test func `packages of the feed are relayed beside it, and no object twice`() async throws {
        try await put([1])
        _ = try await store.put(try gzip("{\"own\":1}"), key: "data-feed-2026-11-22-10_00_00.json.gz")
        _ = try await store.put(try gzip("{}"), key: "somebody/elses.json.gz")
        let relay = try relay()
        try await relay.drain()
        bench.bench.clock.advance(.seconds(120))
        try await relay.drain()
        try await self.relay().drain()
        #expect(try await texts().sorted() == [#"{"key":"logs/2026/a.json.gz","n":1}"#, #"{"own":1}"#])
    }

    @Test(arguments: ["{}", "[]", "{\"Records\":7}", "not JSON"])
    func `an object that is not of the decoder's form goes to quarantine, and the work goes on`(body: String)
        async throws
    {
        _ = try await store.put(try gzip(body), key: Self.key)
        try await put([1], "logs/b.json.gz")
        try await relay().drain()
        #expect(try await texts().count == 1)
        #expect(try bench.bench.quarantined().map(\.source) == [Self.key])
    }

    @Test func `a decoder that fails ten times in a row leaves its objects where they are, and others go on`()
        async throws
    {
        try bench.write(
            "double",
            Self.doubling.replacing("if item.n == 13 then error(\"unlucky\") end", with: "oops()")
        )
        try await put(Array(1...12))
        _ = try await store.put(try gzip("{\"own\":1}"), key: "data-feed-2026-11-22-10_00_00.json.gz")
        let relay = try relay()
        try await relay.drain()
        #expect(try await texts() == [#"{"own":1}"#])
        #expect(try bench.bench.quarantined().isEmpty)
        #expect(try bench.status("double")["running"]?.boolean == false)
        try bench.write("double", Self.doubling)
        bench.bench.clock.advance(.seconds(61))
        try await relay.drain()
        #expect(try await texts().count == 14)
    }

    @Test(arguments: [
        ("a/*.gz", "a/b/c.gz", true), ("a/*.gz", "a/.gz", true), ("a/*.gz", "b/c.gz", false), ("a*b*c", "abc", true),
        ("a*b*c", "acb", false), ("a*bc*bc", "abc", false), ("plain", "plain", true), ("plain", "plain2", false),
        ("*", "", true),
        (
            "AWSLogs/*/CloudTrail/*.json.gz",
            "AWSLogs/1/CloudTrail-Digest/eu-west-1/2026/1_CloudTrail-Digest_x.json.gz", false
        ),
    ])
    func `a star stands for anything in a key`(pattern: String, key: String, matches: Bool) {
        #expect(KeyPattern(pattern).matches(key) == matches)
    }

    @Test func `CloudTrail's log files become records with numbers to score`() async throws {
        var bench = bench
        bench.usesShipped = true
        let folder = "AWSLogs/123456789012/CloudTrail/eu-west-1/2026/11/22"
        let event = """
            {"eventTime":"2026-11-22T03:00:00Z","eventSource":"s3.amazonaws.com","eventName":"DeleteBucket",\
            "userIdentity":{"type":"Root","accountId":"1"},"eventID":"e","awsRegion":"eu-west-1","errorCode":"AccessDenied"}
            """
        _ = try await store.put(try gzip("{\"Records\":[\(event)]}"), key: "\(folder)/1_CloudTrail_x.json.gz")
        _ = try await store.put(try gzip("{\"digest\":1}"), key: "AWSLogs/1/CloudTrail-Digest/x.json.gz")
        let library = try bench.library("[plugin cloudtrail]")
        let relay = try bench.bench.relay(
            from: store,
            to: stream,
            decoders: try library.decoders(state: bench.bench.state, outside: bench.outside)
        )
        try await relay.drain()
        let records = try await texts().map { try JSONValue(parsing: $0) }
        #expect(records.count == 1)
        let record = try #require(records.first)
        for (name, value) in [
            ("hour", 3), ("is_root", 1), ("is_denied", 1), ("is_night", 1), ("is_read", 0), ("weekday", 7),
        ] {
            #expect(record[name]?.integer == Int64(value), "\(name)")
        }
        #expect(try bench.bench.quarantined().isEmpty)
    }
}
