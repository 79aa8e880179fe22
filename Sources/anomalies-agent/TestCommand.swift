import AnomaliesAgent
import ArgumentParser

struct TestScripts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Runs the tests beside the scripts, in scripts/tests/*.lua.",
        discussion: """
            A test gives records and says what has to come of them. The running agent runs the same tests before it uses a
            change.

            EXAMPLE
              anomalies-agent test scripts
              anomalies-agent test scripts --watch
              anomalies-agent test --capture scripts/tests/yesterday.jsonl
            """
    )

    @Argument(help: ArgumentHelp("A script directory.", valueName: "SCRIPTS"))
    var scripts = "scripts"
    @Flag(help: "Run again whenever a file changes.")
    var watch = false
    @Option(
        help: ArgumentHelp("Instead, write the newest records of the last day to a file for a test.", valueName: "FILE")
    )
    var capture: String?
    @Option(help: ArgumentHelp("With --capture, the most that are written.", valueName: "N"))
    var records = 1_000
    @Flag(help: "With --capture, what went to quarantine instead.")
    var quarantined = false
    @OptionGroup var options: CommonOptions

    func validate() throws {
        guard (1...100_000).contains(records) else { throw ValidationError("--records: from 1 to 100000.") }
        guard capture != nil || !quarantined else { throw ValidationError("--quarantined needs --capture FILE.") }
    }

    func run() async throws {
        let configuration = try options.configuration()
        let test = TestCommand(
            configuration: configuration,
            outside: options.outside(),
            log: options.log(configuration)
        )
        if let capture {
            Terminal.line(try await test.capture(to: capture, count: records, quarantined: quarantined))
        } else if watch {
            try await test.watch(scripts, asJSON: options.json) { Terminal.line($0) }
        } else {
            let report = try test.run(scripts, asJSON: options.json)
            for line in report.lines { Terminal.line(line) }
            if !report.hasPassed { throw ExitCode(1) }
        }
    }
}
