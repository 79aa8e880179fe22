import AWS
import FoundationEssentials
import TestSupport
import Testing
import Transport

@Suite struct KinesisPeerTests {
    private func stream(shards: Int, _ kinesis: Kinesis) async throws -> String {
        let name = "candidates-\(UInt64.random(in: .min ... .max))"
        try await kinesis.createStream(name, shards: shards)
        for _ in 0..<100 {
            if try await kinesis.describeStreamSummary(name).status == "ACTIVE" { break }
        }
        return name
    }

    /// Everything in a shard.
    private func records(_ kinesis: Kinesis, _ stream: String, _ shard: String) async throws -> [Kinesis.Record] {
        var records: [Kinesis.Record] = []
        var iterator: String? = try await kinesis.shardIterator(stream: stream, shard: shard, from: .trimHorizon)
        while let next = iterator {
            let batch = try await kinesis.getRecords(next, limit: 400, stream: stream)
            if batch.records.isEmpty, batch.behindLatest == .zero { break }
            records += batch.records
            iterator = batch.nextIterator
        }
        return records
    }

    @Test func `what is put comes out, in order, in the shard that its hash key chose`() async throws {
        let kinesis = Kinesis(try Peers.moto.get().client())
        let stream = try await stream(shards: 2, kinesis)
        #expect(try await kinesis.describeStreamSummary(stream).openShards == 2)
        let shards = try await kinesis.listShards(of: stream)
        #expect(shards.count == 2)
        let entries = (0..<1200).map { number in
            Kinesis.Entry(
                data: Array("record \(number) ሴ \"\\".utf8),
                partitionKey: "identity \(number)",
                explicitHashKey: shards[number % 2].hashKeys.lowerBound
            )
        }
        let placements = try await kinesis.putRecords(entries, to: stream)
        for (parity, shard) in shards.enumerated() {
            let wanted = entries.indices.filter { $0 % 2 == parity }
            let records = try await records(kinesis, stream, shard.id)
            #expect(records.map(\.data) == wanted.map { entries[$0].data })
            #expect(records.map(\.partitionKey) == wanted.map { entries[$0].partitionKey })
            #expect(records.map(\.sequenceNumber) == wanted.map { placements[$0].sequenceNumber })
            #expect(wanted.allSatisfy { placements[$0].shardID == shard.id })
            #expect(records.allSatisfy { abs($0.arrival.timeIntervalSinceNow) < 300 })
        }
    }

    @Test func `every kind of position finds its record`() async throws {
        let kinesis = Kinesis(try Peers.moto.get().client())
        let stream = try await stream(shards: 1, kinesis)
        let shard = try #require(try await kinesis.listShards(of: stream).first).id
        let latest = try await kinesis.shardIterator(stream: stream, shard: shard, from: .latest)
        let entries = (0..<3).map { Kinesis.Entry(data: [UInt8($0)], partitionKey: "k") }
        let placements = try await kinesis.putRecords(entries, to: stream)

        func data(_ position: Kinesis.Position) async throws -> [UInt8] {
            let iterator = try await kinesis.shardIterator(stream: stream, shard: shard, from: position)
            return try await kinesis.getRecords(iterator, stream: stream).records.flatMap(\.data)
        }
        #expect(try await data(.trimHorizon) == [0, 1, 2])
        #expect(try await data(.at(sequenceNumber: placements[1].sequenceNumber)) == [1, 2])
        #expect(try await data(.after(sequenceNumber: placements[1].sequenceNumber)) == [2])
        #expect(try await data(.time(Date(timeIntervalSinceNow: -600))) == [0, 1, 2])
        #expect(try await kinesis.getRecords(latest, stream: stream).records.flatMap(\.data) == [0, 1, 2])
    }

    @Test func `a stream that exists already is a success`() async throws {
        let kinesis = Kinesis(try Peers.moto.get().client())
        let stream = try await stream(shards: 1, kinesis)
        try await kinesis.createStream(stream, shards: 1)
    }

    @Test func `a stream that is not there is said to be missing`() async throws {
        let kinesis = Kinesis(try Peers.moto.get().client())
        let failure = await failure { try await kinesis.describeStreamSummary("nowhere") }
        #expect(failure?.reason == .notFound(code: "ResourceNotFoundException"))
    }

    @Test func `a wrong secret is refused, and the failure says what to check`() async throws {
        let kinesis = Kinesis(try Peers.moto.get().client(secretAccessKey: "wrong"))
        let failure = await failure { try await kinesis.describeStreamSummary("candidates") }
        guard case .accessDenied = failure?.reason else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(failure?.description.contains("Check the secret access key") == true)
        #expect(failure?.isRetryable == false)
    }

    @Test func `boto3 reads what we wrote, and we read what boto3 wrote`() async throws {
        let peer = try Peers.moto.get()
        let kinesis = Kinesis(peer.client())
        let stream = try await stream(shards: 1, kinesis)
        let shard = try #require(try await kinesis.listShards(of: stream).first).id
        try await kinesis.putRecords([Kinesis.Entry(data: [0, 255, 10], partitionKey: "ours ሴ")], to: stream)
        let printed = try peer.python(
            """
            import sys, boto3
            kinesis = boto3.client("kinesis")
            iterator = kinesis.get_shard_iterator(
                StreamName=sys.argv[1], ShardId=sys.argv[2], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            for record in kinesis.get_records(ShardIterator=iterator)["Records"]:
                print(record["Data"], record["PartitionKey"])
            kinesis.put_record(StreamName=sys.argv[1], Data=bytes(range(256)), PartitionKey="theirs")
            """,
            stream,
            shard
        )
        #expect(printed == "b'\\x00\\xff\\n' ours ሴ\n")
        let records = try await records(kinesis, stream, shard)
        #expect(records.map(\.partitionKey) == ["ours ሴ", "theirs"])
        #expect(records.last?.data == (0...255).map { UInt8($0) })
    }
}
