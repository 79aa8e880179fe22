import RandomCutForest
import Testing

@testable import Detection

@Suite struct SeriesSnapshotTests {
    private func model(_ count: Int, features: Int = 1) throws -> SeriesModel {
        var model = try SeriesModel(features: features, seed: 4)
        var stream = TestStream(seed: 31)
        for row in 0..<count { _ = try model.assess(values(row, features, &stream).span, time: time(row)) }
        return model
    }

    private func values(_ row: Int, _ features: Int, _ stream: inout TestStream) -> [Double] {
        (0..<features).map { Double($0) + stream.gaussian() + (row % 300 == 299 ? 30 : 0) }
    }

    /// None now and then.
    private func time(_ row: Int) -> Double? { row % 17 == 0 ? nil : Double(row) * 900 }

    @Test(arguments: [(0, 1), (47, 1), (300, 1), (150, 3)])
    func `a restored model continues bit-equal`(count: Int, features: Int) throws {
        var original = try model(count, features: features)
        var restored = try SeriesModel(snapshot: original.snapshot(), features: features, seed: 4)
        #expect(restored.rows == original.rows)
        var stream = TestStream(seed: 32)
        for row in count..<count + 80 {
            let values = values(row, features, &stream)
            let expected = try original.assess(values.span, time: time(row))
            let reading = try restored.assess(values.span, time: time(row))
            #expect(reading == expected)
        }
        #expect(restored.snapshot() == original.snapshot())
    }

    @Test func `a snapshot of other features or of another seed is refused`() throws {
        let bytes = try model(10).snapshot()
        #expect(throws: SnapshotError.otherOptions(option: "features", snapshot: "1", wanted: "2")) {
            _ = try SeriesModel(snapshot: bytes, features: 2, seed: 4)
        }
        #expect(throws: SnapshotError.otherOptions(option: "seed", snapshot: "4", wanted: "5")) {
            _ = try SeriesModel(snapshot: bytes, features: 1, seed: 5)
        }
    }

    @Test func `damage and truncation are noticed, wherever they are`() throws {
        let bytes = try model(60).snapshot()
        for index in stride(from: 0, to: bytes.count, by: bytes.count / 40) {
            var changed = bytes
            changed[index] ^= 1
            #expect(throws: SnapshotError.self) { _ = try SeriesModel(snapshot: changed, features: 1, seed: 4) }
            #expect(throws: SnapshotError.self) {
                _ = try SeriesModel(snapshot: Array(bytes.prefix(index)), features: 1, seed: 4)
            }
        }
    }
}
