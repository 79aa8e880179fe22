import Synchronization

/// A one-way switch that any number of tasks can wait for: a request to stop, or a role's
/// word that it has finished.
public final class Latch: Sendable {
    private struct State {
        var isSet = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextID = 0
    }

    private let state = Mutex(State())

    public init(isSet: Bool = false) { state.withLock { $0.isSet = isSet } }

    public var isSet: Bool { state.withLock { $0.isSet } }

    /// Safe to call from anywhere, any number of times.
    public func set() {
        let waiters = state.withLock { state in
            state.isSet = true
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        // Outside the lock: a resumed task may come straight back here.
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when it is set or the task is cancelled.
    public func wait() async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let resumeNow = state.withLock { state in
                    if state.isSet || Task.isCancelled { return true }
                    state.waiters[id] = waiter
                    return false
                }
                if resumeNow { waiter.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}

/// Tells one waiting role that there may be work. Notices do not queue up: one is as good as many.
final class Wakeup: Sendable {
    private let latch = Mutex(Latch())

    func notify() { latch.withLock { $0 }.set() }

    /// Returns when notified since the last wait, or the task is cancelled.
    func wait() async {
        await latch.withLock { $0 }.wait()
        latch.withLock { if $0.isSet { $0 = Latch() } }
    }
}
