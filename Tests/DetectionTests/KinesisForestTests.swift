import Detection
import RandomCutForest
import Testing

@Suite struct KinesisForestTests {
    struct Case: CustomTestStringConvertible {
        let sentence: String
        let change: @Sendable (inout KinesisForestOptions) -> Void
        var testDescription: String { sentence }
    }

    /// Ranges from the SQL Reference.
    @Test(arguments: [
        Case(sentence: "numberOfTrees = 0 was not made: numberOfTrees must be 1...1000") { $0.numberOfTrees = 0 },
        Case(sentence: "numberOfTrees = 1001 was not made") { $0.numberOfTrees = 1001 },
        Case(sentence: "subSampleSize = 9 was not made: subSampleSize must be 10...1000") { $0.subSampleSize = 9 },
        Case(sentence: "subSampleSize = 1001 was not made") { $0.subSampleSize = 1001 },
        Case(sentence: "subSampleSize = 256 was not made: subSampleSize must be less than timeDecay, which is 256") {
            $0.timeDecay = 256
        },
        Case(sentence: "timeDecay = 0 was not made: timeDecay must be 1...2147483647") { $0.timeDecay = 0 },
        Case(sentence: "timeDecay = 2147483648 was not made") { $0.timeDecay = 2_147_483_648 },
        Case(sentence: "shingleSize = 0 was not made: shingleSize must be 1...30") { $0.shingleSize = 0 },
        Case(sentence: "shingleSize = 31 was not made") { $0.shingleSize = 31 },
        Case(sentence: "columns = 0 names was not made: columns must be 1...30 names") { $0.columns = [] },
        Case(sentence: "columns = \"a\" twice was not made: columns must be names that differ") {
            $0.columns = ["a", "a"]
        },
    ])
    func `a parameter out of its range is refused in words`(_ c: Case) {
        var options = KinesisForestOptions(columns: ["a"])
        c.change(&options)
        #expect {
            _ = try KinesisForest(options)
        } throws: { error in
            "\(error)".contains("with " + c.sentence)
        }
    }

    @Test func `defaults are those of the SQL Reference`() {
        let options = KinesisForestOptions(columns: ["a"])
        #expect(options.numberOfTrees == 100 && options.subSampleSize == 256)
        #expect(options.timeDecay == 100_000 && options.shingleSize == 1 && !options.withDirectionality)
    }

    @Test(arguments: [(256, 1, 256), (256, 8, 256), (10, 10, 10), (10, 30, 30), (1000, 1, 1000)])
    func `the score is exactly 0 for the first subSampleSize records`(
        subSampleSize: Int,
        shingleSize: Int,
        zeros: Int
    ) throws {
        var forest = try KinesisForest(
            KinesisForestOptions(
                columns: ["a"],
                numberOfTrees: 5,
                subSampleSize: subSampleSize,
                shingleSize: shingleSize
            )
        )
        var stream = TestStream(seed: 3)
        for index in 0..<(zeros + 10) {
            let record = [stream.unit()]
            #expect(try (forest.score(record.span) == 0) == (index < zeros), "record \(index)")
        }
    }

    @Test func `an explanation tells which column strays and where to, and its parts are the score`() throws {
        let options = KinesisForestOptions(columns: ["up", "down"], shingleSize: 2, withDirectionality: true)
        var forest = try KinesisForest(options)
        var stream = TestStream(seed: 4)
        for index in 0..<600 {
            let record = [stream.gaussian(), stream.gaussian()]
            let (score, explanation) = try forest.explain(record.span)
            let total = explanation.columns.map(\.attributionScore).reduce(0, +)
            #expect(abs(total - score) <= 1e-9 * score)
            if index < 256 {
                #expect(score == 0 && explanation.columns.allSatisfy { $0.direction == .low && $0.strength == 0 })
            }
        }
        let record: [Double] = [30, -30]
        let (score, explanation) = try forest.explain(record.span)
        #expect(score > 3)
        #expect(explanation.columns.map(\.name) == ["up", "down"])
        #expect(explanation.columns.map(\.direction) == [.high, .low])
        for column in explanation.columns { #expect((0.5...1).contains(column.strength / column.attributionScore)) }
    }

    /// The shape of the first record of the blood pressure example in the Developer Guide.
    @Test(arguments: [true, false])
    func `the explanation has Amazon's JSON`(withDirectionality: Bool) throws {
        var forest = try KinesisForest(
            KinesisForestOptions(columns: ["Systolic", "Dia\"stolic"], withDirectionality: withDirectionality)
        )
        let record: [Double] = [101, 66]
        let json = try forest.explain(record.span).explanation.json
        if withDirectionality {
            let column = #"{"DIRECTION":"LOW","STRENGTH":"0.0000","ATTRIBUTION_SCORE":"0.0000"}"#
            #expect(json == #"{"Systolic":"# + column + #","Dia\"stolic":"# + column + "}")
        } else {
            #expect(
                json == #"{"Systolic":{"ATTRIBUTION_SCORE":"0.0000"},"Dia\"stolic":{"ATTRIBUTION_SCORE":"0.0000"}}"#
            )
        }
        for _ in 0..<300 { _ = try forest.score(record.span) }
        let stray: [Double] = [102, 66]
        // Every tree is one leaf of 256 copies, and what is not among them scores log₂ 257 = 8.00562.
        let later = try forest.explain(stray.span).explanation.json
        let strength = withDirectionality ? #""DIRECTION":"HIGH","STRENGTH":"8.0056","# : ""
        #expect(later.hasPrefix(#"{"Systolic":{"# + strength + #""ATTRIBUTION_SCORE":"8.0056"},"#))
    }

    @Test func `what is no number is refused, and nothing is learned`() throws {
        var forest = try KinesisForest(KinesisForestOptions(columns: ["a", "b"], numberOfTrees: 3))
        let before = forest.snapshot()
        for bad in [[1, Double.nan], [1, .infinity], [1, 1e39], [1]] as [[Double]] {
            #expect(throws: DetectorError.self) { _ = try forest.score(bad.span) }
            #expect(throws: DetectorError.self) { _ = try forest.explain(bad.span) }
        }
        #expect(forest.snapshot() == before)
    }

    @Test func `a restored forest goes on bit-equal, and other options are refused`() throws {
        let options = KinesisForestOptions(columns: ["a"], numberOfTrees: 5, subSampleSize: 20, shingleSize: 3)
        var forest = try KinesisForest(options)
        var stream = TestStream(seed: 9)
        for _ in 0..<100 {
            let record = [stream.gaussian()]
            _ = try forest.score(record.span)
        }
        var restored = try KinesisForest(snapshot: forest.snapshot(), options: options)
        for _ in 0..<50 {
            let record = [stream.gaussian()]
            let score = try forest.score(record.span)
            #expect(try restored.score(record.span) == score)
        }
        var other = options
        other.timeDecay = 5000
        let snapshot = forest.snapshot()
        let expected = SnapshotError.otherOptions(option: "timeDecay", snapshot: "100000", wanted: "5000")
        #expect(throws: expected) { _ = try KinesisForest(snapshot: snapshot, options: other) }
    }
}
