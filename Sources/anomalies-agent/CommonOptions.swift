import AnomaliesAgent
import ArgumentParser
import Foundation
import Logging

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Configuration file (default: anomalies.cfg, if there is one).", valueName: "FILE"))
    var config: String?

    @Option(
        help: ArgumentHelp("Where everything lives that must survive a restart (default: state).", valueName: "DIR")
    )
    var state: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Overrides one option; may be repeated.", valueName: "Section.key=value")
    )
    var overrides: [String] = []

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning or error (default: info).", valueName: "LEVEL"))
    var logLevel: String?

    @Flag(help: "Print results as JSON, one object a line.")
    var json = false

    func configuration() throws -> Configuration {
        var overrides = self.overrides
        if let state { overrides.append("State.directory=\(state)") }
        if let logLevel { overrides.append("Log.level=\(logLevel)") }
        return try ConfigurationLoader.load(
            file: config,
            environment: ProcessInfo.processInfo.environment,
            overrides: overrides
        )
    }

    func outside() -> Outside {
        Outside.process(environment: ProcessInfo.processInfo.environment, json: json) { Terminal.line($0) }
    }

    /// Logs go to standard error; results alone go to standard output.
    func log(_ configuration: Configuration) -> Logger {
        let isJSON = configuration.log.format == .json
        var log = Logger(label: "anomalies-agent") { _ in StandardErrorLog(isJSON: isJSON) }
        log.logLevel = Logger.Level(rawValue: configuration.log.level.rawValue) ?? .info
        return log
    }
}
