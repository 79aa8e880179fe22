import Testing
import Transport

@testable import AWS

@Suite struct RetryPolicyTests {
    @Test(arguments: [
        (1, AWSFailure.Reason.rejected(status: 500, code: "", message: ""), 1.0, Duration.milliseconds(50)),
        (2, .rejected(status: 500, code: "", message: ""), 1.0, .milliseconds(100)),
        (2, .rejected(status: 500, code: "", message: ""), 0.25, .milliseconds(25)),
        (1, .rejected(status: 500, code: "", message: ""), 0.0, .zero),
        (1, .throttled(retryAfter: nil), 1.0, .seconds(1)),
        (5, .throttled(retryAfter: nil), 1.0, .seconds(16)),
        (6, .throttled(retryAfter: nil), 1.0, .seconds(20)),
        (1000, .throttled(retryAfter: nil), 1.0, .seconds(20)),
        (1, .throttled(retryAfter: .seconds(7)), 0.1, .seconds(7)),
        (5, .throttled(retryAfter: .seconds(7)), 1.0, .seconds(16)),
        (1, .throttled(retryAfter: .seconds(3600)), 0.1, .seconds(25)),
    ])
    func `the wait doubles up to its limit, jittered over all of it`(
        retry: Int,
        reason: AWSFailure.Reason,
        chance: Double,
        delay: Duration
    ) {
        #expect(RetryPolicy.standard.delay(beforeRetry: retry, after: reason, chance: chance) == delay)
    }

    private static var serverError: AWSFailure {
        AWSFailure(.rejected(status: 500, code: "InternalError", message: ""), operation: "x")
    }

    private func attempts(_ policy: RetryPolicy, _ failure: AWSFailure, time: VirtualTime) async -> Int {
        var attempts = 0
        do throws(AWSFailure) {
            try await policy.run(time.outside, quota: RetryQuota()) { () async throws(AWSFailure) in
                attempts += 1
                throw failure
            }
        } catch {
            #expect(error == failure)
        }
        return attempts
    }

    @Test func `what can pass is tried so often and no more`() async {
        let time = VirtualTime()
        #expect(await attempts(.standard, Self.serverError, time: time) == 3)
        #expect(time.sleeps == [.milliseconds(25), .milliseconds(50)])
        #expect(await attempts(.never, Self.serverError, time: time) == 1)
    }

    @Test func `what cannot pass is tried once`() async {
        let time = VirtualTime()
        #expect(await attempts(.standard, AWSFailure(.accessDenied(code: "No"), operation: "x"), time: time) == 1)
        #expect(time.sleeps.isEmpty)
    }

    @Test func `no retry begins that would outlast the policy`() async {
        let policy = RetryPolicy(maximumAttempts: 1000, maximumElapsed: .seconds(10))
        let time = VirtualTime(chance: 0.999)
        let throttled = AWSFailure(.throttled(retryAfter: nil), operation: "x")
        // 1 + 2 + 4 = 7 s; 8 more would be too late.
        #expect(await attempts(policy, throttled, time: time) == 4)
    }

    @Test func `with the quota spent, failures are final at once, until calls succeed again`() async throws {
        let quota = RetryQuota()
        for _ in 0..<RetryQuota.capacity / RetryQuota.retryCost { #expect(quota.takeRetry()) }
        #expect(!quota.takeRetry())
        for _ in 0..<RetryQuota.retryCost { quota.succeeded(afterRetries: 0) }
        #expect(quota.takeRetry())
        #expect(!quota.takeRetry())
        quota.succeeded(afterRetries: 1)
        #expect(quota.takeRetry())
    }

    @Test func `a cancelled wait is a cancelled call`() async {
        var outside = VirtualTime().outside
        outside.sleep = { _ in throw CancellationError() }
        let exchange = ScriptedExchange(HTTPResponse(status: 500))
        let client = AWSClient(
            region: "us-east-1",
            credentials: StaticCredentials(.example),
            http: exchange,
            outside: outside
        )
        let failure = await failure { try await S3(client).headObject(bucket: "b", key: "k") }
        #expect(failure?.reason == .cancelled)
        #expect(exchange.requests.count == 1)
    }
}
