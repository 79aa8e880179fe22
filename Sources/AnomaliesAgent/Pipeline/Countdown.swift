import Synchronization

/// Counts loops that run, and tells when the last of them has ended.
final class Countdown: Sendable {
    let latch = Latch()
    private let running = Mutex(0)

    func add() { running.withLock { $0 += 1 } }

    func end() {
        if running.withLock({
            $0 -= 1; return $0 <= 0
        }) {
            latch.set()
        }
    }
}
