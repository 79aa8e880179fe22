import AWS
import Foundation
import Transport

/// Packages in an S3 bucket.
struct S3Bucket: ObjectStore {
    let name: String
    let isEmbedded = false
    private let bucket: String
    private let s3: S3

    init(_ bucket: String, s3: S3) {
        self.bucket = bucket
        self.s3 = s3
        name = "s3://\(bucket)"
    }

    func put(_ body: [UInt8], key: String) async throws -> String {
        try await s3.putObject(body, bucket: bucket, key: key, contentType: "application/gzip")
    }

    func etag(of key: String) async throws -> String? {
        do {
            return try await s3.headObject(bucket: bucket, key: key).etag
        } catch {
            guard error.objectIsGone else { throw error }
            return nil
        }
    }

    func get(_ key: String, limit: Int) async throws -> StoredObject {
        do {
            let object = try await s3.getObject(bucket: bucket, key: key, maximumBytes: limit)
            return StoredObject(body: object.body, etag: object.etag)
        } catch {
            if case .unreachable(let failure) = error.reason, case .responseTooLarge = failure.reason {
                throw ObjectTooLarge(limit: limit)
            }
            throw error
        }
    }

    func list(prefix: String, after key: String?) async throws -> [ObjectListing] {
        try await s3.listObjects(bucket: bucket, prefix: prefix, startAfter: key).objects.map { object in
            ObjectListing(
                key: object.key,
                etag: object.etag,
                size: object.size,
                modified: Int64(object.lastModified.timeIntervalSince1970 * 1000)
            )
        }
    }

    /// Makes sure that the bucket is there before anything depends on it.
    func prepare(create: Bool) async throws {
        do {
            _ = try await s3.listObjects(bucket: bucket, maximumKeys: 1)
        } catch {
            guard create, error.objectIsGone else { throw error }
            try await s3.createBucket(bucket)
        }
    }
}

extension AWSFailure: RetryableFailure {}

extension AWSFailure: SaysObjectIsGone {
    var objectIsGone: Bool { if case .notFound = reason { true } else { false } }
}

/// An object that the relay does not take because of its size.
struct ObjectTooLarge: RejectsPackage, CustomStringConvertible {
    let limit: Int
    var description: String {
        "the object is larger than \(limit) bytes. Raise [Relay] max-object-bytes if it is meant to be."
    }
}
