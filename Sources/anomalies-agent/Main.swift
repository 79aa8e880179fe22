import AnomaliesAgent
import ArgumentParser
import Foundation

/// The command line: arguments, signals and exit codes. Everything else is in the library.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anomalies-agent",
        abstract: "Watches streams of JSON records for anomalies and mails people about them.",
        discussion: """
            EXAMPLE
              anomalies-agent new pipeline            make a directory with scripts of your own
              anomalies-agent scripts                 run the whole pipeline with the scripts in scripts/
              anomalies-agent check scripts           say what is wrong with them
              anomalies-agent status                  what the running agent is doing
            """,
        subcommands: [
            Run.self, Feed.self, Relay.self, Detect.self, Notify.self,
            New.self, Check.self, Api.self, TestScripts.self, ReplayPackages.self, Repl.self, Scripts.self, Derive.self,
            Score.self, Inspect.self, Config.self, Status.self, Plugins.self,
        ],
        defaultSubcommand: Run.self
    )

    static func main() async {
        // A reader that goes away ends the output, not the agent.
        signal(SIGPIPE, SIG_IGN)
        do {
            let arguments = Scripts.toldApart(Array(CommandLine.arguments.dropFirst()))
            try refuseUnknownCommand(arguments.first)
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    /// Without a command the first argument is the scripts of `run`: a slip in a command's name would else end as a
    /// complaint about a directory, or about the options of another command.
    private static func refuseUnknownCommand(_ word: String?) throws {
        guard let word, !word.hasPrefix("-") else { return }
        let commands = configuration.subcommands.map { $0.configuration.commandName ?? "\($0)".lowercased() }
        let outside = Outside.process(environment: [:], json: false) { _ in }
        if let problem = try UnknownCommand.problem(word, commands: commands, outside: outside) { throw problem }
    }

    /// 0 done, 1 failed, 2 usage or configuration.
    private static func end(with error: any Error) -> Never {
        switch exitCode(for: error) {
        case .success:
            // --help and --version.
            print(fullMessage(for: error))
            Foundation.exit(0)
        case .validationFailure:
            Terminal.error(fullMessage(for: error))
            Foundation.exit(2)
        default:
            let failure = Failure(error)
            if !failure.text.isEmpty { Terminal.error("anomalies-agent: \(failure.text)") }
            Foundation.exit(failure.code)
        }
    }
}
