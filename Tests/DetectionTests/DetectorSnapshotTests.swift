import Detection
import RandomCutForest
import Testing

@Suite struct DetectorSnapshotTests {
    static let options = DetectorOptions(
        forest: ForestOptions(features: 2, shingleSize: 2, trees: 8, sampleSize: 48, timeDecay: 500, seed: 4),
        refractory: 7
    )

    private func judged(_ count: Int, _ options: DetectorOptions = options) throws -> Detector {
        var detector = try Detector(options)
        var stream = TestStream(seed: 31)
        for _ in 0..<count {
            let features = [stream.gaussian(), stream.next() % 30 == 0 ? 12 : stream.unit()]
            _ = try detector.judge(features.span)
        }
        return detector
    }

    @Test(arguments: [0, 1, 40, 250, 1000])
    func `a restored detector continues bit-equal`(count: Int) throws {
        var original = try judged(count)
        var restored = try Detector(snapshot: original.snapshot(), options: Self.options)
        var stream = TestStream(seed: 32)
        for _ in 0..<300 {
            let features = [stream.gaussian(), stream.next() % 30 == 0 ? 12 : stream.unit()]
            let expected = try original.judge(features.span)
            #expect(try restored.judge(features.span) == expected)
        }
        #expect(restored.snapshot() == original.snapshot())
        #expect(restored.records == original.records)
    }

    struct Change: CustomTestStringConvertible {
        let option: String
        let change: @Sendable (inout DetectorOptions) -> Void
        var testDescription: String { option }
    }

    @Test(arguments: [
        Change(option: "model") { $0.model = .series },
        Change(option: "rule") { $0.rule = .score(2) },
        Change(option: "refractory") { $0.refractory = 8 },
        Change(option: "border") { $0.border = 2 },
        Change(option: "missing") { $0.missing = .zero },
        Change(option: "features") { $0.forest.features = 1 },
        Change(option: "shingleSize") { $0.forest.shingleSize = 3 },
        Change(option: "trees") { $0.forest.trees = 9 },
        Change(option: "sampleSize") { $0.forest.sampleSize = 49 },
        Change(option: "timeDecay") { $0.forest.timeDecay = 501 },
        Change(option: "outputAfter") { $0.forest.outputAfter = 13 },
        Change(option: "seed") { $0.forest.seed = 5 },
    ])
    func `a snapshot of other options is refused, with the option's name and both values`(_ c: Change) throws {
        let bytes = try judged(50).snapshot()
        var options = Self.options
        c.change(&options)
        #expect {
            _ = try Detector(snapshot: bytes, options: options)
        } throws: { error in
            guard case SnapshotError.otherOptions(c.option, let snapshot, let wanted) = error else { return false }
            return snapshot != wanted
        }
    }

    @Test func `a default that is written out is no other option`() throws {
        let bytes = try judged(50).snapshot()
        var options = Self.options
        options.forest.outputAfter = 12
        _ = try Detector(snapshot: bytes, options: options)
    }

    @Test func `damage and truncation are noticed, wherever they are`() throws {
        let bytes = try judged(50).snapshot()
        for index in stride(from: 0, to: bytes.count, by: 5) {
            var changed = bytes
            changed[index] ^= 1
            #expect(throws: SnapshotError.self) { _ = try Detector(snapshot: changed, options: Self.options) }
            #expect(throws: SnapshotError.self) {
                _ = try Detector(snapshot: Array(bytes.prefix(index)), options: Self.options)
            }
        }
    }

    @Test func `a forest's snapshot is not a detector's`() throws {
        let forest = try RandomCutForest(Self.options.forest)
        #expect(throws: SnapshotError.foreign(expected: "Detector")) {
            _ = try Detector(snapshot: forest.snapshot(), options: Self.options)
        }
    }

    @Test(arguments: 0..<4)
    func `a forged snapshot is refused or is a valid detector`(seed: UInt64) throws {
        let format = SnapshotFormat(name: "Detector", magic: "RCFD", version: 3)
        let bytes = try judged(50).snapshot()
        let payload = Array(bytes[14..<(bytes.count - 8)])
        var stream = TestStream(seed: seed)
        for _ in 0..<300 {
            var forged = payload
            // Most of the detector's own state is in the first 60 bytes.
            let limit = stream.next() % 2 == 0 ? 60 : UInt64(forged.count)
            let interesting: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8(truncatingIfNeeded: stream.next())]
            forged[Int(stream.next() % limit)] = interesting.randomElement(using: &stream) ?? 0
            let framed = format.encode { writer in
                for byte in forged { writer.write(byte) }
            }
            do {
                var restored = try Detector(snapshot: framed, options: Self.options)
                let features = [0.5, 0.5]
                for _ in 0..<40 {
                    let judgement = try restored.judge(features.span)
                    #expect((0..<1).contains(judgement.grade))
                }
            } catch let error as SnapshotError {
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test(arguments: [1, 2]) func `a snapshot of a version before goes on with the same scores and findings`(
        version: Int
    ) throws {
        var original = try judged(300)
        let bytes = original.snapshot()
        // What version 2 added stands at the end: border, missing, levels, findings, each feature's memory
        // and its ordinary value.
        let added = 8 + 1 + (8 + 64 * 4) + (16 + 8) + 8 + Self.options.forest.features * (13 + 4)
        // And version 3 before it all which model it is of, and after it the event told last.
        let payload = bytes[15..<(bytes.count - 8 - 16 - (version == 1 ? added : 0))]
        let old = SnapshotFormat(name: "Detector", magic: "RCFD", version: version).encode { writer in
            for byte in payload { writer.write(byte) }
        }
        var restored = try Detector(snapshot: old, options: Self.options)
        var stream = TestStream(seed: 33)
        for _ in 0..<300 {
            let features = [stream.gaussian(), stream.next() % 30 == 0 ? 12 : stream.unit()]
            let (one, other) = (try restored.judge(features.span), try original.judge(features.span))
            #expect(one.score == other.score && one.grade == other.grade && one.isAlert == other.isAlert)
        }
    }
}
