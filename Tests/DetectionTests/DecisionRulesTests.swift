import RandomCutForest
import Testing

@testable import Detection

@Suite struct DecisionRulesTests {
    private func judgement(
        observed: [Double] = [95],
        expected: [Double] = [15],
        direction: Direction = .rises,
        isEcho: Bool = false,
        isDrift: Bool = false,
        isNoise: Bool = false,
        score: Double = 3
    ) -> Judgement {
        let why = Explanation(
            likelihood: 0.001,
            direction: direction,
            observed: observed,
            expected: expected,
            attribution: observed.map { _ in 1 },
            isEcho: isEcho,
            isDrift: isDrift,
            isNoise: isNoise
        )
        let reading = Reading(score: score, level: score / 2, typical: 0, threshold: 2)
        return Judgement(reading, above: 1, isAlert: true, explanation: score > 2 ? why : nil)
    }

    @Test func `each reason applies where it is asked for, the first of them in a fixed order`() {
        var all = DecisionRules(
            suppress: [.inShingle, .drift, .noise],
            only: .drops,
            nearExpected: [DecisionRules.Tolerance(absolute: 100)]
        )
        #expect(all.suppression(of: judgement(isEcho: true, isDrift: true, isNoise: true)) == .inShingle)
        #expect(all.suppression(of: judgement(isDrift: true, isNoise: true)) == .drift)
        #expect(all.suppression(of: judgement(isNoise: true)) == .noise)
        #expect(all.suppression(of: judgement()) == .nearExpected)
        all.nearExpected = []
        #expect(all.suppression(of: judgement()) == .direction)
        #expect(all.suppression(of: judgement(direction: .drops)) == nil)
    }

    @Test func `by default only an echo is none`() {
        let rules = DecisionRules()
        #expect(rules.suppression(of: judgement(isDrift: true, isNoise: true)) == nil)
        #expect(rules.suppression(of: judgement(isEcho: true)) == .inShingle)
        #expect(DecisionRules(suppress: []).suppression(of: judgement(isEcho: true)) == nil)
    }

    @Test func `a record that is no finding has no reason`() {
        #expect(DecisionRules(only: .drops).suppression(of: judgement(score: 2)) == nil)
    }

    // As `ignoreNearExpected` of AWS's Java library: in every dimension within the widest bound that applies.
    @Test(
        arguments: [
            (DecisionRules.Tolerance(absolute: 5), [10, 15], [15, 10], true),
            (DecisionRules.Tolerance(absolute: 5), [10, 15.01], [15, 10], false),
            (DecisionRules.Tolerance(relative: 0.1), [109, -91], [100, -100], true),
            (DecisionRules.Tolerance(relative: 0.1), [111, -100], [100, -100], false),
            (DecisionRules.Tolerance(above: 3), [13, 7], [10, 7], true),
            (DecisionRules.Tolerance(above: 3), [10, 7], [10, 8], false),
            (DecisionRules.Tolerance(below: 3), [7, 7], [10, 7], true),
            (DecisionRules.Tolerance(below: 3), [11, 7], [10, 7], false),
            (DecisionRules.Tolerance(absolute: 1, relative: 0.5, above: 2, below: 0), [14, 10], [10, 12], true),
        ] as [(DecisionRules.Tolerance, [Double], [Double], Bool)]
    )
    func `near the expected value nothing is an anomaly`(
        tolerance: DecisionRules.Tolerance,
        observed: [Double],
        expected: [Double],
        isNear: Bool
    ) {
        let rules = DecisionRules(nearExpected: [tolerance, tolerance])
        let found = rules.suppression(of: judgement(observed: observed, expected: expected))
        #expect(found == (isNear ? .nearExpected : nil))
    }

    @Test func `a model without expected values has nothing near them`() {
        let rules = DecisionRules(nearExpected: [DecisionRules.Tolerance(absolute: 1_000)])
        #expect(rules.suppression(of: judgement(expected: [])) == nil)
    }

    @Test func `acquittals are the reasons that say there was no anomaly`() {
        let told: [Suppression] = [.rule, .severity, .refractory]
        for reason in Suppression.allCases { #expect(reason.isAcquittal == !told.contains(reason)) }
    }
}
