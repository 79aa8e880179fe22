import AnomaliesAgent
import ArgumentParser
import Foundation

struct Repl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lua, a line at a time, with everything that scripts have and the last records at hand.",
        discussion: """
            EXAMPLE
              anomalies-agent repl scripts
              anomalies-agent repl scripts --records old.json.gz
              echo 'records[#records].accuracy + 1' | anomalies-agent repl
            """
    )

    @Argument(help: ArgumentHelp("A script directory.", valueName: "SCRIPTS"))
    var scripts = "scripts"
    @Option(
        help: ArgumentHelp("Records at hand (default: the last of the state's packages).", valueName: "FILE")
    )
    var records: String?
    @OptionGroup var options: CommonOptions

    func run() async throws {
        let configuration = try options.configuration()
        let session = try await ReplSession(
            scripts,
            records: records,
            configuration: configuration,
            outside: options.outside(),
            log: options.log(configuration)
        ) { Terminal.line($0) }
        let isAPerson = isatty(STDIN_FILENO) == 1
        if isAPerson { for line in session.welcome { Terminal.line(line) } }
        var wantsMore = false
        while true {
            if isAPerson { Terminal.write(wantsMore ? "… " : "> ", to: STDOUT_FILENO) }
            guard let line = readLine() else { break }
            let answer = session.take(line)
            for line in answer.lines { Terminal.line(line) }
            if answer.isOver { return }
            wantsMore = answer.wantsMore
        }
        if isAPerson { Terminal.line("") }
    }
}
