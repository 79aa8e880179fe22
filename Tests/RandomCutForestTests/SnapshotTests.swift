import Testing

@testable import RandomCutForest

@Suite struct SnapshotTests {
    /// A forest that has seen `count` observations, some of them twice.
    private func forest(_ options: ForestOptions, after count: Int) throws -> RandomCutForest {
        var forest = try RandomCutForest(options)
        var stream = TestStream(seed: 21)
        for _ in 0..<count {
            let observation = (0..<options.features).map { _ in Float(Int(stream.gaussian() * 8)) / 4 }
            try forest.update(observation.span)
        }
        return forest
    }

    static let small = ForestOptions(features: 2, trees: 3, sampleSize: 12, timeDecay: 40, seed: 5)

    @Test(arguments: [
        (ForestOptions(trees: 5, sampleSize: 32, timeDecay: 100), 0),
        (ForestOptions(trees: 5, sampleSize: 32, timeDecay: 100), 7),
        (ForestOptions(trees: 5, sampleSize: 32, timeDecay: 100), 2000),
        (ForestOptions(features: 3, shingleSize: 4, trees: 5, sampleSize: 32, timeDecay: 100, seed: 9), 2),
        (ForestOptions(features: 3, shingleSize: 4, trees: 5, sampleSize: 32, timeDecay: 100, seed: 9), 500),
    ])
    func `a restored forest continues bit-equal`(options: ForestOptions, count: Int) throws {
        var original = try forest(options, after: count)
        let bytes = original.snapshot()
        var restored = try RandomCutForest(snapshot: bytes)
        #expect(restored.snapshot() == bytes)
        var stream = TestStream(seed: 3)
        for _ in 0..<300 {
            let observation = (0..<options.features).map { _ in Float(stream.gaussian()) }
            let expected = try original.scoreAndUpdate(observation.span)
            #expect(try restored.scoreAndUpdate(observation.span) == expected)
        }
        #expect(restored.snapshot() == original.snapshot())
        #expect(restored.firstViolation() == nil)
    }

    @Test func `a snapshot that ends early is refused, wherever it ends`() throws {
        let bytes = try forest(Self.small, after: 100).snapshot()
        for count in 0..<bytes.count {
            #expect {
                _ = try RandomCutForest(snapshot: Array(bytes.prefix(count)))
            } throws: { error in
                guard case SnapshotError.truncated(_, let got) = error else { return false }
                return got == count
            }
        }
    }

    @Test func `a changed byte is noticed, wherever it is`() throws {
        let bytes = try forest(Self.small, after: 100).snapshot()
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x10
            #expect(throws: SnapshotError.self) { _ = try RandomCutForest(snapshot: changed) }
        }
    }

    @Test func `bytes after the end, other files and later formats are told apart`() throws {
        let bytes = try forest(Self.small, after: 100).snapshot()
        #expect(throws: SnapshotError.damaged(reason: "1 bytes follow its end")) {
            _ = try RandomCutForest(snapshot: bytes + [0])
        }
        #expect(throws: SnapshotError.foreign(expected: "RandomCutForest")) {
            _ = try RandomCutForest(snapshot: Array("{\"a\": 1}".utf8))
        }
        var later = bytes
        later[4] = 2
        #expect(throws: SnapshotError.newer(version: 2, known: 1)) { _ = try RandomCutForest(snapshot: later) }
    }

    /// The checksum only guards against accidents. Behind a valid one every number is checked.
    @Test(arguments: 0..<8)
    func `a forged snapshot is refused or is a valid forest`(seed: UInt64) throws {
        let bytes = try forest(Self.small, after: 100).snapshot()
        let payload = Array(bytes[14..<(bytes.count - 8)])
        var stream = TestStream(seed: seed)
        for _ in 0..<400 {
            var forged = payload
            for _ in 0...(stream.next() % 3) {
                let index = Int(stream.next() % UInt64(forged.count))
                let interesting: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8(truncatingIfNeeded: stream.next())]
                forged[index] = interesting.randomElement(using: &stream) ?? 0
            }
            if stream.next() % 8 == 0 { forged.removeLast(Int(stream.next() % UInt64(forged.count))) }
            let framed = RandomCutForest.format.encode { writer in
                for byte in forged { writer.write(byte) }
            }
            do {
                var restored = try RandomCutForest(snapshot: framed)
                for _ in 0..<5 {
                    let observation = [Float](repeating: Float(stream.gaussian()), count: restored.options.features)
                    _ = try restored.scoreAndUpdate(observation.span)
                }
                #expect(restored.firstViolation() == nil)
            } catch let error as SnapshotError {
                #expect(!error.description.isEmpty)
            }
        }
    }
}
