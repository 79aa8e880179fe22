import Foundation
import TestSupport
import Testing

@testable import AnomaliesAgent

/// The column HOTSPOTS_RESULT, and what else detect.lua decides of a row.
@Suite struct HotspotScoreTests {
    /// DBSCAN by definition, every pair of the window compared for every row, in Python. Prints how many rows have
    /// hotspots, and each row whose column says something else.
    private static let bruteForce = """
        import csv, json, sys
        window, radius, least = 100, 0.5, 6
        points = [(float(r["x"]), float(r["y"])) for r in csv.DictReader(open(sys.argv[1]))]
        results = [json.loads(r["HOTSPOTS_RESULT"]) for r in csv.DictReader(open(sys.argv[2]))]
        assert len(points) == len(results)
        hot = 0
        for row, result in enumerate(results):
            w = points[max(0, row - window + 1):row + 1]
            near = lambda p, q: (p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 <= radius ** 2
            around = [[j for j, q in enumerate(w) if near(p, q)] for p in w]
            cores = {i for i in range(len(w)) if len(around[i]) >= least}
            left, wanted = set(cores), []
            while left:
                pending, members = [left.pop()], set()
                while pending:
                    core = pending.pop()
                    members.update(around[core])
                    for other in around[core]:
                        if other in left:
                            left.remove(other)
                            pending.append(other)
                xs, ys = [w[i][0] for i in members], [w[i][1] for i in members]
                size = (max(xs) - min(xs)) * (max(ys) - min(ys))
                wanted.append((round(len(members) / size, 6), max(xs), max(ys), min(xs), min(ys)))
            told = [(round(h["density"], 6), *h["maxValues"], *h["minValues"]) for h in result["hotspots"]]
            hot += bool(wanted)
            if sorted(told) != sorted(wanted): print("row", row, told, wanted)
            if told != sorted(told, reverse=True): print("row", row, "is not in order of density")
        print(hot > 100 and "hotspots in many rows")
        """

    private let folder: ScoreFolder

    init() throws { folder = try ScoreFolder() }

    @Test func `HOTSPOTS_RESULT is what a count over all pairs of the window comes to, row by row`() throws {
        try folder.write(
            """
            return { features = { "x", "y" },
              hotspots = { windowSize = 100, scanRadius = 0.5, minimumNumberOfPointsInAHotspot = 6 } }
            """,
            "s/detect.lua"
        )
        var random = SeededRandom(seed: 4, package: 0, purpose: "hotspots")
        func unit() -> Double { Double(random.next(below: 1 << 20)) / Double(1 << 20) }
        let rows = (0..<400).map { row in
            row % 4 == 0 ? "\(row),\(3 + unit()),\(6 + unit())\n" : "\(row),\(10 * unit()),\(10 * unit())\n"
        }
        try folder.write("timestamp,x,y\n" + rows.joined(), "a.csv")
        _ = try folder.score(["a.csv"], features: nil, scripts: "s")
        #expect(try folder.output("a.csv").hasPrefix("timestamp,anomaly_score,raw_score,HOTSPOTS_RESULT\n"))
        let told = try TestSupport.run(
            ["python3", "-c", Self.bruteForce, "\(folder.path)/in/a.csv", "\(folder.path)/out/a.csv"]
        )
        #expect(String(decoding: told, as: UTF8.self) == "hotspots in many rows\n")
    }

    @Test func `a row that is refused has no hotspots and is in no window, and one with a gap is in none`() throws {
        let hotspots = "hotspots = { windowSize = 100, scanRadius = 1, minimumNumberOfPointsInAHotspot = 2 }"
        try folder.write("return { features = { 'value' }, \(hotspots) }", "s/detect.lua")
        try folder.write("return { features = { 'value' }, missing = 'zero', \(hotspots) }", "t/detect.lua")
        try folder.write("timestamp,value\na,5\nb,\nc,5\n", "a.csv")
        let hot = #""{""hotspots"":[{""density"":2.0,""maxValues"":[5.0],""minValues"":[5.0]}]}""#
        let none = #""{""hotspots"":[]}""#
        func results() throws -> [String] {
            let rows = try folder.rows("a.csv").map {
                $0.split(separator: ",", maxSplits: 3, omittingEmptySubsequences: false)
            }
            return rows.map { String($0[3]) }
        }
        _ = try folder.score(["a.csv"], features: nil, scripts: "s")
        #expect(try results() == [none, "", hot])
        _ = try folder.score(["a.csv"], features: nil, scripts: "t")
        #expect(try results() == [none, none, hot])
    }

    @Test func `decide and min_severity keep an alert from a row as they keep it from people`() throws {
        let rows = sampleValues().enumerated().map { "\(1_700_000_000 + $0.offset * 300),\($0.element)\n" }
        try folder.write("timestamp,value\n" + rows.joined(), "a.csv")
        func alerts(_ text: String) throws -> (Int, [String: Int], [String]) {
            try folder.write("return { features = { 'value' }, refractory = 0, \(text) }", "s/detect.lua")
            let result = try #require(try folder.score(["a.csv"], features: nil, scripts: "s").first)
            return (result.alerts, result.suppressed, result.failures)
        }
        let (all, none, _) = try alerts("")
        #expect(all >= 2 && none.isEmpty)
        let (passed, rule, _) = try alerts(
            "decide = function(r) if r.timestamp ~= 1700270000 then return nil end return true end"
        )
        #expect(passed == 1 && rule == ["rule": all - 1])
        let (severe, severity, _) = try alerts("min_severity = 'critical'")
        #expect(severe == 0 && severity == ["severity": all])
        let (failed, _, failures) = try alerts("decide = function(r) error('oops') end")
        #expect(failed == all && failures.first?.contains("/in/a.csv:902: decide failed") == true)
        #expect(failures.first?.contains("oops") == true)
    }

    @Test func `features of the command line take the script's hotspots and tolerances along`() throws {
        try folder.write(
            """
            return { features = { 'a' }, ignore_near_expected = { absolute = 1 },
              forest = kinesis_analytics { explanation = true }, threshold = 0.9,
              hotspots = { windowSize = 100, scanRadius = 1, minimumNumberOfPointsInAHotspot = 2 } }
            """,
            "s/detect.lua"
        )
        let rows = sampleValues().map { "t,\($0),\($0 * 2)\n" }
        try folder.write("timestamp,b,c\n" + rows.joined(), "a.csv")
        let result = try folder.score(["a.csv"], features: ["b", "c"], scripts: "s")
        #expect(result[0].rows == 1_200 && result[0].skipped == 0 && result[0].alerts > 0)
        try folder.write(
            "return { features = { 'a', 'b' }, ignore_near_expected = { a = { absolute = 1 } } }",
            "s/detect.lua"
        )
        #expect {
            _ = try folder.score(["a.csv"], features: ["b", "c"], scripts: "s")
        } throws: { "\($0)".contains("ignore_near_expected") && "\($0)".contains("Leave --features out") }
    }
}
