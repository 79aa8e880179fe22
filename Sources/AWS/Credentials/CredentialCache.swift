import FoundationEssentials

/// The credentials in use, looked up again when they are about to run out or were refused as expired.
actor CredentialCache {
    private let provider: any CredentialProvider
    private var current: Credentials?

    /// How long before their end credentials are replaced: longer than a request and its retries take.
    static let margin: TimeInterval = 300

    init(_ provider: any CredentialProvider) {
        self.provider = provider
    }

    /// - Throws: `.misconfigured` when no provider has any.
    func credentials(at now: Date) async throws(AWSFailure) -> Credentials {
        guard let known = current else { return try await lookUp() }
        guard let expiration = known.expiration, expiration.timeIntervalSince(now) < Self.margin else { return known }
        do throws(AWSFailure) {
            return try await lookUp()
        } catch {
            // Still good for some minutes: a source that stumbles now is asked again with the next request.
            guard expiration > now else { throw error }
            return known
        }
    }

    /// After a service has refused `refused` as expired. What another call has renewed meanwhile is not renewed again.
    func renewed(after refused: Credentials) async throws(AWSFailure) -> Credentials {
        if let current, current != refused { return current }
        return try await lookUp()
    }

    private func lookUp() async throws(AWSFailure) -> Credentials {
        guard let found = try await provider.credentials() else {
            throw AWSFailure(
                .misconfigured(
                    """
                    no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws/credentials
                    """
                ),
                operation: "Find AWS credentials"
            )
        }
        current = found
        return found
    }
}
