import Synchronization

/// A function of a script, held by the host.
///
/// It keeps the function alive in its state until the last copy of this
/// reference is gone, and may be let go of on any thread: the state releases it
/// when it next enters Lua. It can only be called by the state it came from.
public final class LuaFunction: Sendable, Equatable, CustomStringConvertible {
    /// The script it was written in, `detect.lua`.
    public let source: String
    /// The line its definition starts on; -1 for a builtin.
    public let line: Int

    let reference: Int32
    let home: Releases

    init(reference: Int32, line: Int, source: String, home: Releases) {
        self.reference = reference
        self.line = line
        self.source = source
        self.home = home
    }

    deinit { home.add(reference) }

    public static func == (left: LuaFunction, right: LuaFunction) -> Bool { left === right }

    public var description: String { line > 0 ? "function: \(source):\(line)" : "function: builtin" }
}

/// The references of one state that nobody holds any more. Bounded by how many a state hands out.
final class Releases: Sendable {
    private let pending = Mutex<[Int32]>([])
    /// Looked at before each call, where taking the lock would cost as much as the rest.
    private let hasPending = Atomic(false)

    func add(_ reference: Int32) {
        pending.withLock { $0.append(reference) }
        hasPending.store(true, ordering: .releasing)
    }

    func take() -> [Int32] {
        guard hasPending.load(ordering: .relaxed) else { return [] }
        hasPending.store(false, ordering: .relaxed)
        return pending.withLock { references in
            defer { references = [] }
            return references
        }
    }
}
