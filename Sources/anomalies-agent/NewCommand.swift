import AnomaliesAgent
import ArgumentParser

struct New: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a directory with a pipeline that works, to be changed.",
        discussion: """
            EXAMPLE
              anomalies-agent new pipeline
            """
    )

    @Argument(help: ArgumentHelp("A directory that is new or empty.", valueName: "DIR"))
    var directory: String
    @OptionGroup var options: CommonOptions

    func run() async throws {
        for line in try AnomaliesAgent.NewCommand(outside: options.outside()).make(directory) { Terminal.line(line) }
    }
}
