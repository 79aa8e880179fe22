import Synchronization

@testable import AnomaliesAgent

/// Time that passes when a test says so, and while somebody sleeps: at once, by as much as was asked for.
final class ManualClock: PipelineClock {
    private let state: Mutex<(now: Milliseconds, slept: [Duration])>

    /// 2026-11-22 17:00:00 UTC unless said otherwise.
    init(_ now: Milliseconds = 1_795_366_800_000) { state = Mutex((now, [])) }

    var now: Milliseconds { state.withLock { $0.now } }
    /// Every pause that was asked for, in its order.
    var slept: [Duration] { state.withLock { $0.slept } }

    func advance(_ duration: Duration) { state.withLock { $0.now += duration.milliseconds } }

    func sleep(_ duration: Duration) async {
        state.withLock { state in
            state.now += duration.milliseconds
            state.slept.append(duration)
        }
        await Task.yield()
    }
}
