import RandomCutForest
import Testing

@testable import Detection

@Suite struct SeriesLevelSnapshotTests {
    static let format = SnapshotFormat(name: "SeriesLevel", magic: "TEST", version: 1)

    private func snapshot(_ level: borrowing SeriesLevel) -> [UInt8] {
        Self.format.encode { writer in level.write(to: &writer) }
    }

    private func restored(_ bytes: [UInt8], features: Int = 2, seed: UInt64 = 5) throws -> SeriesLevel {
        var reader = try Self.format.decode(bytes)
        let level = try SeriesLevel(from: &reader, features: features, seed: seed)
        try reader.finish()
        return level
    }

    private func update(_ level: inout SeriesLevel, _ row: Int, _ stream: inout TestStream) throws -> Double {
        let features = [Double(row % 48) + stream.gaussian(), stream.next() % 30 == 0 ? 12 : stream.unit()]
        return try level.update(features.span, time: Double(row) * 1800, forestScore: stream.unit())
    }

    private func seen(_ count: Int) throws -> SeriesLevel {
        var level = try SeriesLevel(features: 2, seed: 5)
        var stream = TestStream(seed: 71)
        for row in 0..<count { _ = try update(&level, row, &stream) }
        return level
    }

    @Test(arguments: [0, 9, 30, 70])
    func `a restored level continues bit-equal`(count: Int) throws {
        var original = try seen(count)
        var restored = try restored(snapshot(original))
        var (stream, same) = (TestStream(seed: 72), TestStream(seed: 72))
        for row in count..<(count + 60) {
            let expected = try update(&original, row, &stream)
            #expect(try update(&restored, row, &same) == expected)
        }
        #expect(snapshot(restored) == snapshot(original))
    }

    @Test func `a snapshot of another seed is refused`() throws {
        let bytes = snapshot(try seen(20))
        #expect(throws: SnapshotError.otherOptions(option: "seed", snapshot: "5", wanted: "6")) {
            _ = try restored(bytes, seed: 6)
        }
        #expect(throws: SnapshotError.self) { _ = try restored(bytes, features: 1) }
    }

    @Test(arguments: 0..<4)
    func `a forged snapshot is refused or is a level that stays finite`(seed: UInt64) throws {
        let bytes = snapshot(try seen(120))
        let payload = Array(bytes[14..<(bytes.count - 8)])
        var stream = TestStream(seed: seed)
        for _ in 0..<12 {
            var forged = payload
            // The forest's own part is tested with the forest.
            let interesting: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8(truncatingIfNeeded: stream.next())]
            forged[Int(stream.next() % 4000)] = interesting.randomElement(using: &stream) ?? 0
            let framed = Self.format.encode { writer in for byte in forged { writer.write(byte) } }
            do {
                var level = try restored(framed)
                for row in 120..<125 {
                    let found = try update(&level, row, &stream)
                    #expect(found >= 0 && found < .infinity)
                }
            } catch let error as SnapshotError {
                #expect(!error.description.isEmpty)
            }
        }
    }
}
