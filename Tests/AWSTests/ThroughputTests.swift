import Synchronization
import Testing

@testable import AWS

/// What a shard's consumer and producer need, several times over. Only optimised code is measured:
/// `swift test -c release -Xswiftc -enable-testing --filter Throughput`.
@Suite(.serialized, .enabled(if: !isDebugBuild, "throughput is measured in a release build"))
struct ThroughputTests {
    /// Best of five, because other work on the machine only ever makes it slower.
    private func megabytesPerSecond(_ bytes: Int, _ work: () throws -> Void) rethrows -> Double {
        var best = Duration.seconds(3600)
        for _ in 0..<5 { best = min(best, try ContinuousClock().measure(work)) }
        let seconds = Double(best.components.attoseconds) / 1e18 + Double(best.components.seconds)
        return Double(bytes) / 1e6 / seconds
    }

    private static let data = (0..<10_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) }

    @Test func `base64 is written and read at 200 MB a second and more`() throws {
        var text: [UInt8] = []
        let encoding = megabytesPerSecond(Self.data.count) {
            text.removeAll(keepingCapacity: true)
            Base64.append(Self.data.span, to: &text)
        }
        let decoding = megabytesPerSecond(Self.data.count) { _ = Base64.decode(text.span) }
        print("base64: \(Int(encoding)) MB/s written, \(Int(decoding)) MB/s read")
        #expect(encoding > 200)
        #expect(decoding > 200)
    }

    @Test(arguments: [100, 1000, 100_000])
    func `a full answer of GetRecords is read at 100 MB a second and more`(recordBytes: Int) throws {
        let count = min(10_000, 10_000_000 / recordBytes)
        let answer = JSONWriter.object(capacity: 20 << 20) { json in
            json.number("MillisBehindLatest", 0)
            json.string("NextShardIterator", String(repeating: "A", count: 200))
            json.array("Records", 0..<count) { json, number in
                json.object { json in
                    json.string("SequenceNumber", "4954498525573457212748436877357\(1_000_000 + number)")
                    json.number("ApproximateArrivalTimestamp", 1_441_215_410.867)
                    json.base64("Data", Array(Self.data[number * recordBytes..<(number + 1) * recordBytes]))
                    json.string("PartitionKey", "3a7bd3e2360a3d29eea436fcfb7e44c8\(number)")
                }
            }
        }
        let kinesis = Kinesis(.scripted(ScriptedExchange(.json("{}"))))
        let speed = try megabytesPerSecond(answer.count) {
            let batch = try kinesis.recordBatch(answer, "s")
            #expect(batch.records.count == count)
        }
        print("GetRecords, \(count) records of \(recordBytes) bytes, \(answer.count) bytes: \(Int(speed)) MB/s")
        #expect(speed > 100)
    }

    @Test func `hashing costs little more than OpenSSL`() {
        let hashing = megabytesPerSecond(Self.data.count) { _ = Digest.sha256(Self.data.span) }
        let short = Array(Self.data[..<100])
        let calls = 100_000
        let perSecond = megabytesPerSecond(calls * 1_000_000) {
            for _ in 0..<calls { _ = Digest.sha256(short.span) }
        }
        print("SHA-256: \(Int(hashing)) MB/s; \(1e6 / perSecond) µs for 100 bytes")
        #expect(hashing > 100)
    }
}

private var isDebugBuild: Bool {
    #if DEBUG
        true
    #else
        false
    #endif
}
