import Foundation
import Synchronization
import Testing
import Transport

@testable import AWS

@Suite struct PutRecordsTests {
    private static func entries(_ count: Int, bytes: Int = 1) -> [Kinesis.Entry] {
        (0..<count).map { Kinesis.Entry(data: [UInt8](repeating: 7, count: bytes), partitionKey: "\($0)") }
    }

    /// The partition keys of a request, in order.
    private static func keys(_ request: HTTPRequest) -> [String] {
        struct Body: Decodable {
            struct Record: Decodable { let PartitionKey: String }
            let Records: [Record]
        }
        let body = try? JSONDecoder().decode(Body.self, from: Data(request.body))
        return body?.Records.map(\.PartitionKey) ?? []
    }

    /// Acknowledges every entry for which `failing` gives no code.
    private static func stream(
        _ failing: @escaping @Sendable (_ key: String, _ request: Int) -> String? = { _, _ in nil }
    ) -> ScriptedExchange {
        ScriptedExchange { (request, number) throws(HTTPError) in
            let records = keys(request).map { key in
                if let code = failing(key, number) { return #"{"ErrorCode":"\#(code)","ErrorMessage":"no"}"# }
                return #"{"SequenceNumber":"49\#(key)","ShardId":"shardId-\#(number)"}"#
            }
            return .json(#"{"FailedRecordCount":0,"Records":[\#(records.joined(separator: ","))]}"#)
        }
    }

    private static let throttled = "ProvisionedThroughputExceededException"

    @Test func `only the entries that failed are sent again, in their order, until all are acknowledged`() async throws
    {
        let exchange = Self.stream { key, request in
            switch request {
            case 0: ["1", "3", "4"].contains(key) ? Self.throttled : nil
            case 1: key == "3" ? "InternalFailure" : nil
            default: nil
            }
        }
        let time = VirtualTime()
        let placements = try await Kinesis(.scripted(exchange, time: time)).putRecords(
            Self.entries(6),
            to: "candidates"
        )
        #expect(exchange.requests.map(Self.keys) == [["0", "1", "2", "3", "4", "5"], ["1", "3", "4"], ["3"]])
        #expect(placements.map(\.sequenceNumber) == ["490", "491", "492", "493", "494", "495"])
        #expect(placements.map(\.shardID).map { $0.suffix(1) } == ["0", "1", "0", "2", "1", "0"])
        #expect(time.sleeps.count == 2)
    }

    @Test func `a policy that gives up says which entries are not stored`() async {
        let exchange = Self.stream { key, _ in key == "1" || key == "502" ? Self.throttled : nil }
        let failure = await failure {
            try await Kinesis(.scripted(exchange)).putRecords(Self.entries(503), to: "candidates")
        }
        #expect(failure?.reason == .unsent(indices: [1, 500, 501, 502], because: .throttled(retryAfter: nil)))
        #expect(failure?.isRetryable == true)
        #expect(
            failure?.description == """
                PutRecords candidates failed: entries 1, 500, 501, 502 not acknowledged: throttled. \
                Retrying; add shards if this lasts.
                """
        )
    }

    @Test func `progress earns more attempts, so that a slow shard is drained`() async throws {
        // One entry a request.
        let exchange = Self.stream { key, request in key == "\(request)" ? nil : Self.throttled }
        let retry = RetryPolicy(maximumAttempts: 3, maximumElapsed: .seconds(600))
        let kinesis = Kinesis(.scripted(exchange, retry: retry))
        #expect(try await kinesis.putRecords(Self.entries(10), to: "candidates").count == 10)
        #expect(exchange.requests.count == 10)
    }

    @Test func `an entry that can never be stored ends the call at once`() async {
        let exchange = Self.stream { key, _ in key == "1" ? "KMSAccessDeniedException" : Self.throttled }
        let failure = await failure { try await Kinesis(.scripted(exchange)).putRecords(Self.entries(2), to: "s") }
        guard case .unsent([0, 1], .rejected(_, "KMSAccessDeniedException", _)) = failure?.reason else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(failure?.isRetryable == false)
        #expect(exchange.requests.count == 1)
    }

    @Test func `a request that fails as a whole leaves all its entries unsent`() async {
        let exchange = ScriptedExchange(.json(#"{"__type":"ResourceNotFoundException"}"#, status: 400))
        let failure = await failure { try await Kinesis(.scripted(exchange)).putRecords(Self.entries(2), to: "s") }
        #expect(
            failure?.reason == .unsent(indices: [0, 1], because: .notFound(code: "ResourceNotFoundException"))
        )
    }

    @Test(arguments: [(0, []), (1, [1]), (499, [499]), (500, [500]), (501, [500, 1]), (1001, [500, 500, 1])])
    func `a request has at most 500 entries`(count: Int, requests: [Int]) async throws {
        let exchange = Self.stream()
        let placements = try await Kinesis(.scripted(exchange)).putRecords(Self.entries(count), to: "s")
        #expect(exchange.requests.map { Self.keys($0).count } == requests)
        #expect(placements.count == count)
    }

    @Test(arguments: [(0, [5]), (1, [4, 1])])
    func `a request has at most 5 MiB, keys included, base64 not`(extra: Int, requests: [Int]) async throws {
        // Five entries of 1 MiB with their keys; or one byte more by a key that is longer by one.
        let sizes = [0, 1, 2, 3].map { _ in (1 << 20) - 1 } + [(1 << 20) - 2]
        let keys = ["a", "b", "c", "d", "ee"]
        var entries = zip(sizes, keys).map { Kinesis.Entry(data: [UInt8](repeating: 0, count: $0), partitionKey: $1) }
        let limits = Kinesis.Limits(entries: 500, recordBytes: 2 << 20, requestBytes: 5 << 20)
        if extra == 1 { entries[4] = Kinesis.Entry(data: entries[4].data, partitionKey: "eee") }
        let exchange = Self.stream()
        try await Kinesis(.scripted(exchange), limits: limits).putRecords(entries, to: "s")
        #expect(exchange.requests.map { Self.keys($0).count } == requests)
    }

    struct Candidate: CustomTestStringConvertible {
        let bytes: Int, key: String, isAccepted: Bool
        var testDescription: String { "\(bytes) bytes, a key of \(key.count) characters" }
    }

    @Test(arguments: [
        Candidate(bytes: 0, key: "k", isAccepted: true),
        Candidate(bytes: (1 << 20) - 1, key: "k", isAccepted: true),
        Candidate(bytes: 1 << 20, key: "k", isAccepted: false),
        Candidate(bytes: 1, key: "", isAccepted: false),
        Candidate(bytes: 1, key: String(repeating: "😀", count: 256), isAccepted: true),
        Candidate(bytes: 1, key: String(repeating: "k", count: 257), isAccepted: false),
    ])
    func `an entry that Kinesis would refuse is refused before anything is sent`(candidate: Candidate) async {
        let entry = Kinesis.Entry(data: [UInt8](repeating: 0, count: candidate.bytes), partitionKey: candidate.key)
        let accepted = candidate.isAccepted
        let exchange = Self.stream()
        let kinesis = Kinesis(.scripted(exchange))
        #expect(kinesis.accepts(entry) == accepted)
        let failure = await failure { try await kinesis.putRecords(Self.entries(1) + [entry], to: "s") }
        #expect((failure == nil) == accepted)
        #expect(exchange.requests.isEmpty == !accepted)
        if let failure { #expect(failure.description.contains("entry 1 has")) }
    }

    @Test func `an answer for fewer entries than were sent is not believed`() async {
        let exchange = ScriptedExchange(.json(#"{"FailedRecordCount":0,"Records":[]}"#))
        let failure = await failure { try await Kinesis(.scripted(exchange)).putRecords(Self.entries(1), to: "s") }
        #expect(failure?.reason == .unsent(indices: [0], because: .unreadableAnswer("0 outcomes for 1 entries")))
        #expect(exchange.requests.count == 3)
    }

    @Test func `an explicit hash key is sent as a decimal number`() async throws {
        let exchange = Self.stream()
        let entry = Kinesis.Entry(data: [], partitionKey: "k", explicitHashKey: .max)
        try await Kinesis(.scripted(exchange)).putRecords([entry], to: "s")
        let body = String(decoding: exchange.requests[0].body, as: UTF8.self)
        #expect(body.contains(#""ExplicitHashKey":"340282366920938463463374607431768211455""#))
    }
}
