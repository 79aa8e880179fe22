import AnomaliesAgent
import ArgumentParser
import Foundation

struct Derive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Adds what detect.lua derives to JSON lines of standard input.",
        discussion: """
            A line that is no record, or whose fields cannot be computed, is left out and told on standard error with its \
            number; the exit code is 1 then. Everything else of a record is passed on byte for byte.

            EXAMPLE
              anomalies-agent derive scripts < records.jsonl > derived.jsonl
            """
    )

    @Argument(help: ArgumentHelp("The script directory.", valueName: "SCRIPTS"))
    var scripts = "scripts"
    @OptionGroup var options: CommonOptions

    func run() async throws {
        let configuration = try options.configuration()
        let command = try DeriveCommand(
            scripts: scripts,
            configuration: configuration,
            outside: options.outside(),
            log: options.log(configuration)
        )
        let outcome = try command.run(write: Terminal.write) { Terminal.error("anomalies-agent: \($0)") }
        guard outcome.refused == 0 else {
            let lines = outcome.records + outcome.refused
            Terminal.error("anomalies-agent: \(outcome.refused) of \(lines) records were left out.")
            throw ExitCode(1)
        }
    }
}
