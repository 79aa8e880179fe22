/// Where packages are kept: an S3 bucket, or a directory that behaves like one.
public protocol ObjectStore: Sendable {
    /// What people call it, for example `s3://values` or `state/bucket`.
    var name: String { get }
    /// Whether it is the agent's own: nobody else's objects can be in it.
    var isEmbedded: Bool { get }

    /// Durable once it returns.
    ///
    /// - Returns: the ETag, without quotes.
    func put(_ body: [UInt8], key: String) async throws -> String
    /// The ETag of what is stored there, `nil` when nothing is.
    func etag(of key: String) async throws -> String?
    /// Fails when the object is longer than `limit` bytes, before it is held in memory.
    func get(_ key: String, limit: Int) async throws -> StoredObject
    /// At most 1,000 objects in the byte order of their keys.
    ///
    /// - Parameters:
    ///   - prefix: what keys begin with.
    ///   - key: only keys after this one.
    func list(prefix: String, after key: String?) async throws -> [ObjectListing]
}

public struct StoredObject: Sendable {
    public var body: [UInt8]
    public var etag: String

    public init(body: [UInt8], etag: String) {
        self.body = body
        self.etag = etag
    }
}

public struct ObjectListing: Sendable, Equatable {
    public var key: String
    public var etag: String
    public var size: Int
    public var modified: Milliseconds

    public init(key: String, etag: String, size: Int, modified: Milliseconds) {
        self.key = key
        self.etag = etag
        self.size = size
        self.modified = modified
    }
}
