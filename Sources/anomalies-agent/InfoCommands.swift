import AnomaliesAgent
import ArgumentParser

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Loads scripts in the sandbox and reports every problem as file:line: message.",
        discussion: """
            EXAMPLE
              anomalies-agent check scripts
              anomalies-agent check scripts/detect.lua
              anomalies-agent check scripts/detect.lua --call decide --record '{"accuracy": 95}' --json
            """
    )

    @Argument(help: ArgumentHelp("A script directory, or one script.", valueName: "SCRIPTS|FILE.lua"))
    var path = "scripts"
    @Option(
        help: ArgumentHelp(
            "Call this function of the file with the record; decide gets a made-up result with it (score 4, grade 0.667).",
            valueName: "FUNCTION"
        )
    )
    var call: String?
    @Option(help: ArgumentHelp("The record to call it with.", valueName: "JSON"))
    var record: String?
    @OptionGroup var options: CommonOptions

    func run() async throws {
        let configuration = try options.configuration()
        let check = CheckCommand(
            configuration: configuration,
            outside: options.outside(),
            log: options.log(configuration)
        )
        let (lines, isGood): ([String], Bool)
        if try check.isDirectory(path) {
            if call != nil || record != nil {
                throw ValidationError("--call and --record go with one script, and \(path) is a directory of them.")
            }
            let problems = try check.problems(inDirectory: path)
            isGood = problems.isEmpty
            lines =
                options.json
                ? [CheckCommand.line(problems)] : problems.isEmpty ? ["\(path): no problems"] : problems
        } else if call == nil, record == nil, !options.json, let problems = try check.problems(inScript: path) {
            isGood = problems.isEmpty
            lines = problems.isEmpty ? ["\(path): no problems"] : problems
        } else {
            (lines, isGood) = try check.check(file: path, calling: call, record: record, asJSON: options.json)
        }
        for line in lines {
            if isGood || options.json { Terminal.line(line) } else { Terminal.error(line) }
        }
        if !isGood, !options.json { throw ExitCode(1) }
    }
}

struct Inspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says what is in packages: how many records, and what is wrong with the others.",
        discussion: """
            EXAMPLE
              anomalies-agent inspect state/bucket/*.json.gz --json
            """
    )

    @Argument(help: ArgumentHelp("Packages: JSON lines or an array, gzipped or not.", valueName: "FILE"))
    var files: [String]
    @OptionGroup var options: CommonOptions

    func run() async throws {
        let inspector = Inspector(configuration: try options.configuration(), outside: options.outside())
        for file in files {
            for line in try inspector.inspect(file, asJSON: options.json) { Terminal.line(line) }
        }
    }
}

struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the effective configuration and where each value came from.",
        discussion: """
            EXAMPLE
              anomalies-agent config --set General.package-size=50
            """
    )

    @OptionGroup var options: CommonOptions
    @Flag(help: "Print the table of all options instead, as it stands in README.md.")
    var markdown = false

    func run() async throws {
        guard !markdown else { return Terminal.line(Configuration.markdownTable()) }
        let configuration = try options.configuration()
        Terminal.line(
            configuration.render(asJSON: options.json, resolved: options.outside().resolvedOptions(configuration))
        )
    }
}

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what each role is doing, whether the ledger balances, and what was found.",
        discussion: """
            EXAMPLE
              anomalies-agent status --json
              anomalies-agent status --findings --reason refractory --limit 20
            """
    )

    @Flag(help: "List the newest findings instead, with the reason where nobody was told of one.")
    var findings = false
    @Option(
        help: ArgumentHelp(
            "List only the findings of one reason: \(FindingsReport.reasons.joined(separator: ", ")).",
            valueName: "REASON"
        )
    )
    var reason: String?
    @Option(help: ArgumentHelp("With --findings, the most that are listed.", valueName: "N"))
    var limit = 50
    @OptionGroup var options: CommonOptions

    func run() async throws {
        guard !findings, reason == nil else {
            let report = try FindingsReport(
                configuration: try options.configuration(),
                outside: options.outside(),
                reason: reason,
                limit: limit
            )
            for line in report.lines(asJSON: options.json) { Terminal.line(line) }
            return
        }
        let report = try StatusReport(configuration: try options.configuration(), outside: options.outside())
        Terminal.line(report.text(asJSON: options.json))
    }
}
