import AnomaliesAgent
import ArgumentParser

struct ReplayPackages: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Judges recorded packages again, and says what would have been alerted.",
        discussion: """
            In memory and from nothing learned; nothing is stored, nobody is mailed. Where the simulator left labels,
            precision, recall and delay are counted. With --scripts, what runs now is compared with another directory.

            EXAMPLE
              anomalies-agent replay last 24h
              anomalies-agent replay last 24h --scripts scripts
              anomalies-agent replay old/*.json.gz --json
            """
    )

    @Argument(help: ArgumentHelp("Files, directories, patterns, or: last 24h (default).", valueName: "FILES"))
    var packages: [String] = []
    @Option(help: ArgumentHelp("Compare with the scripts of this directory.", valueName: "OTHER"))
    var scripts: String?
    @OptionGroup var options: CommonOptions

    func run() async throws {
        let configuration = try options.configuration()
        let replay = ReplayCommand(
            configuration: configuration,
            outside: options.outside(),
            log: options.log(configuration)
        )
        for line in try await replay.run(packages, other: scripts, asJSON: options.json) { Terminal.line(line) }
    }
}
