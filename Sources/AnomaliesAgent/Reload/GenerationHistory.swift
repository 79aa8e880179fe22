import GRDB
import Synchronization

/// The generations of this state directory, as a running agent sees and writes them; and what people ask of it.
///
/// `anomalies-agent scripts` writes its request into the state; the agent looks for a new one.
final class GenerationHistory: Sendable {
    enum Action: String, Sendable { case approve, rollback }

    struct Request: Sendable {
        var action: Action
        var sources: ScriptSources
    }

    private static let requestName = "scripts request"

    private let state: StateStore
    private let clock: any PipelineClock
    /// Whether this process decides about generations: the one that judges records does.
    private let isKeeper: Bool
    /// The number of the last request that was seen.
    private let seen: Mutex<Int>

    init(_ state: StateStore, clock: any PipelineClock, isKeeper: Bool) throws {
        self.state = state
        self.clock = clock
        self.isKeeper = isKeeper
        seen = Mutex(try state.read { try Self.request(in: $0)?.number ?? 0 })
    }

    func note(_ sources: ScriptSources, _ new: Generations.State, report: String) throws {
        guard isKeeper else { return }
        let now = clock.now
        try state.write { try Generations.note(sources, new, report: report, now: now, in: $0) }
    }

    /// What detect.lua remembers now, as a copy.
    func scriptState() throws -> ScriptState { try state.read { try ScriptStates.sample(in: $0) } }

    func state(of generation: String) throws -> String {
        try state.read { try Generations.newest(of: generation, in: $0)?.state.rawValue ?? "unknown" }
    }

    /// What goes on in place of these scripts, where they wait or were withdrawn.
    func insteadOf(_ sources: ScriptSources) throws -> ScriptSources? {
        try state.read { database in
            guard let known = try Generations.newest(of: sources.generation, in: database),
                known.state == .waiting || known.state == .withdrawn,
                let running = try Generations.running(in: database), running.sources.generation != sources.generation
            else { return nil }
            return ScriptSources(directory: sources.directory, texts: running.sources.texts)
        }
    }

    /// `nil` where nothing new was asked for.
    func nextRequest() throws -> Request? {
        let last = seen.withLock { $0 }
        guard let (number, request) = try state.read({ try Self.request(in: $0, after: last) }) else { return nil }
        seen.withLock { $0 = number }
        return request
    }

    /// Leaves a request for whoever runs, and in the state for whoever starts.
    static func ask(_ action: Action, _ entry: Generations.Entry, now: Milliseconds, in database: Database) throws {
        switch action {
        case .approve: try Generations.set(.approved, id: entry.id, in: database)
        case .rollback:
            if let running = try Generations.running(in: database) {
                try Generations.set(.withdrawn, id: running.id, in: database)
            }
            try Generations.note(entry.sources, .running, report: "rolled back by hand", now: now, in: database)
        }
        let number = (try request(in: database)?.number ?? 0) + 1
        try Meta.set(
            requestName,
            to: "\(number) \(action.rawValue) \(entry.sources.generation)",
            in: database
        )
    }

    private static func request(in database: Database, after last: Int = 0) throws -> (number: Int, request: Request)? {
        let words = (try Meta.value(requestName, in: database) ?? "").split(separator: " ").map(String.init)
        guard words.count == 3, let number = Int(words[0]), number > last, let action = Action(rawValue: words[1]),
            let entry = try Generations.newest(of: words[2], in: database)
        else { return nil }
        return (number, Request(action: action, sources: entry.sources))
    }
}
