import Foundation
import Testing

@testable import AnomaliesAgent

@Suite struct OfflineScorerTests {
    let folder: ScoreFolder

    init() throws { folder = try ScoreFolder() }

    private func columns(_ row: String) throws -> (score: Double, level: Double) {
        let fields = row.split(separator: ",")
        return (try #require(Double(fields[1])), try #require(Double(fields[2])))
    }

    @Test func `what comes later changes no score`() throws {
        let values = sampleValues()
        try folder.write(csv(values), "whole.csv")
        try folder.write(csv(Array(values.prefix(950)) + [7, -1e6, 3]), "other.csv")
        _ = try folder.score()
        let (whole, other) = (try folder.rows("whole.csv"), try folder.rows("other.csv"))
        #expect(whole.count == 1_200 && other.count == 953)
        #expect(whole.prefix(950) == other.prefix(950))
    }

    @Test func `a file's scores do not depend on the files before it`() throws {
        try folder.write(csv(sampleValues().map { $0 * 50 }), "a.csv")
        try folder.write(csv(sampleValues()), "b.csv")
        _ = try folder.score()
        let after = try folder.output("b.csv")
        _ = try folder.score(["b.csv"])
        #expect(try folder.output("b.csv") == after)
    }

    @Test func `an outlier is an alert, the next finding soon after is none, and its level stays`() throws {
        try folder.write(csv(sampleValues()), "a.csv")
        let result = try folder.score()[0]
        let rows = try folder.rows("a.csv").map(columns)
        #expect(rows[900].score >= 0.5 && rows[900].level > 1)
        #expect(rows[901].score == 0.499999 && rows[901].level > 1)
        // 200 rows after the alert, beyond the refractory period.
        #expect(rows[1_100].score >= 0.5)
        #expect(result.alerts == rows.count { $0.score >= 0.5 })
        #expect(rows.allSatisfy { (0...1).contains($0.score) && $0.level >= 0 })
    }

    @Test func `files keep their relative paths and lose only gz`() throws {
        let text = csv(sampleValues(20))
        let names = ["a.csv", "deep/er/b.csv.gz", "c.jsonl", "d.ndjson.gz", "e.json"]
        for name in names where name.contains("csv") { try folder.write(text, name, gzipped: name.hasSuffix(".gz")) }
        for name in names where !name.contains("csv") {
            try folder.write("{\"value\":1}\n", name, gzipped: name.hasSuffix(".gz"))
        }
        try folder.write("nothing to score", "README.md")
        _ = try folder.score()
        #expect(folder.outputs() == ["a.csv", "c.jsonl", "d.ndjson", "deep/er/b.csv", "e.json"])
        #expect(try folder.output("deep/er/b.csv") == folder.output("a.csv"))
        _ = try folder.score(["deep/er/b.csv.gz"])
        #expect(folder.outputs().contains("b.csv"))
    }

    @Test func `CSV, JSON lines and an array of the same rows get the same scores`() throws {
        let values = sampleValues()
        let lines = values.enumerated().map { #"{"timestamp":"t\#($0.offset)","value":\#($0.element)}"# }
        try folder.write(csv(values), "a.csv")
        try folder.write(lines.joined(separator: "\n"), "b.jsonl.gz", gzipped: true)
        try folder.write("[" + lines.joined(separator: ",\n") + "]", "c.json")
        _ = try folder.score()
        #expect(try folder.output("a.csv") == folder.output("b.jsonl"))
        #expect(try folder.output("a.csv") == folder.output("c.json"))
    }

    @Test func `a JSON row without a timestamp gets its line number`() throws {
        try folder.write("{\"value\":1}\n\n{\"value\":2,\"timestamp\":1700000000}\n{\"value\":3}\n", "a.jsonl")
        _ = try folder.score()
        #expect(try folder.rows("a.jsonl").map { $0.prefix { $0 != "," } } == ["1", "1700000000", "4"])
    }

    @Test func `a row without a usable number is written with zeros, counted, named, and not learned`() throws {
        var lines = csv(sampleValues()).split(separator: "\n").map(String.init)
        try folder.write(lines.joined(separator: "\n"), "good.csv")
        lines.insert(contentsOf: ["x,", "x,much", "x", "x,1e999", "x,nan", "x,1e39"], at: 601)
        try folder.write(lines.joined(separator: "\n"), "bad.csv")
        let result = try #require(try folder.score(["bad.csv"]).first)
        _ = try folder.score(["good.csv"])
        #expect(result.rows == 1_206 && result.skipped == 6)
        #expect(result.problems.count == 5)
        #expect(result.problems[1] == "\(folder.path)/in/bad.csv:603: field \"value\" is a string, not a number")
        var rows = try folder.rows("bad.csv")
        #expect(rows[600..<606].allSatisfy { $0 == "x,0.000000,0.000000" })
        rows.removeSubrange(600..<606)
        #expect(try folder.rows("good.csv") == rows)
    }

    @Test func `scripts bring their features, their forest and their threshold`() throws {
        try folder.write(#"return { features = function(r) return r.a + r.b end, threshold = 1.2 }"#, "s/detect.lua")
        try folder.write(#"return { features = { "sum" }, threshold = 1.2 }"#, "t/detect.lua")
        let values = sampleValues()
        try folder.write("timestamp,a,b,sum\n" + values.map { "x,\($0),1,\($0 + 1)\n" }.joined(), "a.csv")
        _ = try folder.score(["a.csv"], features: nil, scripts: "s")
        let called = try folder.output("a.csv")
        _ = try folder.score(["a.csv"], features: nil, scripts: "t")
        #expect(try folder.output("a.csv") == called)
        _ = try folder.score(["a.csv"], features: ["sum"])
        #expect(try folder.output("a.csv") != called)
    }

    @Test func `a script's refractory period counts the time that rows state`() throws {
        try folder.write(#"return { features = { "value" }, refractory = "1m" }"#, "s/detect.lua")
        let values = sampleValues()
        let rows = values.enumerated().map { "\(1_700_000_000 + $0.offset * 3_600),\($0.element)\n" }
        try folder.write("timestamp,value\n" + rows.joined(), "a.csv")
        _ = try folder.score(["a.csv"], features: nil, scripts: "s")
        let scores = try folder.rows("a.csv").map(columns)
        // An hour lies between 900 and 901.
        #expect(scores[900].score >= 0.5 && scores[901].score >= 0.5)
    }

    @Test func `times that run backward keep nobody quiet for longer than the refractory period`() throws {
        try folder.write(#"return { features = { "value" }, refractory = "1m" }"#, "s/detect.lua")
        let rows = sampleValues().enumerated().map { "\(1_800_000_000 - $0.offset * 3_600),\($0.element)\n" }
        try folder.write("timestamp,value\n" + rows.joined(), "a.csv")
        _ = try folder.score(["a.csv"], features: nil, scripts: "s")
        let scores = try folder.rows("a.csv").map(columns)
        #expect(scores[900].score >= 0.5 && scores[901].score >= 0.5)
    }

    @Test func `several features are scored together`() throws {
        let plain = (0..<1_000).map { "t,\($0 % 7),\($0 % 5)\n" }.joined()
        try folder.write("timestamp,a,b\n\(plain)t,3,900\n", "a.csv")
        let result = try folder.score(features: ["b", "a"])[0]
        #expect(result.rows == 1_001 && result.skipped == 0)
        #expect(try columns(folder.rows("a.csv")[1_000]).level > 1)
    }
}
