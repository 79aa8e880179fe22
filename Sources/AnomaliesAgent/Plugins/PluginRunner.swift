import GRDB
import Logging
import Scripting

/// A plugin as the role that uses it sees it: loaded on the role's thread, renewed when its folder changes, and put
/// aside after ten failures in a row until it does.
///
/// What fails outside (a server that is away) is not the plugin's failure and never puts it aside.
final class PluginRunner {
    private static let failureLimit = 10
    private static let lookInterval: Milliseconds = 1_000

    private(set) var setup: PluginSetup
    private let library: PluginLibrary
    private let ports: PluginPorts
    private let state: StateStore
    private let log: Logger
    private let budget: ScriptBudget
    private var script: PluginScript?
    private var failuresInARow = 0
    private var looked: Milliseconds = 0
    private var told: String?
    private var isGone = false
    private var status: PluginStatus
    private var writtenStatus: PluginStatus?
    private var writtenAt: Milliseconds = 0

    init(
        _ setup: PluginSetup,
        library: PluginLibrary,
        ports: PluginPorts,
        state: StateStore,
        budget: ScriptBudget,
        log: Logger
    ) throws {
        self.setup = setup
        self.library = library
        self.ports = ports
        self.state = state
        self.budget = budget
        self.log = log
        status = PluginStatus(kind: setup.manifest.kind.rawValue, generation: setup.folder.generation)
        script = try load(setup)
        looked = ports.clock.now
        try write(atOnce: true)
    }

    var name: String { setup.name }

    private func load(_ setup: PluginSetup) throws -> PluginScript {
        let script = try PluginScript(setup, ports: ports, budget: budget, log: log)
        let name = setup.name
        script.calls.state = try state.read { try PluginState.load(name, in: $0) }
        return script
    }

    /// Whether it can be run; looks at its folder first, once a second.
    func isReady() -> Bool {
        let now = ports.clock.now
        if now - looked >= Self.lookInterval || now < looked {
            looked = now
            renew()
        }
        return script != nil
    }

    private func renew() {
        do {
            guard let changed = try library.changed(setup, wasGone: isGone) else { return }
            script = try load(changed)
            setup = changed
            failuresInARow = 0
            told = nil
            status.off = nil
            isGone = false
            status.generation = changed.folder.generation
            log.notice("plugin \(name): generation \(changed.folder.generation) is in use.")
        } catch {
            // The one before goes on, if it still does; the same mistake is told once.
            let text = "\(error)"
            guard told != text else { return }
            told = text
            status.lastError = text
            status.lastErrorTime = ports.clock.now
            // A program that cannot be read is none that is gone.
            isGone = (try? library.files.info(setup.folder.programPath) != nil) == false
            if isGone {
                script = nil
                status.off = "its folder is gone"
                log.error("plugin \(name): its folder is gone, it does not run any more.")
            } else {
                log.error("plugin \(name): the change is refused and the plugin before it goes on:\n\(text)")
            }
        }
    }

    /// Runs the plugin's function.
    func run(_ arguments: [LuaValue]) throws(PluginFailure) -> LuaValue {
        guard let script else { throw PluginFailure(status.off ?? "it is switched off", cause: .off) }
        do throws(ScriptError) {
            return try script.run(arguments)
        } catch {
            if let failure = script.calls.failure {
                throw outside(failure.description, isRetryable: failure.isRetryable)
            }
            throw failed(error.message)
        }
    }

    /// The plugin did what it should; what it remembered meanwhile is kept with the work.
    func succeeded(in database: Database) throws {
        guard let script else { return }
        try PluginState.save(name, script.calls.changes, in: database)
    }

    /// A run that has nothing to be kept with.
    func keep() throws {
        try state.write { try succeeded(in: $0) }
        try settle(0)
    }

    /// After the transaction of ``succeeded(in:)``.
    func settle(_ count: Int = 1, keepsState: Bool = true) throws {
        if keepsState { script?.calls.keepChanges() }
        failuresInARow = 0
        status.done += count
        try write(atOnce: false)
    }

    /// What it returned is not what its kind returns.
    func wrong(_ reason: String) -> PluginFailure { failed("\(script?.place ?? name): \(reason)") }

    private func failed(_ reason: String) -> PluginFailure {
        failuresInARow += 1
        note(reason)
        guard failuresInARow >= Self.failureLimit else {
            if failuresInARow == 1 { log.error("plugin \(name): \(reason)") }
            return PluginFailure(reason, cause: .plugin)
        }
        script = nil
        status.off = "\(failuresInARow) failures in a row, the last: \(reason)"
        log.error(
            """
            plugin \(name) is switched off after \(failuresInARow) failures in a row, until a file in \
            \(setup.folder.path) changes: \(reason)
            """
        )
        return PluginFailure(reason, cause: .off)
    }

    /// A server was away, or said no.
    ///
    /// - Parameter after: the least pause before it is asked again.
    func outside(_ reason: String, isRetryable: Bool, after: Duration? = nil) -> PluginFailure {
        let reason = setup.redacted(reason)
        note(reason)
        return PluginFailure(reason, cause: .outside(isRetryable: isRetryable), after: after)
    }

    private func note(_ reason: String) {
        status.failures += 1
        status.lastError = reason
        status.lastErrorTime = ports.clock.now
    }

    /// To `status`, at most once a second.
    func write(atOnce: Bool) throws {
        let now = ports.clock.now
        guard status != writtenStatus, atOnce || now - writtenAt >= 1_000 || status.off != writtenStatus?.off else {
            return
        }
        let (status, name) = (status, name)
        try state.write { try status.save(name, in: $0) }
        writtenStatus = status
        writtenAt = now
    }
}

/// A run of a plugin that came to nothing.
struct PluginFailure: Error, Sendable, CustomStringConvertible {
    enum Cause: Sendable, Equatable {
        /// A server did not answer, or not well.
        case outside(isRetryable: Bool)
        /// An error in the program, a spent budget, or a wrong result.
        case plugin
        /// The plugin is switched off.
        case off
    }

    let description: String
    let cause: Cause
    let after: Duration?

    init(_ description: String, cause: Cause, after: Duration? = nil) {
        self.description = description
        self.cause = cause
        self.after = after
    }
}
