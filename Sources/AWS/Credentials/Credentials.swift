public import FoundationEssentials
public import Transport

/// Who signs, and until when.
public struct Credentials: Sendable, Equatable {
    /// Not secret: AWS prints it in its own logs and errors.
    public let accessKeyID: String
    public let secretAccessKey: Secret
    /// Present with temporary credentials only.
    public let sessionToken: Secret?
    /// `nil` where the source does not say.
    public let expiration: Date?

    public init(
        accessKeyID: String,
        secretAccessKey: Secret,
        sessionToken: Secret? = nil,
        expiration: Date? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }
}
