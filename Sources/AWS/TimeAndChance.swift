public import FoundationEssentials

/// The clocks, the sleep and the randomness of a client, so that a simulation can be all four.
public struct TimeAndChance: Sendable {
    /// Wall clock, for signatures.
    public var now: @Sendable () -> Date
    /// Monotonic, for what a retry may take. Any origin.
    public var uptime: @Sendable () -> Duration
    /// Throws `CancellationError` when its task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// 0 ..< 1, evenly drawn.
    public var chance: @Sendable () -> Double

    public init(
        now: @escaping @Sendable () -> Date,
        uptime: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        chance: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.uptime = uptime
        self.sleep = sleep
        self.chance = chance
    }

    public static let system: TimeAndChance = {
        let start = ContinuousClock.now
        return TimeAndChance(
            now: { Date() },
            uptime: { start.duration(to: .now) },
            sleep: { try await Task.sleep(for: $0) },
            chance: { Double.random(in: 0..<1) }
        )
    }()

    func pause(_ delay: Duration, during operation: String) async throws(AWSFailure) {
        do {
            try await sleep(delay)
        } catch {
            // A sleep has no other way to end early.
            throw AWSFailure(.cancelled, operation: operation)
        }
    }
}
