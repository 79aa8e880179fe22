import Detection
import RandomCutForest
import Testing

@Suite struct KinesisHotspotsTests {
    struct Case: CustomTestStringConvertible {
        let sentence: String
        let change: @Sendable (inout HotspotOptions) -> Void
        var testDescription: String { sentence }
    }

    static let options = HotspotOptions(
        columns: 1,
        windowSize: 100,
        scanRadius: 0.15,
        minimumNumberOfPointsInAHotspot: 3
    )

    /// Ranges from the SQL Reference.
    @Test(arguments: [
        Case(sentence: "windowSize = 99 was not made: windowSize must be 100...1000") { $0.windowSize = 99 },
        Case(sentence: "windowSize = 1001 was not made") { $0.windowSize = 1001 },
        Case(sentence: "scanRadius = 0.0 was not made: scanRadius must be greater than 0") { $0.scanRadius = 0 },
        Case(sentence: "scanRadius = nan was not made") { $0.scanRadius = .nan },
        Case(sentence: "minimumNumberOfPointsInAHotspot = 1 was not made") { $0.minimumNumberOfPointsInAHotspot = 1 },
        Case(
            sentence: "minimumNumberOfPointsInAHotspot = 101 was not made: minimumNumberOfPointsInAHotspot must be "
                + "2...100, which is windowSize"
        ) { $0.minimumNumberOfPointsInAHotspot = 101 },
        Case(sentence: "columns = 0 was not made") { $0.columns = 0 },
    ])
    func `a parameter out of its range is refused in words`(_ c: Case) {
        var options = Self.options
        c.change(&options)
        #expect {
            _ = try KinesisHotspots(options)
        } throws: { error in
            "\(error)".contains("with " + c.sentence)
        }
    }

    @Test func `points near each other are a hotspot, and lone ones are not`() throws {
        var hotspots = try KinesisHotspots(Self.options)
        var found: [Hotspot] = []
        for value in [0, 5, 0.125, 9, 0.25, 9.125, 0.375, 7, 7, 7] {
            let record = [value]
            found = try hotspots.add(record.span)
        }
        // 7 three times has no length, and so counts as one radius long.
        #expect(found.map(\.minValues) == [[7], [0]] && found.map(\.maxValues) == [[7], [0.375]])
        #expect(found.map(\.records) == [3, 4])
        #expect(abs(found[0].density - 3 / 0.15) < 1e-12 && abs(found[1].density - 4 / 0.375) < 1e-12)
        let (first, second) = (found[0].density, found[1].density)
        #expect(
            Hotspot.json(found)
                == "{\"hotspots\":[{\"density\":\(first),\"maxValues\":[7.0],\"minValues\":[7.0]},"
                + "{\"density\":\(second),\"maxValues\":[0.375],\"minValues\":[0.0]}]}"
        )
        #expect(Hotspot.json([]) == "{\"hotspots\":[]}")
    }

    @Test func `a hotspot is gone when its records have left the window`() throws {
        var hotspots = try KinesisHotspots(Self.options)
        let hot = [0.0]
        for _ in 0..<3 { _ = try hotspots.add(hot.span) }
        for index in 1...100 {
            let record = [Double(index)]
            let found = try hotspots.add(record.span)
            #expect(found.count == (index <= 97 ? 1 : 0), "\(index)")
        }
    }

    /// The same definition, written down without bits and without memory of the record before.
    private func reference(_ window: [[Double]], _ options: HotspotOptions) -> [[Double]] {
        func near(_ a: Int, _ b: Int) -> Bool {
            var square = 0.0
            for (x, y) in zip(window[a], window[b]) { square += (x - y) * (x - y) }
            return square <= options.scanRadius * options.scanRadius
        }
        let all = window.indices
        let cores = all.filter { i in all.count { near(i, $0) } >= options.minimumNumberOfPointsInAHotspot }
        var group = Dictionary(uniqueKeysWithValues: cores.map { ($0, $0) })
        for _ in cores {
            for i in cores {
                for j in cores where near(i, j) { group[i] = min(group[i] ?? i, group[j] ?? j) }
            }
        }
        return Set(group.values).map { name in
            let members = all.filter { i in cores.contains { group[$0] == name && near(i, $0) } }
            return [Double(members.count)] + (members.map { window[$0][0] }.min().map { [$0] } ?? [])
                + (members.map { window[$0][1] }.max().map { [$0] } ?? [])
        }.sorted { $0.lexicographicallyPrecedes($1) }
    }

    @Test(arguments: [0, 1, 2] as [UInt64])
    func `hotspots follow from their definition, record by record`(seed: UInt64) throws {
        let options = HotspotOptions(
            columns: 2,
            windowSize: 100,
            scanRadius: 0.5,
            minimumNumberOfPointsInAHotspot: 4
        )
        var hotspots = try KinesisHotspots(options)
        var stream = TestStream(seed: seed)
        var window: [[Double]] = []
        for step in 0..<230 {
            let record = [stream.unit() * 6, stream.unit() * 6]
            window.append(record)
            if window.count > 100 { window.removeFirst() }
            let found = try hotspots.add(record.span)
            guard step % 46 == 45 else { continue }
            let shapes = found.map { [Double($0.records), $0.minValues[0], $0.maxValues[1]] }
            #expect(shapes.sorted { $0.lexicographicallyPrecedes($1) } == reference(window, options))
        }
    }

    /// The Developer Guide's example: a field of 10 × 10 with one hotspot of 1 × 1 that has a fifth of the records,
    /// HOTSPOTS(…, 1000, 0.2, 17), and a viewer that draws densities of 40 and more.
    @Test func `the Developer Guide's example shows its hotspot`() throws {
        let options = HotspotOptions(
            columns: 2,
            windowSize: 1000,
            scanRadius: 0.2,
            minimumNumberOfPointsInAHotspot: 17
        )
        var hotspots = try KinesisHotspots(options)
        var stream = TestStream(seed: 5)
        var found: [Hotspot] = []
        for _ in 0..<1000 {
            let isHot = stream.unit() < 0.2
            let record =
                isHot ? [3 + stream.unit(), 6 + stream.unit()] : [10 * stream.unit(), 10 * stream.unit()]
            found = try hotspots.add(record.span)
        }
        let dense = found.filter { $0.density >= 40 }
        #expect(dense.count == 1)
        for hotspot in dense {
            #expect(zip(hotspot.minValues, [3, 6]).allSatisfy { abs($0 - $1) < 0.3 })
            #expect(zip(hotspot.maxValues, [4, 7]).allSatisfy { abs($0 - $1) < 0.3 })
        }
    }

    @Test func `a window survives a snapshot, and what is no number is left out`() throws {
        var hotspots = try KinesisHotspots(Self.options)
        var stream = TestStream(seed: 8)
        for _ in 0..<150 {
            let record = [stream.unit()]
            _ = try hotspots.add(record.span)
        }
        var restored = try KinesisHotspots(snapshot: hotspots.snapshot(), options: Self.options)
        for _ in 0..<120 {
            let record = [stream.unit() * 4]
            let found = try hotspots.add(record.span)
            #expect(try restored.add(record.span) == found)
        }
        let bytes = hotspots.snapshot()
        for bad in [[Double.nan], [.infinity], [1, 2]] {
            #expect(throws: DetectorError.self) { _ = try hotspots.add(bad.span) }
        }
        #expect(hotspots.snapshot() == bytes)
        var other = Self.options
        other.scanRadius = 2
        let expected = SnapshotError.otherOptions(option: "scanRadius", snapshot: "0.15", wanted: "2.0")
        #expect(throws: expected) { _ = try KinesisHotspots(snapshot: bytes, options: other) }
        for count in stride(from: 0, to: bytes.count, by: 7) {
            #expect(throws: SnapshotError.self) {
                _ = try KinesisHotspots(snapshot: Array(bytes.prefix(count)), options: Self.options)
            }
        }
    }

    @Test func `a record lies in a hotspot up to its bounds, and what is no number in none`() throws {
        var hotspots = try KinesisHotspots(Self.options)
        for value in [1.0, 1.125, 1.25, 9] { try hotspots.learn([value].span) }
        let found = try #require(hotspots.hotspots().first)
        #expect(hotspots.hotspots().count == 1 && hotspots.records == 4)
        #expect(found.contains([1].span) && found.contains([1.2].span) && found.contains([1.25].span))
        #expect(!found.contains([0.999].span) && !found.contains([1.251].span) && !found.contains([.nan].span))
    }

    @Test func `values as far apart as numbers go are no trouble`() throws {
        var hotspots = try KinesisHotspots(Self.options)
        let greatest = Double.greatestFiniteMagnitude
        for value in [greatest, -greatest, greatest, .leastNonzeroMagnitude, greatest, 0, -0.0] {
            let record = [value]
            #expect(try hotspots.add(record.span).allSatisfy { $0.density.isFinite })
        }
    }
}
