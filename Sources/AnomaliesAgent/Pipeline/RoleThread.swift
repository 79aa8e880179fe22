import Dispatch
import Glibc

/// A thread of its own for a role, because SQLite, fsync and Lua block and must not hold up anybody else's tasks.
final class RoleThread: SerialExecutor {
    private let queue: DispatchQueue

    init(_ name: String) { queue = DispatchQueue(label: name) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }

    /// Blocks the calling thread, which must be a role's own.
    static func pause(_ time: Duration) {
        let (seconds, attoseconds) = time.components
        var left = timespec(tv_sec: Int(max(0, seconds)), tv_nsec: Int(max(0, attoseconds / 1_000_000_000)))
        nanosleep(&left, nil)
    }
}
