import AnomaliesAgent
import ArgumentParser

struct Plugins: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists plugins: kind, version, what each needs, whether it is allowed that, and its options.",
        discussion: """
            A plugin runs where the configuration has a section [plugin NAME] that allows what it needs.

            EXAMPLE
              anomalies-agent plugins
              anomalies-agent plugins test slack
              anomalies-agent plugins docs slack
            """,
        subcommands: [PluginsList.self, PluginsTest.self, PluginsDocs.self],
        defaultSubcommand: PluginsList.self
    )
}

struct PluginsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of plugins (default: plugins).", valueName: "DIR"))
    var plugins: String?
    @OptionGroup var options: CommonOptions

    func command() throws -> PluginsCommand {
        var common = options
        if let plugins { common.overrides.append("Plugins.directory=\(plugins)") }
        let configuration = try common.configuration()
        return PluginsCommand(
            configuration: configuration,
            outside: common.outside(),
            log: common.log(configuration)
        )
    }

    /// 1 where something is wrong, but with --json the lines alone say so.
    func show(_ result: (lines: [String], isGood: Bool)) throws {
        for line in result.lines { Terminal.line(line) }
        if !result.isGood, !options.json { throw ExitCode(1) }
    }
}

struct PluginsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists plugins (the default).")

    @Argument(help: ArgumentHelp("Only these.", valueName: "NAME"))
    var names: [String] = []
    @OptionGroup var plugins: PluginsOptions

    func run() async throws {
        try plugins.show(try plugins.command().list(names, asJSON: plugins.options.json))
    }
}

struct PluginsTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Runs the examples of plugins, with the network as they have written it down.",
        discussion: """
            EXAMPLE
              anomalies-agent plugins test
              anomalies-agent plugins test robust-zscore --json
            """
    )

    @Argument(help: ArgumentHelp("Only of these.", valueName: "NAME"))
    var names: [String] = []
    @OptionGroup var plugins: PluginsOptions

    func run() async throws {
        try plugins.show(try plugins.command().test(names, asJSON: plugins.options.json))
    }
}

struct PluginsDocs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docs",
        abstract: "Prints the part of a plugin's README.md that follows from its manifest, and its sample.cfg.",
        discussion: """
            EXAMPLE
              anomalies-agent plugins docs slack --write
              anomalies-agent plugins docs --calls
            """
    )

    @Argument(help: ArgumentHelp("The plugin.", valueName: "NAME"))
    var name: String?
    @Flag(help: "Print what plugins can call instead, as it stands in plugins/README.md.")
    var calls = false
    @Flag(help: "Write both files instead of printing them.")
    var write = false
    @OptionGroup var plugins: PluginsOptions

    func run() async throws {
        guard !calls else { return Terminal.line(PluginsCommand.calls) }
        guard let name else { throw ValidationError("Name a plugin, or give --calls.") }
        for text in try plugins.command().documents(name, write: write) { Terminal.line(text) }
    }
}
