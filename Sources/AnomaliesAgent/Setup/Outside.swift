/// Everything that the agent does not decide itself: time, files, environment, the terminal.
public struct Outside: Sendable {
    var files: any FileSystem
    var clock: any PipelineClock
    var environment: [String: String]
    var input: any ByteInput
    var console: any Console
    /// Tells of changes in a directory.
    var watch: @Sendable (String) -> any DirectoryWatch
    /// What plugins reach out through, where it is not the real network.
    var network: (any PluginNetwork)?

    init(
        files: any FileSystem,
        clock: any PipelineClock,
        environment: [String: String],
        input: any ByteInput,
        console: any Console,
        watch: @escaping @Sendable (String) -> any DirectoryWatch = { (try? DiskWatch($0)) ?? NoWatch() }
    ) {
        self.files = files
        self.clock = clock
        self.environment = environment
        self.input = input
        self.console = console
        self.watch = watch
    }

    /// This process's own.
    ///
    /// - Parameter print: takes one line for standard output.
    public static func process(
        environment: [String: String],
        json: Bool,
        print: @escaping @Sendable (String) -> Void
    ) -> Outside {
        Outside(
            files: DiskFileSystem(),
            clock: SystemClock(),
            environment: environment,
            input: StandardInput(),
            console: LineConsole(asJSON: json, print: print)
        )
    }
}

/// Something that a person has to change before the agent can start: exit code 2.
public struct SetupProblem: Error, Sendable, CustomStringConvertible {
    public let description: String

    package init(_ description: String) { self.description = description }
}
