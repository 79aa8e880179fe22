import Foundation
import TestSupport
import Testing

/// kill -9 at moments that a seed chooses: what is acknowledged is durable, and nothing is done twice.
@Suite(.timeLimit(.minutes(20))) struct KillTests {
    /// Of all packages but the last, whose name, and with it the identity of its records, is of its time.
    private static let findings = """
        import sqlite3, sys
        for row in sqlite3.connect(sys.argv[1]).execute(
                "SELECT number, line, score, grade, alert FROM findings JOIN feed USING (package)"
                " WHERE number < (SELECT max(number) FROM feed) ORDER BY 1, 2"):
            print(*row)
        """

    private func findings(of place: Workplace) throws -> [String] {
        String(decoding: try run(["python3", "-c", Self.findings, place.path("state/agent.sqlite")]), as: UTF8.self)
            .split(separator: "\n").map(String.init)
    }

    @Test(arguments: [1, 2] as [UInt64])
    func `killed ten times while it scores, it finds and mails the same`(seed: UInt64) async throws {
        let settings = fast + ["--set", "Detection.snapshot-records=1000", "--set", "Detection.batch-size=20"]
        let calm = try Workplace(scripts: ["detect.lua": everyFinding])
        _ = try await calm.start(["feed", "--packages", "80", "--seed", "7"] + fast).outcome()
        let wild = try Workplace(scripts: ["detect.lua": everyFinding])
        try FileManager.default.copyItem(atPath: calm.path("state"), toPath: wild.path("state"))
        // One package more, and everything that follows from all of them.
        let rest = ["run", "--packages", "1", "--json"] + settings
        #expect(try await calm.start(rest).outcome().status == 0)

        var chance = Chance(state: seed)
        let watch = ["run", "--set", "Feed.source=none", "--json"] + settings
        for _ in 0..<10 {
            let end = try await wild.start(watch, lifetime: Int.random(in: 1...30, using: &chance)).outcome()
            #expect(end.status == -SIGKILL, "\(end)")
        }
        let outcome = try await wild.start(rest).outcome()
        #expect(outcome.status == 0, "\(outcome)")

        let expected = try findings(of: calm)
        #expect(expected.count > 100)
        #expect(try findings(of: wild) == expected)
        let mails = Set(wild.names(in: "state/mail/new"))
        #expect(expected.allSatisfy { row in mails.contains("\(row.split(separator: " ").last ?? "").eml") })
        #expect(wild.names(in: "state/mail/new").count == calm.names(in: "state/mail/new").count)
        let status = try JSON(parsing: try await wild.mustRun("status", "--json").output)
        #expect(status["balanced"].bool == true, "\(status["imbalances"])")
        let reference = try JSON(parsing: try await calm.mustRun("status", "--json").output)
        for stage in ["generated", "stored", "relayed", "scored", "found", "alerted"] {
            #expect(status["ledger"][stage].int == reference["ledger"][stage].int, "\(stage)")
        }
    }

    @Test(arguments: [3, 4] as [UInt64])
    func `killed ten times while it feeds, it makes the same packages`(seed: UInt64) async throws {
        let settings = ["--seed", "7"] + fast
        var chance = Chance(state: seed)
        let wild = try Workplace()
        for _ in 0..<10 {
            let feed = ["feed"] + settings
            let end = try await wild.start(feed, lifetime: Int.random(in: 1...8, using: &chance)).outcome()
            #expect(end.status == -SIGKILL, "\(end)")
        }
        #expect(try await wild.start(["run", "--packages", "1"] + settings).outcome().status == 0)
        // What was being written is no object.
        let packages = wild.names(in: "state/bucket").filter { !$0.hasSuffix(".part") }
        let calm = try Workplace()
        _ = try await calm.start(["feed", "--packages", "\(packages.count)"] + settings).outcome()
        for (ours, theirs) in zip(packages, calm.names(in: "state/bucket")) {
            #expect(
                try wild.contents(of: "state/bucket/\(ours)") == calm.contents(of: "state/bucket/\(theirs)"),
                "\(ours)"
            )
        }
        let status = try JSON(parsing: try await wild.mustRun("status", "--json").output)
        #expect(status["balanced"].bool == true)
        #expect(status["ledger"]["scored"].int == packages.count * 100)
    }
}

/// SplitMix64: enough for moments that nobody has chosen by hand.
private struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
