import Foundation
import Testing

@Suite(.timeLimit(.minutes(20))) struct PluginsTests {
    private func place(_ configuration: String = "") throws -> Workplace {
        let place = try Workplace()
        let shipped = Workplace.repository.appending(path: "plugins")
        try FileManager.default.copyItem(at: shipped, to: place.folder.appending(path: "plugins"))
        try place.write(configuration, "anomalies.cfg")
        return place
    }

    @Test func `plugins lists kind, needs, consent and options, and exits 1 where something is refused`() async throws {
        let place = try place(
            "[plugin robust-zscore]\nwindow: 64\n[plugin sns]\ntopic-arn: arn:aws:sns:eu-west-1:1:t\n"
        )
        let listed = try await place.run("plugins")
        #expect(listed.status == 1)
        #expect(listed.output.contains("robust-zscore  detector 1.0  (allowed)"), "\(listed)")
        #expect(listed.output.contains("slack  notifier 1.0  (no section, not run)"))
        #expect(listed.output.contains("sns  notifier 1.0  (REFUSED)"))
        #expect(listed.output.contains("! anomalies.cfg:3: plugin sns needs aws:sns:Publish and is not allowed it."))
        let json = try await place.mustRun("plugins", "--json")
        let rows = try json.objects()
        #expect(
            rows.map { $0["name"].string } == [
                "alertmanager", "cloudtrail", "robust-zscore", "slack", "sns", "webhook",
            ]
        )
        #expect(rows.map { $0["enabled"].bool } == [false, false, true, false, true, false])
        #expect(rows[4]["needs"][0].string == "aws:sns:Publish")
        #expect(rows[2]["options"][0]["default"].string == "256")
    }

    @Test func `plugins test runs the examples and exits 1 on the first that is not as it says`() async throws {
        let place = try place()
        let all = try await place.mustRun("plugins", "test")
        #expect(all.lines.count >= 12 && all.lines.allSatisfy { $0.hasSuffix(": passed") }, "\(all)")
        try place.write(#"{"input":{"points":[1]},"output":[7]}"#, "plugins/robust-zscore/examples/wrong.json")
        let one = try await place.run("plugins", "test", "robust-zscore")
        #expect(one.status == 1)
        #expect(one.output.contains("wrong.json: FAILED\n    output: expected [7], got [0]"), "\(one)")
        #expect(try await place.run("plugins", "test", "slak").errors.contains("Did you mean slack?"))
    }

    @Test func `the agent does not start with a plugin that may not do what it needs, and says so with file and line`()
        async throws
    {
        let place = try place("[plugin sns]\ntopic-arn: arn:aws:sns:eu-west-1:1:t\nsubjct: x\n")
        let refused = try await place.run("run", "scripts", "--packages", "1")
        #expect(refused.status == 2)
        #expect(
            refused.errors.contains("anomalies.cfg:3: plugin sns has no option \"subjct\". Did you mean \"subject\"?")
        )
    }

    @Test func `a pipeline with a plugin of one's own tells it every alert beside the mail`() async throws {
        let place = try place("[General]\nupload-interval: 0\npackage-size: 100\n[plugin tell]\n")
        try FileManager.default.createDirectory(
            at: place.folder.appending(path: "plugins/tell"),
            withIntermediateDirectories: true
        )
        try place.write(
            """
            return plugin { api = 1, kind = "notifier", summary = "Tells the log.",
              notify = function(alert) log.info("TOLD " .. alert.record_json) return "told" end }
            """,
            "plugins/tell/plugin.lua"
        )
        let outcome = try await place.mustRun("run", "scripts", "--packages", "20", "--seed", "7")
        let told = outcome.errors.split(separator: "\n").filter { $0.contains("TOLD {") }.count
        #expect(told > 0 && told == place.names(in: "state/mail/new").count, "\(outcome)")
        let status = try JSON(parsing: try await place.mustRun("status", "--json").output)
        #expect(status["plugins"][0]["name"].string == "tell")
        #expect(status["plugins"][0]["done"].int == told)
    }

    @Test func `records are scored by a detector in Lua where detect_lua names it`() async throws {
        let place = try place("[General]\nupload-interval: 0\npackage-size: 100\n[plugin robust-zscore]\n")
        try place.write(
            "return { features = { \"accuracy\" }, detector = \"robust-zscore\", threshold = 6 }",
            "scripts/detect.lua"
        )
        _ = try await place.mustRun("check", "scripts")
        let outcome = try await place.mustRun("run", "scripts", "--packages", "20", "--seed", "7", "--json")
        let alerts = try outcome.objects().filter { $0["event"].string == "alert" }
        #expect(!alerts.isEmpty)
        #expect(alerts.allSatisfy { ($0["record"]["accuracy"].int ?? 0) >= 90 && ($0["score"].double ?? 0) > 6 })
    }
}
