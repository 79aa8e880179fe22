import Detection
import RandomCutForest
import Testing

/// Input without anomalies, or with nothing else, must not alarm for ever.
@Suite struct QuietTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        /// The greatest part of records that may be findings, once the first 1000 are past.
        let rate: Double
        let value: @Sendable (Int, inout TestStream) -> Double
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "constant", rate: 0) { _, _ in 5 },
        Case(name: "ramp", rate: 0.001) { index, _ in Double(index) },
        Case(name: "falling ramp of tiny steps", rate: 0.001) { index, _ in 1 - Double(index) * 1e-4 },
        Case(name: "two alternating values", rate: 0) { index, _ in index % 2 == 0 ? 1e6 : -3 },
        Case(name: "exponential growth", rate: 0.001) { index, _ in
            Double(sign: .plus, exponent: index / 64, significand: 1 + Double(index % 64) / 64)
        },
        Case(name: "uniform", rate: 0.005) { _, stream in stream.unit() },
        Case(name: "Gaussian", rate: 0.01) { _, stream in stream.gaussian() },
        Case(name: "heavy tail (Pareto, exponent 1)", rate: 0.02) { _, stream in 1 / (1 - stream.unit()) },
        Case(name: "heavy tails on both sides", rate: 0.02) { _, stream in stream.gaussian() / stream.gaussian() },
        Case(name: "random walk", rate: 0.03) { _, stream in stream.walk() },
    ])
    func `hardly anything is found`(_ c: Case) throws {
        var detector = try Detector(DetectorOptions(forest: ForestOptions(trees: 30, seed: 2)))
        var stream = TestStream(seed: 13)
        var findings = 0
        let records = 5000
        for index in 0..<records {
            let value = [c.value(index, &stream)]
            let judgement = try detector.judge(value.span)
            if index >= 1000 && judgement.isFinding { findings += 1 }
        }
        #expect(Double(findings) <= c.rate * Double(records - 1000), "\(findings) findings")
    }

    @Test func `a change that lasts is found, and then is the new normal`() throws {
        var detector = try Detector(DetectorOptions(forest: ForestOptions(trees: 30, seed: 2), refractory: 1000))
        var stream = TestStream(seed: 14)
        var findings: [Int] = []
        var alerts: [Int] = []
        for index in 0..<4000 {
            let value = [stream.gaussian() + (index < 2000 ? 0 : 20)]
            let judgement = try detector.judge(value.span)
            if index >= 2000 && judgement.isFinding { findings.append(index) }
            if index >= 2000 && judgement.isAlert { alerts.append(index) }
        }
        #expect(findings.first == 2000)
        #expect((findings.last ?? 0) < 2500)
        #expect(alerts == [2000])
    }

    @Test func `what is utterly unlike the past is found in the wildest of pasts`() throws {
        var detector = try Detector(DetectorOptions(forest: ForestOptions(trees: 30, seed: 2)))
        var stream = TestStream(seed: 15)
        for _ in 0..<2000 {
            let value = [stream.walk()]
            _ = try detector.judge(value.span)
        }
        let value = [1e9]
        #expect(try detector.judge(value.span).isFinding)
    }
}
