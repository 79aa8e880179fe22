import AnomaliesAgent
import ArgumentParser

struct Api: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what scripts can use: functions, tables and their keys.",
        discussion: """
            EXAMPLE
              anomalies-agent api
              anomalies-agent api decide
              anomalies-agent api forest.trees
              anomalies-agent api --write .      stubs for editors and luacheck, beside scripts/
            """
    )

    @Argument(help: ArgumentHelp("A function, a table, or a key of one (default: all).", valueName: "NAME"))
    var name: String?
    @Flag(help: "Print the stubs for the Lua language server instead.")
    var lua = false
    @Flag(help: "Print the reference as Markdown instead.")
    var markdown = false
    @Option(
        help: ArgumentHelp(
            "Write scripts/types, scripts/.luarc.json and .luacheckrc into this directory.",
            valueName: "DIR"
        )
    )
    var write: String?
    @OptionGroup var options: CommonOptions

    func validate() throws {
        guard [lua, markdown, write != nil, name != nil].filter({ $0 }).count <= 1 else {
            throw ValidationError("Give only one of NAME, --lua, --markdown and --write.")
        }
    }

    func run() async throws {
        let command = APICommand(outside: options.outside())
        if let write {
            for path in try command.write(to: write) { Terminal.line(path) }
        } else {
            Terminal.line(lua ? command.lua : markdown ? command.markdown : try command.reference(name))
        }
    }
}
