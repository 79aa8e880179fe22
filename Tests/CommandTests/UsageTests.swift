import Foundation
import Testing

/// 0 done, 1 failed, 2 usage or configuration; what is wrong goes to standard error and says what to do.
@Suite(.timeLimit(.minutes(20))) struct UsageTests {
    @Test(arguments: [
        "run", "feed", "relay", "detect", "notify", "check", "new", "api", "test", "replay", "repl", "score", "inspect",
        "config", "status",
    ])
    func `a command's help has an example`(command: String) async throws {
        let help = try await Workplace().mustRun(command, "--help")
        #expect(help.output.contains("EXAMPLE"))
        #expect(help.output.contains("anomalies-agent \(command)"))
        #expect(help.errors.isEmpty)
    }

    @Test func `the help of the program names its commands`() async throws {
        let help = try await Workplace().mustRun("--help").output
        for name in ["EXAMPLE", "run", "feed", "relay", "detect", "notify", "check", "inspect", "config", "status"] {
            #expect(help.contains(name))
        }
    }

    @Test(arguments: [
        (["run", "--no-such-flag"], "--no-such-flag"), (["run", "scripts", "--packages", "0"], "from 1"),
        (["run", "scripts", "--packages", "many"], "--packages"), (["run", "--seed", "-1"], "seed"),
        (["relay", "--objects", "0"], "from 1"), (["relay", "--packages", "1"], "--packages"), (["inspect"], "FILE"),
        (["nonsense"], "nonsense"), (["run", "nowhere"], "nowhere"), (["check", "nowhere.lua"], "nowhere.lua"),
        (["run", "--config", "nowhere.cfg"], "nowhere.cfg"), (["status"], "--state"),
        (["test", "nowhere"], "nowhere"), (["test", "--quarantined"], "--capture"),
        (["replay", "nowhere.gz"], "nowhere.gz"),
        (["replay"], "--state"), (["repl", "nowhere"], "nowhere"),
        (["run", "--set", "General.package-size"], "General.package-size"), (["run", "--log-level", "loud"], "loud"),
        (["check", "scripts/detect.lua", "--call", "decide", "--record", "{"], "--record"),
        (["run", "scripts", "--warm-from", "nowhere.gz"], "nowhere.gz"),
        (["score", "a.csv", "--feature", "value", "--output", "out"], "--feature"),
        (["status", "--reason", "x"], "--reason"),
        (["detect", "scripts", "--warm-from", "last", "soon"], "last soon"),
    ])
    func `a wrong argument ends with 2 and says which`(arguments: [String], word: String) async throws {
        let outcome = try await Workplace().start(arguments).outcome()
        #expect(outcome.status == 2)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.contains(word), "\(outcome)")
    }

    @Test(arguments: [
        (
            ["statsu", "--findings"],
            ["\"statsu\" is neither a command nor a directory", "Did you mean status?", "inspect"]
        ),
        (["nowhere", "--json"], ["\"nowhere\" is neither", "run, feed, relay", "--help"]),
        (["scripts/detect.lua"], ["is a file", "Give the directory", "check"]),
    ])
    func `a misspelt command is told as one, with the commands that there are`(arguments: [String], words: [String])
        async throws
    {
        let outcome = try await Workplace().start(arguments).outcome()
        #expect(outcome.status == 2 && outcome.output.isEmpty)
        for word in words { #expect(outcome.errors.contains(word), "\(outcome)") }
    }

    @Test func `every configuration error is told at once`() async throws {
        let place = try Workplace()
        try place.write(
            "[General]\npackage-size: 0\nupload-intervall: 5\n[Nowhere]\nkey: 1\n[Mail]\nport: 99999\n",
            "bad.cfg"
        )
        let outcome = try await place.run("config", "--config", "bad.cfg", "--set", "General.compression-level=11")
        #expect(outcome.status == 2)
        for place in ["bad.cfg:2", "bad.cfg:3", "\"upload-interval\"", "bad.cfg:4", "bad.cfg:7", "compression-level"] {
            #expect(outcome.errors.contains(place), "\(place) is missing in \(outcome)")
        }
    }

    @Test func `options come from default, file, environment and command line, the last being strongest`() async throws
    {
        let place = try Workplace(environment: [
            "ANOMALIES_GENERAL_PACKAGE_SIZE": "52", "ANOMALIES_GENERAL_UPLOAD_INTERVAL": "7",
        ])
        try place.write("[General]\npackage-size: 51\nanomalies-frequency: 0.5\n", "anomalies.cfg")
        let outcome = try await place.mustRun("config", "--json", "--set", "General.package-size=53")
        let text = outcome.output
        #expect(text.contains("53") && !text.contains("52") && !text.contains("51"))
        let shown = try await place.mustRun("config", "--set", "General.package-size=53").output
        #expect(shown.contains("anomalies.cfg:3"))
        #expect(shown.contains("ANOMALIES_GENERAL_UPLOAD_INTERVAL"))
        #expect(shown.contains("--set"))
    }

    @Test func `the shipped configuration file is in order`() async throws {
        let file = Workplace.repository.appending(path: "anomalies.cfg").path
        let outcome = try await Workplace().mustRun("config", "--config", file)
        #expect(outcome.errors.isEmpty)
    }

    @Test func `a password is never shown`() async throws {
        let place = try Workplace(environment: ["MAIL_PASSWORD": "hunter2", "AWS_SECRET_ACCESS_KEY": "hunter3"])
        let settings = [
            "--set", "Mail.host=localhost", "--set", "Mail.username=me", "--set", "Mail.password-env=MAIL_PASSWORD",
        ]
        for form in [[], ["--json"]] {
            let outcome = try await place.start(["config"] + settings + form).outcome()
            #expect(!outcome.description.contains("hunter"), "\(outcome)")
        }
    }

    @Test func `results alone are on standard output`() async throws {
        let place = try Workplace()
        let outcome = try await place.mustRun(
            "run",
            "--packages",
            "1",
            "--seed",
            "3",
            "--json",
            "--set",
            "General.upload-interval=0"
        )
        #expect(try outcome.objects().last?["event"].string == "summary")
        #expect(outcome.errors.contains("running feed, relay, detect, notify"))
    }

    @Test func `a mail host without recipients is a configuration error`() async throws {
        let outcome = try await Workplace().run(
            "run",
            "--packages",
            "1",
            "--set",
            "Mail.host=localhost",
            "--set",
            "Mail.from=agent@example.com"
        )
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("[Mail] to"))
    }
}
