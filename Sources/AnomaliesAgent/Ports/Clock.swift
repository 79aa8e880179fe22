import Glibc

/// Milliseconds since 1970, UTC: what event times, arrival times and rows in the state are kept in.
public typealias Milliseconds = Int64

/// Time as the pipeline sees it. Decisions use event times; this one only names
/// packages, stamps arrivals and says when to look again.
public protocol PipelineClock: Sendable {
    var now: Milliseconds { get }
    /// Returns early, without an error, when the task is cancelled.
    func sleep(_ duration: Duration) async
}

public struct SystemClock: PipelineClock {
    public init() {}

    public var now: Milliseconds {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    public func sleep(_ duration: Duration) async {
        do {
            try await Task.sleep(for: duration)
        } catch {
            // Cancelled: the caller's loop looks at its shutdown.
        }
    }
}
