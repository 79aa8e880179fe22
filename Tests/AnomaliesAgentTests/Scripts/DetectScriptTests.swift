import Detection
import RandomCutForest
import Testing

@testable import AnomaliesAgent

/// What detect.lua says of decisions, and what becomes of it.
@Suite struct DetectScriptTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    private func script(_ text: String, features: String = "{ 'a', 'b' }") throws -> (DetectRules, any DetectFunctions)
    {
        let library = try bench.library(["detect.lua": "return { features = \(features),\n\(text)\n}"])
        return try DetectScripts(library, environment: bench.environment()).current()
    }

    private func rules(_ text: String) throws -> DetectRules { try script(text).0 }

    @Test func `a threshold is a score or a grade`() throws {
        #expect(try rules("").detector.rule == .calibrated && rules("").detector.border == 1)
        #expect(try rules("threshold = 3").detector.rule == .score(3))
        let graded = try rules("threshold = { grade = 0.8 }").detector
        #expect(graded.rule == .calibrated && abs(graded.border - 4) < 1e-12)
        #expect(try rules("threshold = { grade = 0.5 }").detector.border == 1)
    }

    @Test func `the model is that of records unless a series is asked for, with a grade or a budget`() throws {
        #expect(try rules("").detector.model == .records && rules("model = 'records'").detector.model == .records)
        let series = try rules("model = 'series', threshold = { grade = 0.8 }, missing = 'previous'").detector
        #expect(series.model == .series && series.rule == .calibrated && abs(series.border - 4) < 1e-12)
        #expect(try rules("model = 'series', alerts = '1 per day'").alerts != nil)
    }

    @Test(
        arguments: [
            ("2 per week", 2, 604_800_000), ("5 per hour", 5, 3_600_000), ("1 per day", 1, 86_400_000),
            ("250 per month", 250, 2_592_000_000),
        ] as [(String, Int, Int64)]
    )
    func `a budget is so many alerts in so much time, and one event is one of them`(
        text: String,
        count: Int,
        period: Int64
    ) throws {
        let budget = AlertBudget(count: count, period: period, quiet: 600_000)
        #expect(try rules("alerts = '\(text)', refractory = '10m'").alerts == budget)
    }

    @Test func `what counts and what is told is read as it is written`() throws {
        let rules = try rules(
            """
            only = "rises", min_severity = "error", suppress = { "noise", "drift" },
            ignore_near_expected = { a = { absolute = 1, relative = 0.5 }, b = { above = 2, below = 3 } },
            expect = { every = "5m", per = "host", severity = "critical" },
            """
        )
        #expect(
            rules.decision
                == DecisionRules(
                    suppress: [.noise, .drift],
                    only: .rises,
                    nearExpected: [
                        DecisionRules.Tolerance(absolute: 1, relative: 0.5),
                        DecisionRules.Tolerance(above: 2, below: 3),
                    ]
                )
        )
        #expect(
            rules.tells("error") && rules.tells("critical") && rules.tells("our own word") && !rules.tells("warning")
        )
        #expect(
            rules.expectation == Expectation(every: .seconds(300), per: try FeaturePath("host"), severity: "critical")
        )
        let all = try self.rules("ignore_near_expected = { absolute = 2 }").decision.nearExpected
        #expect(all == [DecisionRules.Tolerance](repeating: DecisionRules.Tolerance(absolute: 2), count: 2))
        #expect(try self.rules("suppress = {}").decision.suppress.isEmpty)
        #expect(try self.rules("").decision == DecisionRules())
    }

    @Test(arguments: [
        ("quarantine", MissingValues.refuse, false), ("skip", .refuse, true), ("zero", .zero, false),
        ("previous", .previous, false), ("linear", .linear, false), ("forest", .forest, false),
    ])
    func `what is missing is refused, left out or put in`(word: String, missing: MissingValues, skips: Bool) throws {
        let rules = try rules("missing = '\(word)'")
        #expect(rules.detector.missing == missing && rules.skipsMissing == skips)
        #expect((rules.absent == nil) == (word == "quarantine"))
    }

    @Test func `options that change nothing that was learned keep the detector, others do not`() throws {
        let id = try rules("").detectorID
        for text in [
            "only = 'drops'", "min_severity = 'critical'", "suppress = {}", "ignore_near_expected = { absolute = 1 }",
            "expect = { every = 60 }", "refractory = '5m'", "missing = 'skip'", "threshold = 3",
            "threshold = { grade = 0.7 }",
        ] { #expect(try rules(text).detectorID == id) }
        for text in ["model = 'series'", "alerts = '1 per day'", "missing = 'zero'"] {
            #expect(try rules(text).detectorID != id)
        }
    }

    @Test func `another function of features is other features, the same elsewhere in the file is not`() throws {
        func id(_ code: String) throws -> String {
            let text = "\(code)\nreturn { features = compute, feature_count = 1 }"
            let library = try bench.library(["detect.lua": text])
            return try DetectScripts(library, environment: bench.environment()).current().0.detectorID
        }
        let first = try id("local function compute(record)\nreturn record.a * 2\nend")
        #expect(try id("-- twice\n\nlocal function compute(record)\n  -- so\n  return record.a * 2\n\nend") == first)
        #expect(try id("local function compute(record)\nreturn record.a * 3\nend") != first)
        #expect(try id("local function compute(record)\nreturn record.b * 2\nend") != first)
    }

    @Test func `decide sees what was expected, where it went, how likely it was and what it is owed to`() throws {
        let (rules, functions) = try script(
            """
            decide = function(record, result)
              return { message = string.format("%s %.0f %.0f %s %s", result.direction, result.expected.a, result.expected.b,
                result.attribution.a > result.attribution.b, result.likelihood > 0 and result.likelihood < 0.01
                and result.threshold < result.score and result.level > 1) }
            end
            """
        )
        var detector = try Detector(rules.detector)
        for index in 0..<1_000 { _ = try detector.judge([Double(index % 10), Double(index * 7 % 10)].span) }
        let judgement = try detector.judge([500, 4].span)
        let decision = try #require(
            try functions.decide(record: ["a": 500], judgement, FindingDetails(judgement, rules))
        )
        let words = try #require(decision.message).split(separator: " ")
        #expect(words.count == 5 && words[0] == "rises" && words[2...] == ["4", "true", "true"])
        #expect((0...9).contains(try #require(Int(words[1]))))
    }

    @Test func `null in what a function returns is a missing value, where there is something to put in`() throws {
        let text = "feature_count = 2, missing = 'zero'"
        let (_, functions) = try script(text, features: "function(r) return { r.a, r.b or null } end")
        let values = try functions.features(of: ["a": 3])
        #expect(values[0] == 3 && values[1].isNaN)
        let (_, strict) = try script("feature_count = 2", features: "function(r) return { r.a, r.b or null } end")
        #expect(throws: ScriptFailure.self) { try strict.features(of: ["a": 3]) }
    }
}
