import Foundation
import TestSupport
import Testing

/// As fast as packages can be made, and small forests, because what counts here is the way through.
let fast = ["--set", "General.upload-interval=0", "--set", "General.package-size=100"]

/// Every finding is an alert, and the forest is small.
let everyFinding = """
    return {
      features = { "accuracy" },
      forest = { trees = 30, sample_size = 128 },
      threshold = 1.5,
      refractory = 0,
    }
    """

@Suite(.timeLimit(.minutes(20))) struct PipelineTests {
    @Test func `the same seed makes the same packages, byte for byte`() async throws {
        var packages: [[Data]] = []
        for _ in 0..<2 {
            let place = try Workplace()
            _ = try await place.start(["run", "scripts", "--packages", "3", "--seed", "7"] + fast).outcome()
            packages.append(try place.names(in: "state/bucket").map { try place.contents(of: "state/bucket/\($0)") })
        }
        #expect(packages[0].count > 3)
        #expect(packages[0] == packages[1])
        let place = try Workplace()
        _ = try await place.start(["feed", "scripts", "--packages", "1", "--seed", "8"] + fast).outcome()
        let other = try #require(place.names(in: "state/bucket").first)
        #expect(try place.contents(of: "state/bucket/\(other)") != packages[0][0])
    }

    @Test func `a package opens with gunzip and with Python, and holds records alone`() async throws {
        let place = try Workplace()
        _ = try await place.start(["feed", "scripts", "--packages", "1", "--seed", "7"] + fast).outcome()
        let name = try #require(place.names(in: "state/bucket").last)
        let package = place.path("state/bucket/\(name)")
        let unpacked = try run(["gunzip", "-c", package])
        #expect(
            unpacked
                == (try run([
                    "python3", "-c", "import gzip,sys; sys.stdout.buffer.write(gzip.open(sys.argv[1]).read())", package,
                ]))
        )
        let lines = String(decoding: unpacked, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 100)
        for line in lines { #expect(try JSON(parsing: String(line)).names == ["name", "accuracy"]) }
    }

    @Test func `run tells packages and alerts, mails, and sums up`() async throws {
        let place = try Workplace()
        let outcome = try await place.start(["run", "--packages", "5", "--seed", "7", "--json"] + fast).outcome()
        #expect(outcome.status == 0, "\(outcome)")
        let events = try outcome.objects()
        #expect(events.filter { $0["event"].string == "package" && $0["history"].bool == false }.count == 5)
        let alerts = events.filter { $0["event"].string == "alert" }
        #expect(alerts.count == 1)
        #expect(alerts.first?["record"]["name"].string == "Wojciech Czyz")
        let mails = place.names(in: "state/mail/new")
        #expect(mails == alerts.map { "\($0["id"].string ?? "").eml" })
        let summary = try #require(events.last)
        #expect(summary["packages"].int == 5)
        #expect(summary["precision"].double == 1 && summary["recall"].double == 1)
        #expect(summary["imbalances"].array?.isEmpty == true)

        let status = try JSON(parsing: try await place.mustRun("status", "--json").output)
        #expect(status["balanced"].bool == true)
        #expect(status["roles"].array?.map { $0["role"].string } == ["feed", "relay", "detect", "notify"])
        #expect(status["outbox"]["sent"].int == 1 && status["outbox"]["pending"].int == 0)
        for stage in ["stored", "read", "relayed", "scored"] {
            #expect(status["ledger"][stage].int == status["ledger"]["generated"].int)
        }
        #expect(try await place.mustRun("status").output.contains("balanced"))
    }

    @Test func `a second run goes on where the first has ended`() async throws {
        let place = try Workplace()
        for _ in 0..<2 { _ = try await place.start(["run", "--packages", "2", "--seed", "7"] + fast).outcome() }
        let once = try Workplace()
        _ = try await once.start(["run", "--packages", "4", "--seed", "7"] + fast).outcome()
        let packages = try [place, once].map { place in
            try place.names(in: "state/bucket").map { try place.contents(of: "state/bucket/\($0)") }
        }
        #expect(packages[0] == packages[1])
    }

    @Test func `four processes on one state do what one does`() async throws {
        let one = try Workplace(scripts: ["detect.lua": everyFinding])
        let whole = try await one.start(["run", "--packages", "5", "--seed", "7", "--json"] + fast).outcome()
        let expected = try found(in: whole)
        #expect(expected.count >= 5)

        let four = try Workplace(scripts: ["detect.lua": everyFinding])
        let packages = one.names(in: "state/bucket").count
        // Together from the start: each must wait for what the one before has not made yet.
        let notify = try four.start(["notify", "--json"] + fast)
        let detect = try four.start(["detect", "--json"] + fast)
        let relay = try four.start(["relay", "--objects", "\(packages)", "--json"] + fast)
        let feed = try four.start(["feed", "--packages", "5", "--seed", "7", "--json"] + fast)
        #expect(try await feed.outcome().status == 0)
        #expect(try await relay.outcome().status == 0)
        for _ in expected { #expect(await notify.line { $0.contains("\"mailed\"") } != nil) }
        notify.send(SIGTERM)
        detect.send(SIGTERM)
        #expect(try await notify.outcome().status == 0)
        let detected = try await detect.outcome()
        #expect(detected.status == 0)
        #expect(try found(in: detected) == expected)

        // What is left over is taken up, and nothing is.
        for rest in [["detect", "--until-tip"], ["notify", "--drain"]] {
            #expect(try await four.start(rest + fast).outcome().status == 0)
        }
        #expect(four.names(in: "state/mail/new").count == expected.count)
        let status = try JSON(parsing: try await four.mustRun("status", "--json").output)
        #expect(status["balanced"].bool == true)
        #expect(status["ledger"]["scored"].int == packages * 100)
    }

    @Test func `one after the other, bounded, they do the same`() async throws {
        let one = try Workplace(scripts: ["detect.lua": everyFinding])
        let whole = try await one.start(["run", "--packages", "3", "--seed", "9", "--json"] + fast).outcome()
        let four = try Workplace(scripts: ["detect.lua": everyFinding])
        let packages = one.names(in: "state/bucket").count
        var last = whole
        for arguments in [
            ["feed", "--packages", "3", "--seed", "9"], ["relay", "--objects", "\(packages)"],
            ["detect", "--until-tip", "--json"],
        ] {
            last = try await four.start(arguments + fast).outcome()
            #expect(last.status == 0, "\(last)")
        }
        #expect(try found(in: last) == found(in: whole))
        #expect(four.names(in: "state/mail/new").isEmpty)
        #expect(try await four.start(["notify", "--drain"]).outcome().status == 0)
        #expect(four.names(in: "state/mail/new").count == (try found(in: whole)).count)
    }

    /// What was found, without what depends on the time of day.
    private func found(in outcome: Outcome) throws -> [String] {
        try outcome.objects().filter { $0["event"].string == "alert" }.map { alert in
            "\(alert["record"]["accuracy"].int ?? 0) \(alert["line"].int ?? 0) \(alert["score"].double ?? 0) \(alert["severity"].string ?? "")"
        }
    }

    @Test(arguments: ["run", "feed", "relay", "detect", "notify"])
    func `a second instance on a state is refused`(role: String) async throws {
        let place = try Workplace()
        let first = try place.start(["run", "scripts", "--seed", "1"])
        _ = await first.line { $0.hasPrefix("package") }
        let second = try await place.run(role, "scripts")
        #expect(second.status == 1)
        #expect(second.errors.contains("another process runs it on state"), "\(second)")
        #expect(second.errors.contains("--state"))
        let status = try JSON(parsing: try await place.mustRun("status", "--json").output)
        #expect(status["roles"][0]["running"].bool == true)
        first.send(SIGTERM)
        #expect(try await first.outcome().status == 0)
    }

    @Test func `records come from standard input, and what is none goes to quarantine`() async throws {
        let place = try Workplace(scripts: ["detect.lua": everyFinding])
        var records = (0..<600).map { #"{"name":"someone","accuracy":\#(10 + $0 % 11)}"# }
        records.insert("not a record", at: 100)
        records.append(#"{"name":"other","accuracy":95}"#)
        let outcome = try await place.start(
            ["run", "scripts", "--set", "Feed.source=stdin", "--json"] + fast,
            input: records.joined(separator: "\n") + "\n"
        ).outcome()
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try found(in: outcome).map { $0.prefix(3) } == ["95 "])
        let status = try JSON(parsing: try await place.mustRun("status", "--json").output)
        #expect(status["ledger"]["scored"].int == 601)
        #expect(status["quarantine"].int == 1)
        #expect(status["balanced"].bool == true)
    }
}
