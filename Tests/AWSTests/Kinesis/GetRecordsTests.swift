import Foundation
import Testing
import Transport

@testable import AWS

@Suite struct GetRecordsTests {
    private func batch(_ answer: String) async throws -> Kinesis.RecordBatch {
        try await Kinesis(.scripted(ScriptedExchange(.json(answer)), retry: .never)).getRecords("i", stream: "s")
    }

    /// Kinesis API Reference, GetRecords, example answer; and what else the service has been seen to write.
    @Test func `records, position and lag are read`() async throws {
        let batch = try await batch(
            """
            { "MillisBehindLatest": 2100, "NextShardIterator": "AAAAAAAAAAHsW8zCWf9164uy8Epue6WS3w6wmj4a4USt+CNvMd6uXQ",
              "Records": [ { "Data": "XzxkYXRhPl8w", "PartitionKey": "partitionKey", "EncryptionType": null,
                "ApproximateArrivalTimestamp": 1.441215410867E9,
                "SequenceNumber": "21269319989652663814458848515492872193" } ], "ChildShards": [{"ShardId": "x"}] }
            """
        )
        #expect(
            batch.records == [
                Kinesis.Record(
                    data: Array("_<data>_0".utf8),
                    partitionKey: "partitionKey",
                    sequenceNumber: "21269319989652663814458848515492872193",
                    arrival: Date(timeIntervalSince1970: 1_441_215_410.867)
                )
            ]
        )
        #expect(batch.nextIterator == "AAAAAAAAAAHsW8zCWf9164uy8Epue6WS3w6wmj4a4USt+CNvMd6uXQ")
        #expect(batch.behindLatest == .milliseconds(2100))
    }

    @Test(arguments: [#"{"Records":[],"NextShardIterator":null,"MillisBehindLatest":0}"#, #"{"Records":[]}"#])
    func `no next iterator is the end of a closed shard`(answer: String) async throws {
        #expect(try await batch(answer).nextIterator == nil)
    }

    @Test func `an expired iterator is a reason of its own`() async {
        let exchange = ScriptedExchange(
            .json(
                #"{"__type":"ExpiredIteratorException","message":"Iterator expired."}"#,
                status: 400,
                headers: [(name: "x-amzn-RequestId", value: "r-1")]
            )
        )
        let failure = await failure { try await Kinesis(.scripted(exchange)).getRecords("i", stream: "candidates") }
        #expect(failure?.reason == .iteratorExpired)
        #expect(failure?.requestID == "r-1")
        #expect(exchange.requests.count == 1)
    }

    @Test(arguments: [
        "", "{}x", #"{"Records":[{"Data":"!","PartitionKey":"k","SequenceNumber":"1"}]}"#,
        #"{"Records":[{"PartitionKey":"k","SequenceNumber":"1"}]}"#, #"{"Records":{}}"#, #"{"Records":["#,
    ])
    func `an answer that is not one is not believed`(answer: String) async {
        let failure = await failure { try await batch(answer) }
        guard case .unreadableAnswer = failure?.reason else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }

    @Test func `shards, their parents and ranges are read over all pages`() async throws {
        let first = """
            {"NextToken":"t","Shards":[{"ShardId":"shardId-000000000000",
             "HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"340282366920938463463374607431768211455"},
             "SequenceNumberRange":{"StartingSequenceNumber":"1","EndingSequenceNumber":"2"}}]}
            """
        let second = """
            {"Shards":[{"ShardId":"shardId-000000000001","ParentShardId":"shardId-000000000000",
             "HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"9"},
             "SequenceNumberRange":{"StartingSequenceNumber":"3"}}]}
            """
        let exchange = ScriptedExchange(.json(first), .json(second))
        let shards = try await Kinesis(.scripted(exchange)).listShards(of: "s")
        #expect(shards.map(\.id) == ["shardId-000000000000", "shardId-000000000001"])
        #expect(shards.map(\.parentID) == [nil, "shardId-000000000000"])
        #expect(shards.map(\.endingSequenceNumber) == ["2", nil])
        #expect(shards[0].hashKeys == 0 ... .max)
        #expect(
            exchange.requests.map { String(decoding: $0.body, as: UTF8.self) } == [
                #"{"StreamName":"s"}"#, #"{"NextToken":"t"}"#,
            ]
        )
    }

    @Test func `a listing that repeats its token is not followed for ever`() async {
        let exchange = ScriptedExchange(.json(#"{"NextToken":"t","Shards":[]}"#))
        let failure = await failure { try await Kinesis(.scripted(exchange, retry: .never)).listShards(of: "s") }
        #expect(failure?.reason == .unreadableAnswer("the listing does not end"))
        #expect(exchange.requests.count == 2)
    }

    @Test(arguments: [
        (Kinesis.Position.trimHorizon, #""ShardIteratorType":"TRIM_HORIZON""#),
        (.latest, #""ShardIteratorType":"LATEST""#),
        (.at(sequenceNumber: "4"), #""ShardIteratorType":"AT_SEQUENCE_NUMBER","StartingSequenceNumber":"4""#),
        (.after(sequenceNumber: "4"), #""ShardIteratorType":"AFTER_SEQUENCE_NUMBER","StartingSequenceNumber":"4""#),
        (
            .time(Date(timeIntervalSince1970: 1_459_799_926.48)),
            #""ShardIteratorType":"AT_TIMESTAMP","Timestamp":1459799926.48"#
        ),
    ])
    func `an iterator is asked for as the API names it`(position: Kinesis.Position, fields: String) async throws {
        let exchange = ScriptedExchange(.json(#"{"ShardIterator":"i"}"#))
        let kinesis = Kinesis(.scripted(exchange))
        #expect(try await kinesis.shardIterator(stream: "s", shard: "shardId-0", from: position) == "i")
        let body = String(decoding: exchange.requests[0].body, as: UTF8.self)
        #expect(body == #"{"StreamName":"s","ShardId":"shardId-0",\#(fields)}"#)
    }
}
