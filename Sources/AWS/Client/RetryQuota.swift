import Synchronization

/// What retries a client may still spend, so that a service in trouble gets one request a call from us and not three.
///
/// A retry takes 5 of 500 tokens, a success gives back what its retries took, or 1. With none left, failures are final at
/// once; as soon as calls succeed again, so do retries return.
///
/// Source: AWS SDKs and Tools Reference Guide, “Retry behavior”, standard mode; botocore's `retries/quota.py`.
final class RetryQuota: Sendable {
    static let capacity = 500
    static let retryCost = 5

    private let tokens = Mutex(capacity)

    func takeRetry() -> Bool {
        tokens.withLock { tokens in
            guard tokens >= Self.retryCost else { return false }
            tokens -= Self.retryCost
            return true
        }
    }

    func succeeded(afterRetries retries: Int) {
        tokens.withLock { $0 = min(Self.capacity, $0 + max(1, retries * Self.retryCost)) }
    }
}
