/// When to try again: full-jitter exponential back-off, for failures that can pass by themselves.
///
/// The wait before retry *n* (1, 2, …) is drawn evenly from 0 … min(`longestDelay`, `base` · 2ⁿ⁻¹): clients that failed
/// together do not return together. What a service asks for with `Retry-After` is honoured where it is longer, up to
/// 5 s beyond `longestDelay`.
///
/// Source: Marc Brooker, “Exponential Backoff And Jitter”, AWS Architecture Blog, 2015; AWS SDKs Reference Guide,
/// “Retry behavior”, standard mode.
public struct RetryPolicy: Sendable, Equatable {
    /// The first one included. 1 never tries again.
    public var maximumAttempts: Int
    /// No retry begins that would end its wait later than this after the first attempt.
    public var maximumElapsed: Duration
    public var base: Duration
    /// The base after a throttled request.
    public var throttledBase: Duration
    public var longestDelay: Duration

    public init(
        maximumAttempts: Int = 3,
        maximumElapsed: Duration = .seconds(60),
        base: Duration = .milliseconds(50),
        throttledBase: Duration = .seconds(1),
        longestDelay: Duration = .seconds(20)
    ) {
        precondition(maximumAttempts >= 1, "a request is attempted at least once")
        self.maximumAttempts = maximumAttempts
        self.maximumElapsed = maximumElapsed
        self.base = base
        self.throttledBase = throttledBase
        self.longestDelay = longestDelay
    }

    public static let standard = RetryPolicy()
    public static let never = RetryPolicy(maximumAttempts: 1)

    /// - Parameters:
    ///   - retry: 1 for the first retry.
    ///   - chance: 0 ..< 1, evenly drawn.
    func delay(beforeRetry retry: Int, after reason: AWSFailure.Reason, chance: Double) -> Duration {
        // 2³⁰ times any base is beyond every limit; more would overflow.
        let growth = 1 << min(retry - 1, 30)
        let ceiling = min(longestDelay, (reason.isThrottled ? throttledBase : base) * growth)
        let drawn = ceiling * chance
        guard case .throttled(let asked?) = reason else { return drawn }
        return max(drawn, min(asked, longestDelay + .seconds(5)))
    }

    /// Runs `attempt` until it succeeds, fails for good, or policy or quota give up; then throws the last failure.
    func run<Value>(
        _ outside: TimeAndChance,
        quota: RetryQuota,
        attempt: () async throws(AWSFailure) -> Value
    ) async throws(AWSFailure) -> Value {
        let start = outside.uptime()
        var attempts = 1
        while true {
            do throws(AWSFailure) {
                let value = try await attempt()
                quota.succeeded(afterRetries: attempts - 1)
                return value
            } catch {
                guard error.isRetryable, attempts < maximumAttempts else { throw error }
                let delay = delay(beforeRetry: attempts, after: error.reason, chance: outside.chance())
                guard outside.uptime() - start + delay <= maximumElapsed, quota.takeRetry() else { throw error }
                try await outside.pause(delay, during: error.operation)
                attempts += 1
            }
        }
    }
}
