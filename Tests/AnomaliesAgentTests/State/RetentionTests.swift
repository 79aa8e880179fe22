import GRDB
import Testing

@testable import AnomaliesAgent

@Suite struct RetentionTests {
    private var bench: Workbench
    private let bucket: LocalBucket
    private let stream: LocalStream

    init() throws {
        bench = try Workbench()
        bench.configuration.state.keepBytes = 0
        bench.configuration.state.keepDays = 1
        bucket = try bench.bucket()
        stream = try bench.stream()
    }

    private func pass() async throws {
        let ports = try await Ports(bench.configuration, plan: Agent.Plan(roles: []), outside: bench.outside)
        try await Retention(
            bench.configuration,
            state: bench.state,
            ports: ports,
            outside: bench.outside,
            log: bench.log
        ).pass()
    }

    private func relayed(_ key: String, etag: String) throws {
        let object = ObjectListing(key: key, etag: etag, size: 1, modified: 0)
        try bench.state.write { try RelayMemory.add(object, package: "p-\(key)", time: bench.clock.now, in: $0) }
    }

    @Test func `objects that were relayed go, others stay however old and large`() async throws {
        try relayed("done", etag: try await bucket.put([1], key: "done"))
        _ = try await bucket.put([2], key: "waiting")
        try relayed("overwritten", etag: try await bucket.put([3], key: "overwritten"))
        _ = try await bucket.put([4], key: "overwritten")
        bench.clock.advance(.seconds(10 * 86_400))
        try await pass()
        #expect(try await bucket.list(prefix: "", after: nil).map(\.key) == ["overwritten", "waiting"])
        #expect(try await bucket.get("overwritten", limit: 1).body == [4])
    }

    @Test func `what was relayed from S3 is forgotten once it is old and not listed any more`() async throws {
        var configuration = bench.configuration
        configuration.aws.bucketName = "values"
        configuration.aws.region = "eu-central-1"
        configuration.aws.lookBack = .seconds(3600)
        let naming = PackageNaming(configuration)
        let hour: Milliseconds = 3_600_000
        let now = bench.clock.now
        let keys = [-48, -47, -1, 0].map { naming.name(epochMicroseconds: (now + $0 * hour) * 1000).key }
        for key in keys { try relayed(key, etag: "e") }
        try relayed("by-another-pattern", etag: "e")
        let retention = Retention(
            configuration,
            state: bench.state,
            ports: try await Ports(configuration, plan: Agent.Plan(roles: []), outside: bench.outside),
            outside: bench.outside,
            log: bench.log
        )
        func remembered() throws -> [String] {
            try bench.state.read { try String.fetchAll($0, sql: "SELECT key FROM relayed ORDER BY key") }
        }
        try await retention.pass()
        #expect(try remembered().count == 5)
        bench.clock.advance(.seconds(2 * 86_400))
        try await retention.pass()
        // The newest stays, and what may be listed again.
        #expect(try remembered().filter { naming.match($0) != nil } == Array(keys[2...]))
    }

    @Test func `unread records, pending alerts and what is young stay`() async throws {
        try await stream.put([StreamEntry(data: [1], partitionKey: "k", hashKey: 0)])
        try bench.state.write { database in
            try Outbox.add(id: "pending", alert: "", time: 0, in: database)
            try Outbox.add(id: "old", alert: "", time: 0, in: database)
            try Outbox.sent("old", answer: nil, in: database)
            try Outbox.add(id: "young", alert: "", time: bench.clock.now, in: database)
            try Outbox.sent("young", answer: nil, in: database)
        }
        try await pass()
        #expect(try await stream.read(shard: "shardId-000000000000", after: nil, limit: 1).entries.count == 1)
        #expect(
            try bench.state.read { try String.fetchAll($0, sql: "SELECT id FROM outbox ORDER BY id") } == [
                "pending", "young",
            ]
        )
    }

    @Test func `findings and incidents are kept by when they were committed, whatever year their records are of`()
        async throws
    {
        let finding = Finding(
            sequenceNumber: "1",
            time: 0,
            record: [:],
            score: 3,
            grade: 0.9,
            decision: Decision(),
            suppression: nil
        )
        try bench.state.write { database in
            _ = try AlertPolicy.apply(
                to: [finding],
                refractory: .seconds(60),
                shard: "s",
                generation: "g",
                now: bench.clock.now,
                in: database
            )
        }
        func counts() throws -> [Int?] {
            try bench.state.read { database in
                try ["findings", "incidents"].map { try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \($0)") }
            }
        }
        try await pass()
        #expect(try counts() == [1, 1])
        bench.clock.advance(.seconds(2 * 86_400))
        try await pass()
        #expect(try counts() == [0, 0])
    }

    @Test
    func `the forests of a shard that is gone are kept as long as findings, those of one that is silent for ever`()
        async throws
    {
        let keys = KeyHome.directory(in: bench.directory.path)
        let shards = ["gone", "shardId-000000000000"]
        let stores = try shards.map { try KeyStore(directory: keys, shard: $0, files: bench.files) }
        for store in stores { try store.reset("detector") }
        let info = try #require(try bench.files.info("\(keys)/gone.sqlite"))
        let written = Milliseconds(info.modified / 1_000_000)
        func remaining() throws -> Set<String> {
            Set(try bench.files.names(in: keys).compactMap { $0.split(separator: ".").first.map(String.init) })
        }
        let day: Milliseconds = 86_400_000
        bench.clock.advance(.milliseconds(written + day - 60_000 - bench.clock.now))
        try await pass()
        #expect(try remaining() == Set(shards))
        bench.clock.advance(.milliseconds(written + 2 * day - bench.clock.now))
        try await pass()
        #expect(try remaining() == ["shardId-000000000000"])
        withExtendedLifetime(stores) {}
    }
}
