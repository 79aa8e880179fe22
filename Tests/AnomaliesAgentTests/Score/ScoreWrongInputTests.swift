import Foundation
import Testing

@testable import AnomaliesAgent

@Suite struct ScoreWrongInputTests {
    let folder: ScoreFolder

    init() throws { folder = try ScoreFolder() }

    struct Unreadable: Sendable, CustomTestStringConvertible {
        let name: String
        let content: String
        let reason: String
        var testDescription: String { "\(name) \(reason)" }
    }

    @Test(arguments: [
        Unreadable(name: "a.csv", content: "", reason: "it is empty"),
        Unreadable(name: "a.csv", content: "\n\r\n", reason: "it is empty"),
        Unreadable(
            name: "a.csv",
            content: "timestamp,Value,x\n1,2,3\n",
            reason: "there is no column \"value\"; the columns are: timestamp, Value, x. Did you mean Value?"
        ),
        Unreadable(name: "a.csv", content: "timestamp;value\n1;2\n", reason: "Separate columns by commas"),
        Unreadable(
            name: "a.csv",
            content: "\u{1B}[2J\(String(repeating: "y", count: 90)),x" + String(repeating: ",z", count: 40),
            reason: "the columns are:  [2J\(String(repeating: "y", count: 36)), x, z"
        ),
        Unreadable(name: "a.csv", content: "a" + String(repeating: ",z", count: 40), reason: "z, and 21 more. Add it"),
        Unreadable(name: "a.csv", content: "time,value\n1,2\n", reason: "there is no column \"timestamp\""),
        Unreadable(name: "a.csv", content: "timestamp,value,value\n1,2,3\n", reason: "there are 2 columns \"value\""),
        Unreadable(
            name: "a.csv",
            content: "timestamp,value\n\"\(String(repeating: "x", count: 3 << 20))",
            reason: "a row is longer than"
        ),
        Unreadable(name: "a.json", content: "\u{0}{\u{0}}", reason: "UTF-16"),
    ])
    func `a file that cannot be read is an error with its name and leaves nothing behind`(file: Unreadable) throws {
        try folder.write(file.content, file.name)
        let scorer = try folder.scorer()
        let error = #expect(throws: (any Error).self) { _ = try scorer.score(scorer.scored[0]) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(file.reason))
        #expect(folder.outputs().isEmpty)
    }

    @Test func `a gzip file that ends early is an error and keeps the scores of an earlier run`() throws {
        try folder.write(csv(sampleValues(50)), "a.csv.gz", gzipped: true)
        _ = try folder.score()
        let before = try folder.output("a.csv")
        let path = "\(folder.path)/in/a.csv.gz"
        let packed = try Data(contentsOf: URL(filePath: path))
        try packed.dropLast(9).write(to: URL(filePath: path))
        #expect(throws: (any Error).self) { _ = try folder.score() }
        #expect(try folder.output("a.csv") == before)
        #expect(folder.outputs() == ["a.csv"])
    }

    @Test func `a line that is no JSON is a skipped row and its number its timestamp`() throws {
        try folder.write("{\"value\":1}\nnonsense\n{\"value\":\"2\"}\n", "a.jsonl")
        let result = try folder.score()[0]
        #expect(result.rows == 3 && result.skipped == 2)
        #expect(try folder.rows("a.jsonl")[1] == "2,0.000000,0.000000")
    }

    @Test func `arguments that cannot be meant are refused before anything is scored`() throws {
        try folder.write(csv([1, 2]), "a.csv")
        try folder.write(csv([1, 2]), "sub/a.csv.gz", gzipped: true)
        try folder.write("x", "notes.txt")
        try folder.write("x", "texts/notes.txt")
        try folder.write("return { features = { } }", "s/detect.lua")
        let folder = folder
        func refuses(_ words: String, _ make: () throws -> OfflineScorer) {
            let problem = #expect(throws: SetupProblem.self) { _ = try make() }
            #expect(problem?.description.contains(words) == true)
        }
        refuses("there is no such file") { try folder.scorer(["b.csv"]) }
        refuses("neither CSV nor JSON") { try folder.scorer(["notes.txt"]) }
        refuses("there are no .csv") { try folder.scorer(["texts"]) }
        refuses("the scores of both would be") { try folder.scorer(["a.csv", "sub/a.csv.gz"]) }
        refuses("would overwrite") { try folder.scorer([""], output: "in") }
        refuses("would overwrite it") { try folder.scorer(["a.csv"], output: "in") }
        refuses("it is not a directory") { try folder.scorer(scripts: "none") }
        refuses("detect.lua:1") { try folder.scorer(features: nil, scripts: "s") }
        refuses("detect.lua") { try folder.scorer(features: nil, scripts: "texts") }
        refuses("--features") { try folder.scorer(features: ["a..b"]) }
        refuses("--features") { try folder.scorer(features: (0..<101).map { "f\($0)" }) }
    }

    @Test func `an output below the input is not scored again`() throws {
        try folder.write(csv([1, 2]), "a.csv")
        for _ in 0..<2 {
            let scorer = try folder.scorer(output: "in/out")
            #expect(scorer.scored.count == 1)
            _ = try scorer.score(scorer.scored[0])
        }
    }
}
