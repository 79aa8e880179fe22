import Detection
import RandomCutForest
import Testing

@testable import AnomaliesAgent

/// `forest = kinesis_analytics { … }` in detect.lua, beside the library's `KinesisForest`.
@Suite struct KinesisScriptTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    private func script(
        _ forest: String,
        features: String = "{ 'up', 'down' }",
        _ more: String = ""
    ) throws -> (DetectRules, any DetectFunctions) {
        let text = """
            return { features = \(features), threshold = 3,
              forest = kinesis_analytics { \(forest) },
              \(more)
            }
            """
        let library = try bench.library(["detect.lua": text])
        return try DetectScripts(library, environment: bench.environment()).current()
    }

    @Test func `defaults are those of the SQL Reference, and all can be given`() throws {
        var options = KinesisForestOptions(columns: ["up", "down"])
        let (plain, _) = try script("")
        options.seed = plain.detector.forest.seed
        #expect(plain.detector.forest == options.forest && plain.detector.rule == .score(3))
        #expect(plain.anomalyExplanation == nil)
        let (rules, _) = try script(
            """
            numberOfTrees = 50, subSampleSize = 1000, timeDecay = 5000, shingleSize = 30,
            explanation = true, withDirectionality = true
            """
        )
        options.numberOfTrees = 50
        options.subSampleSize = 1000
        options.timeDecay = 5000
        options.shingleSize = 30
        options.withDirectionality = true
        #expect(rules.detector.forest == options.forest && rules.anomalyExplanation == options)
    }

    @Test(arguments: [1, 4])
    func `scores and explanations are the library's bit by bit, and so is WHERE ANOMALY_SCORE > 3`(
        shingleSize: Int
    ) throws {
        let (rules, _) = try script(
            "numberOfTrees = 30, shingleSize = \(shingleSize), explanation = true, withDirectionality = true"
        )
        var detector = try Detector(rules.detector)
        var forest = try KinesisForest(try #require(rules.anomalyExplanation))
        var (findings, distance) = (0, 100_000.0)
        for index in 0..<800 {
            // Each farther out than all before, which would else be its company.
            if index % 97 == 96 { distance *= 8 }
            let stray = index % 97 == 96 ? distance : 0
            let record = [Double(index * 7919 % 10_007) + stray, Double(index * 104_729 % 9_973) - stray]
            let judgement = try detector.judge(record.span)
            var (score, explanation): (Double, AnomalyExplanation?) = (0, nil)
            if judgement.isFinding {
                (score, explanation) = try forest.explain(record.span)
            } else {
                score = try forest.score(record.span)
            }
            #expect(judgement.score.bitPattern == score.bitPattern && (score == 0) == (index < 256))
            #expect(judgement.isFinding == (score > 3))
            guard judgement.isFinding else { continue }
            findings += 1
            let details = try #require(FindingDetails(judgement, rules))
            #expect(details.explanation == (try explanation.map { try JSONValue(parsing: $0.json) }))
        }
        #expect(findings > 2)
    }

    /// Every tree is one leaf of 256 copies, and what is not among them scores log₂ 257 = 8.00562.
    @Test(arguments: [
        ("{ 'Systolic', 'Diastolic' }", "Systolic", "explanation = true, withDirectionality = true", "HIGH 8.0056"),
        ("{ 'Systolic', 'Diastolic' }", "Systolic", "explanation = true", "nil"),
        ("function(r) end, feature_count = 2", "1", "explanation = true, withDirectionality = true", "HIGH 8.0056"),
        ("{ 'Systolic', 'Diastolic' }", "Systolic", "", "none"),
    ])
    func `decide and the alert get ANOMALY_EXPLANATION where it is asked for`(
        features: String,
        column: String,
        forest: String,
        told: String
    ) throws {
        let (rules, functions) = try script(
            forest,
            features: features,
            """
            decide = function(record, result)
              if not result.explanation then return { message = "none" } end
              local column = result.explanation["\(column)"]
              assert(column.ATTRIBUTION_SCORE == "8.0056")
              if not column.DIRECTION then return { message = "nil" } end
              return { message = column.DIRECTION .. " " .. column.STRENGTH }
            end
            """
        )
        var detector = try Detector(rules.detector)
        for _ in 0..<300 { _ = try detector.judge([101, 66].span) }
        let judgement = try detector.judge([102, 66].span)
        let decision = try #require(try functions.decide(record: [:], judgement, FindingDetails(judgement, rules)))
        #expect(decision.message == told)
        let finding = Finding(
            sequenceNumber: "1",
            time: 0,
            record: [:],
            score: judgement.score,
            grade: judgement.grade,
            decision: decision,
            details: FindingDetails(judgement, rules)
        )
        let alert = Alert(finding, suppressed: 0, shard: "shard", generation: "1")
        let json = try JSONValue(parsing: alert.json.display)
        #expect(json["explanation"]?[column]?["ATTRIBUTION_SCORE"]?.string == (told == "none" ? nil : "8.0056"))
        #expect(Alert(json: json) == alert)
    }

    @Test func `an explanation changes nothing that was learned`() throws {
        #expect(try script("").0.detectorID == script("explanation = true, withDirectionality = true").0.detectorID)
        #expect(try script("").0.detectorID != script("shingleSize = 2").0.detectorID)
    }
}
