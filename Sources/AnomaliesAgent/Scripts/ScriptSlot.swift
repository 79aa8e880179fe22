import Synchronization

/// A place for one role's scripts, which the library fills and the role takes from between two pieces of work.
///
/// A new generation is loaded in here on the library's thread, so that the role never waits for Lua; then all slots of
/// the process are opened at once. A script belongs to one thread at a time: first to the library's, which makes it and
/// forgets it, then to the role's.
final class ScriptSlot<Script>: PreparedScripts {
    // Proof for `@unchecked`: whoever puts a script in keeps no reference to it, and the lock orders the threads.
    private struct Handover: @unchecked Sendable {
        let script: Script
    }

    private struct State {
        var prepared: Handover?
        var ready: Handover?
    }

    private let state = Mutex(State())
    /// Looked at on every step, where taking the lock would do, too, but for nothing.
    private let isReady = Atomic(false)
    private let environment: ScriptEnvironment
    private let load: @Sendable (ScriptLoader) throws -> Script

    /// - Parameter load: makes a script of one generation; called on the library's thread.
    init(_ environment: ScriptEnvironment, _ load: @escaping @Sendable (ScriptLoader) throws -> Script) {
        self.environment = environment
        self.load = load
    }

    /// For the role's first script, on its own thread.
    func first(_ sources: ScriptSources) throws -> Script {
        try load(ScriptLoader(sources: sources, environment: environment))
    }

    func prepare(_ sources: ScriptSources) throws {
        let script = Handover(script: try first(sources))
        state.withLock { $0.prepared = script }
    }

    func open() {
        state.withLock { state in
            state.ready = state.prepared ?? state.ready
            state.prepared = nil
        }
        isReady.store(true, ordering: .releasing)
    }

    /// A newer script than the one taken before; `nil` where there is none.
    func take() -> Script? {
        guard isReady.exchange(false, ordering: .acquiringAndReleasing) else { return nil }
        return state.withLock { state in
            defer { state.ready = nil }
            return state.ready?.script
        }
    }
}

/// What the library fills with each generation.
protocol PreparedScripts: AnyObject, Sendable {
    /// Loads a generation and puts it aside.
    func prepare(_ sources: ScriptSources) throws
    /// Makes what was put aside the newest.
    func open()
}
