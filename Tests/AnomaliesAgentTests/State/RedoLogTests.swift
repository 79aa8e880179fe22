import Testing

@testable import AnomaliesAgent

@Suite struct RedoLogTests {
    private static let entry = RedoEntry(
        detector: "features.options",
        records: [
            RedoEntry.Record(
                outcome: .scored,
                identity: RecordIdentity(package: PackageID(value: .max), line: 3),
                time: -1,
                features: [1.5, -0.0],
                score: 0.1,
                grade: .leastNonzeroMagnitude
            ),
            RedoEntry.Record(outcome: .quarantined, identity: nil, time: .max),
            RedoEntry.Record(
                outcome: .repeated,
                identity: RecordIdentity(package: PackageID(value: 1), line: 1),
                time: 0
            ),
        ]
    )

    @Test func `an entry comes back as it was, with and without records`() {
        #expect(RedoEntry(detector: "features.options", decoding: Self.entry.encoded()) == Self.entry)
        let empty = RedoEntry(detector: "a.b", records: [])
        #expect(RedoEntry(detector: "a.b", decoding: empty.encoded()) == empty)
        #expect(Self.entry.featuresID == "features")
    }

    @Test func `bytes that are cut or longer are no entry, and never a trap`() {
        let bytes = Self.entry.encoded()
        for end in 0..<bytes.count { #expect(RedoEntry(detector: "", decoding: Array(bytes[..<end])) == nil) }
        #expect(RedoEntry(detector: "", decoding: bytes + [0]) == nil)
        #expect(RedoEntry(detector: "", decoding: [1, 1, 0xff, 0xff, 0xff, 0xff]) == nil)
    }

    @Test func `an entry of another version is none`() {
        var bytes = Self.entry.encoded()
        bytes[0] = 2
        #expect(RedoEntry(detector: "", decoding: bytes) == nil)
    }

    @Test func `the log is replayed in its order, and trimmed but for its last records`() throws {
        let bench = try Workbench()
        try bench.state.write { database in
            for batch in 1...10 {
                let records = (0..<5).map { RedoEntry.Record(outcome: .quarantined, identity: nil, time: Int64($0)) }
                let entry = RedoEntry(detector: "a.b", records: records)
                try RedoLog.append(entry, shard: "s", batch: batch, time: 0, in: database)
                try RedoLog.append(entry, shard: "other", batch: batch, time: 0, in: database)
            }
            // The last 12 records are in three batches.
            try RedoLog.trim(shard: "s", through: 9, keeping: 12, in: database)
        }
        func batches(_ shard: String, after batch: Int = 0) throws -> [Int] {
            var found: [Int] = []
            try bench.state.read {
                try RedoLog.replay(shard: shard, after: batch, in: $0) { number, _ in found.append(number) }
            }
            return found
        }
        #expect(try batches("s") == [8, 9, 10])
        #expect(try batches("other", after: 7) == [8, 9, 10])
        try bench.state.write { try RedoLog.trim(shard: "other", through: 4, keeping: 0, in: $0) }
        #expect(try batches("other") == [5, 6, 7, 8, 9, 10])
    }
}
