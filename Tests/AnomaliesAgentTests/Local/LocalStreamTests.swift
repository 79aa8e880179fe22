import Testing

@testable import AnomaliesAgent

@Suite struct LocalStreamTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func stream(shards: Int) throws -> LocalStream {
        try LocalStream(
            directory: directory.path + "/stream",
            shards: shards,
            files: DiskFileSystem(),
            clock: ManualClock()
        )
    }

    /// As CreateStream of four shards reports their HashKeyRange in Kinesis: quarters of 2^128.
    private static let quarters: [(UInt128, Int)] = [
        (0, 0), (UInt128.max >> 2, 0), (UInt128(1) << 126, 1), (UInt128.max >> 1, 1), (UInt128(1) << 127, 2), (.max, 3),
    ]

    @Test(arguments: quarters)
    func `a hash key belongs to the shard whose equal part of the space holds it`(key: UInt128, shard: Int) {
        #expect(LocalStream.shard(of: key, among: 4) == shard)
    }

    @Test func `each shard has the records of its range in their order`() async throws {
        let stream = try stream(shards: 2)
        #expect(try await stream.shards() == ["shardId-000000000000", "shardId-000000000001"])
        let entries = (0..<10).map { number in
            StreamEntry(data: [UInt8(number)], partitionKey: "k", hashKey: number % 2 == 0 ? 0 : .max)
        }
        try await stream.put(entries)
        let even = try await stream.read(shard: "shardId-000000000000", after: nil, limit: 10)
        let odd = try await stream.read(shard: "shardId-000000000001", after: nil, limit: 10)
        #expect(even.bytes == [0, 2, 4, 6, 8])
        #expect(odd.bytes == [1, 3, 5, 7, 9])
        await #expect(throws: FileError.self) { try await stream.read(shard: "shardId-7", after: nil, limit: 1) }
    }

    @Test func `a stream keeps the number of shards it was made with`() async throws {
        _ = try stream(shards: 3)
        #expect(try await stream(shards: 1).shards().count == 3)
    }
}
