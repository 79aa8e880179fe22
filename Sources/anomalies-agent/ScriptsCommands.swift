import AnomaliesAgent
import ArgumentParser

struct Scripts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows which scripts run, and takes back or lets in a change.",
        discussion: """
            A changed script directory is tried on the last 5,000 records before it is used. Where it would alert more than
            [Scripts] reload-alert-factor times as often, it waits.

            EXAMPLE
              anomalies-agent scripts status
              anomalies-agent scripts diff
              anomalies-agent scripts approve
              anomalies-agent scripts rollback
            """,
        subcommands: [ScriptStatus.self, History.self, Diff.self, Approve.self, Rollback.self]
    )

    /// `anomalies-agent scripts` runs the directory of that name, as it would one of any other; with one of the commands
    /// above behind it, it is this command.
    static func toldApart(_ arguments: [String]) -> [String] {
        let commands = ["status", "history", "diff", "approve", "rollback", "--help", "-h"]
        guard arguments.first == "scripts", !commands.contains(arguments.dropFirst().first ?? "") else {
            return arguments
        }
        return ["run"] + arguments
    }
}

struct ScriptStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Which generation runs, which waits, and what the directory holds."
    )
    @OptionGroup var options: CommonOptions

    func run() async throws {
        for line in try options.scriptsCommand().status(asJSON: options.json) { Terminal.line(line) }
    }
}

struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The last 50 generations, newest first.")
    @OptionGroup var options: CommonOptions

    func run() async throws {
        for line in try options.scriptsCommand().history(asJSON: options.json) { Terminal.line(line) }
    }
}

struct Diff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What changed between two generations; without names, what waits, is in the directory, or came last."
    )
    @Argument(help: ArgumentHelp("The start of a generation's name.", valueName: "OLD"))
    var old: String?
    @Argument(help: ArgumentHelp("And of the later one.", valueName: "NEW"))
    var new: String?
    @OptionGroup var options: CommonOptions

    func run() async throws {
        for line in try options.scriptsCommand().diff(old, new) { Terminal.line(line) }
    }
}

struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lets in a change that waits.")
    @Argument(help: ArgumentHelp("The start of its name (default: the newest that waits).", valueName: "GENERATION"))
    var generation: String?
    @OptionGroup var options: CommonOptions

    func run() async throws { Terminal.line(try options.scriptsCommand().approve(generation)) }
}

struct Rollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Goes back to a generation that ran; the files stay as they are."
    )
    @Argument(help: ArgumentHelp("The start of its name (default: the one before).", valueName: "GENERATION"))
    var generation: String?
    @OptionGroup var options: CommonOptions

    func run() async throws { Terminal.line(try options.scriptsCommand().rollback(generation)) }
}

extension CommonOptions {
    fileprivate func scriptsCommand() throws -> ScriptsCommand {
        try ScriptsCommand(configuration: try configuration(), outside: outside())
    }
}
