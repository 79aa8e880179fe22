import Transport

/// One place where credentials may be found.
public protocol CredentialProvider: Sendable {
    /// Looks again every time; ``AWSClient`` remembers.
    ///
    /// - Returns: `nil` where this place has none, so that the next is asked.
    /// - Throws: where it has something that cannot be used: half a key pair, a damaged file. The next is not asked then,
    ///   because it might hold somebody else's.
    func credentials() async throws(AWSFailure) -> Credentials?
}

/// The places in the order of the AWS CLI: the first that has credentials decides.
public struct CredentialChain: CredentialProvider {
    private let providers: [any CredentialProvider]

    public init(_ providers: any CredentialProvider...) {
        self.providers = providers
    }

    /// - Parameter profile: set explicitly, which passes over the environment's keys: who names a profile means it.
    ///   `AWS_PROFILE` does not.
    ///
    /// Source: botocore, `credentials.py`, `create_credential_resolver`.
    public static func standard(profile: String? = nil, environment: AWSEnvironment = .process) -> CredentialChain {
        let files = ProfileCredentials(profile: profile, environment: environment)
        return profile != nil ? CredentialChain(files) : CredentialChain(EnvironmentCredentials(environment), files)
    }

    public func credentials() async throws(AWSFailure) -> Credentials? {
        for provider in providers {
            if let credentials = try await provider.credentials() { return credentials }
        }
        return nil
    }
}

/// Known beforehand: from the configuration, or in a test.
public struct StaticCredentials: CredentialProvider {
    private let known: Credentials

    public init(_ credentials: Credentials) {
        known = credentials
    }

    public func credentials() async throws(AWSFailure) -> Credentials? { known }
}

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary ones, `AWS_SESSION_TOKEN`.
public struct EnvironmentCredentials: CredentialProvider {
    private let environment: AWSEnvironment

    public init(_ environment: AWSEnvironment = .process) {
        self.environment = environment
    }

    public func credentials() async throws(AWSFailure) -> Credentials? {
        guard let accessKeyID = environment.variable("AWS_ACCESS_KEY_ID") else { return nil }
        guard let secret = environment.variable("AWS_SECRET_ACCESS_KEY") else {
            throw AWSFailure(
                .misconfigured("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not"),
                operation: "Find AWS credentials"
            )
        }
        return Credentials(
            accessKeyID: accessKeyID,
            secretAccessKey: Secret(secret),
            sessionToken: environment.variable("AWS_SESSION_TOKEN").map { Secret($0) }
        )
    }
}

/// A profile of `~/.aws/credentials` or, where that has none of it, `~/.aws/config`.
public struct ProfileCredentials: CredentialProvider {
    private let profile: String?
    private let environment: AWSEnvironment

    /// - Parameter profile: else `AWS_PROFILE`, else `default`.
    public init(profile: String? = nil, environment: AWSEnvironment = .process) {
        self.profile = profile
        self.environment = environment
    }

    public func credentials() async throws(AWSFailure) -> Credentials? {
        let profiles = try environment.profiles()
        let name = environment.profileName(profile)
        guard profiles.contains(name) || name == "default" else {
            throw misconfigured("there is no profile “\(name)” in the credentials file or the config file")
        }
        // A key pair comes from one file: half of one and half of the other would be nobody's.
        for file in [profiles.credentials, profiles.config] {
            guard let settings = file.profiles[name], let accessKeyID = settings["aws_access_key_id"] else { continue }
            guard let secret = settings["aws_secret_access_key"], !secret.isEmpty, !accessKeyID.isEmpty else {
                throw misconfigured("profile “\(name)” has half a key pair")
            }
            let token = settings["aws_session_token"].flatMap { $0.isEmpty ? nil : Secret($0) }
            return Credentials(accessKeyID: accessKeyID, secretAccessKey: Secret(secret), sessionToken: token)
        }
        return nil
    }

    private func misconfigured(_ what: String) -> AWSFailure {
        AWSFailure(.misconfigured(what), operation: "Find AWS credentials")
    }
}
