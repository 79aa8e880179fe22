import Foundation
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
        later[4] = 3
        #expect(throws: SnapshotError.newer(version: 3, known: 2)) { _ = try RandomCutForest(snapshot: later) }
        // Another frame, whose checksum cannot be known.
        later[4] = 2
        later[5] = 2
        #expect(throws: SnapshotError.newer(version: 0x202, known: 2)) { _ = try RandomCutForest(snapshot: later) }
    }

    /// The file and the scores were written by the version before, which kept one value after another under FNV-1a.
    @Test func `a snapshot of version 1 is read, and goes on as the forest did that wrote it`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Fixtures/forest-snapshot-1.hex"
        )
        let digits = Array(
            try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        )
        let bytes = try stride(from: 0, to: digits.count, by: 2).map {
            try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
        }
        var forest = try RandomCutForest(snapshot: bytes)
        #expect(forest.firstViolation() == nil)
        var scores: [Double] = []
        for row in 0..<40 {
            let observation = [Float(row % 7) / 2, Float(row % 5) - 1]
            scores.append(try forest.scoreAndUpdate(observation.span))
        }
        #expect(
            scores.suffix(5) == [
                1.5257995938065738, 1.357103874377136, 0.890846600241322, 0.7606459426750117, 0.9045519311011558,
            ]
        )
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x10
            #expect(throws: SnapshotError.self) { _ = try RandomCutForest(snapshot: changed) }
        }
    }

    /// Answers of the reference implementation (`xxhash` 3 from PyPI) for the bytes 0, 1, … 250, 0, 1, …
    @Test(
        arguments: [
            (0, 0xEF46_DB37_51D8_E999), (31, 0xC346_D2B5_9B4D_8EE1), (32, 0xCBF5_9C51_16FF_32B4),
            (100, 0x6AC1_E580_3216_6597), (1000, 0xF306_F04A_A88B_54D3),
        ] as [(Int, UInt64)]
    )
    func `the checksum is XXH64`(count: Int, expected: UInt64) {
        let bytes = (0..<count).map { UInt8($0 % 251) }
        #expect(Checksum.xxh64(bytes.span.bytes) == expected)
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
