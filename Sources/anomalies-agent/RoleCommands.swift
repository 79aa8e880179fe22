import AnomaliesAgent
import ArgumentParser
import Dispatch
import Foundation

/// The script directory and the seed, for everything that runs roles.
struct RunOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Directory with record.lua, inject.lua, detect.lua and notify.lua.", valueName: "SCRIPTS")
    )
    var scripts = "scripts"

    @Option(help: ArgumentHelp("Of the simulator: the same seed makes the same packages.", valueName: "N"))
    var seed: UInt64?

    func run(_ plan: Agent.Plan, _ options: CommonOptions) async throws {
        let configuration = try options.configuration()
        let log = options.log(configuration)
        var plan = plan
        plan.seed = seed
        let signals = Signals()
        let agent = try await Agent(
            configuration: configuration,
            scripts: scripts,
            plan: plan,
            outside: options.outside(),
            log: log
        )
        let summary = try await agent.run(until: signals.shutdown)
        Terminal.line(summary.text(asJSON: options.json))
        if plan.mustDeliver, summary.undeliveredAlerts > 0, !signals.shutdown.isSet {
            Terminal.error(
                "anomalies-agent: \(summary.undeliveredAlerts) alerts were not delivered; they are kept, see `anomalies-agent status`."
            )
            throw ExitCode(1)
        }
    }
}

/// What a detector learns before it judges, for the commands that detect.
struct WarmOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "A cold or changed detector first learns these packages, without alerts: files, directories, patterns, or last 24h. Write it after SCRIPTS.",
            valueName: "FILES|last 24h"
        )
    )
    var warmFrom: [String] = []
}

extension Agent.Plan {
    /// A bounded run that mails has only done its work when all mail is out.
    fileprivate var mustDeliver: Bool { roles.contains(.notify) && (stopsWhenIdle || packages != nil) }
}

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the whole pipeline: feed, relay, detect and notify.",
        discussion: """
            EXAMPLE
              anomalies-agent run scripts --packages 20 --seed 7
              anomalies-agent run scripts --warm-from last 24h
            """
    )

    @OptionGroup var run: RunOptions
    @OptionGroup var warm: WarmOptions
    @OptionGroup var options: CommonOptions
    @Option(help: ArgumentHelp("Stop after N packages and everything that follows from them.", valueName: "N"))
    var packages: Int?

    func validate() throws { try atLeastOne(packages, "--packages") }

    func run() async throws {
        var plan = Agent.Plan(roles: Set(Role.allCases))
        plan.packages = packages
        plan.warmFrom = warm.warmFrom
        try await run.run(plan, options)
    }
}

struct Feed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes packages of records and stores them.",
        discussion: """
            EXAMPLE
              anomalies-agent feed scripts --packages 10 --seed 7
            """
    )

    @OptionGroup var run: RunOptions
    @OptionGroup var options: CommonOptions
    @Option(help: ArgumentHelp("Stop after N packages.", valueName: "N"))
    var packages: Int?

    func validate() throws { try atLeastOne(packages, "--packages") }

    func run() async throws {
        var plan = Agent.Plan(roles: [.feed])
        plan.packages = packages
        try await run.run(plan, options)
    }
}

struct Relay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes new packages apart and puts their records into the stream.",
        discussion: """
            EXAMPLE
              anomalies-agent relay scripts --objects 10
            """
    )

    @OptionGroup var run: RunOptions
    @OptionGroup var options: CommonOptions
    @Option(help: ArgumentHelp("Stop after N objects.", valueName: "N"))
    var objects: Int?

    func validate() throws { try atLeastOne(objects, "--objects") }

    func run() async throws {
        var plan = Agent.Plan(roles: [.relay])
        plan.objects = objects
        try await run.run(plan, options)
    }
}

struct Detect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Scores the stream's records and decides which are alerts.",
        discussion: """
            EXAMPLE
              anomalies-agent detect scripts --until-tip
            """
    )

    @OptionGroup var run: RunOptions
    @OptionGroup var warm: WarmOptions
    @OptionGroup var options: CommonOptions
    @Flag(help: "Stop at the end of the stream.")
    var untilTip = false

    func run() async throws {
        var plan = Agent.Plan(roles: [.detect])
        plan.stopsWhenIdle = untilTip
        plan.warmFrom = warm.warmFrom
        try await run.run(plan, options)
    }
}

struct Notify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Mails the alerts that wait in the outbox.",
        discussion: """
            EXAMPLE
              anomalies-agent notify scripts --drain
            """
    )

    @OptionGroup var run: RunOptions
    @OptionGroup var options: CommonOptions
    @Flag(help: "Stop when the outbox is empty.")
    var drain = false

    func run() async throws {
        var plan = Agent.Plan(roles: [.notify])
        plan.stopsWhenIdle = drain
        try await run.run(plan, options)
    }
}

private func atLeastOne(_ count: Int?, _ name: String) throws {
    guard let count, count < 1 else { return }
    throw ValidationError("\(name) takes a whole number from 1, got \(count).")
}

/// The first SIGINT or SIGTERM asks to stop in order, the second stops at once.
final class Signals {
    let shutdown = Latch()
    private let sources: [any DispatchSourceSignal]

    init() {
        let shutdown = shutdown
        // One after the other: of two at once, one is the second.
        let queue = DispatchQueue(label: "signals")
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                // What is committed is durable at any moment, so leaving at once loses nothing.
                if shutdown.isSet { _exit(130) }
                shutdown.set()
            }
            source.resume()
            return source
        }
    }
}
