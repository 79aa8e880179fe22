import Synchronization
import Transport

/// The SigV4 signing key of one secret, day, region and service.
///
/// Valid for seven days, but callers keep one per UTC day: the day is part of it.
///
/// Source: AWS General Reference, “Create a signed AWS API request”, step 3.
struct SigningKey: Sendable {
    /// Inline rather than an array: the type says 32 bytes, and signing a request allocates no key.
    private let bytes: InlineArray<32, UInt8>

    /// - Parameters:
    ///   - secretAccessKey: the 40-character secret, without the `AWS4` prefix.
    ///   - day: the UTC day as `yyyyMMdd`.
    ///   - region: for example `eu-west-1`.
    ///   - service: the signing name, `s3` or `kinesis`.
    init(secretAccessKey: String, day: String, region: String, service: String) {
        let secret = Digest.hmacSHA256(key: Array("AWS4\(secretAccessKey)".utf8).span, Array(day.utf8).span)
        let regional = Digest.hmacSHA256(key: secret.span, Array(region.utf8).span)
        let scoped = Digest.hmacSHA256(key: regional.span, Array(service.utf8).span)
        bytes = Digest.hmacSHA256(key: scoped.span, Array("aws4_request".utf8).span)
    }

    /// - Returns: 64 lowercase hexadecimal digits.
    func signature(of stringToSign: String) -> String {
        Digest.hexadecimal(Digest.hmacSHA256(key: bytes.span, Array(stringToSign.utf8).span).span)
    }

    var hexadecimalForTests: String { Digest.hexadecimal(bytes.span) }
}

/// The last signing key, because nearly every request has the secret and the day of the one before.
///
/// Holds exactly one: a signer serves one region and service, so only a new day or new credentials replace it.
final class SigningKeyCache: Sendable {
    private struct Entry {
        let secretAccessKey: Secret
        let day: String
        let key: SigningKey
    }

    private let entry = Mutex<Entry?>(nil)
    private let region: String
    private let service: String

    init(region: String, service: String) {
        self.region = region
        self.service = service
    }

    func key(for secretAccessKey: Secret, day: String) -> SigningKey {
        entry.withLock { entry in
            if let entry, entry.day == day, entry.secretAccessKey == secretAccessKey { return entry.key }
            let key = SigningKey(
                secretAccessKey: secretAccessKey.revealed,
                day: day,
                region: region,
                service: service
            )
            entry = Entry(secretAccessKey: secretAccessKey, day: day, key: key)
            return key
        }
    }
}
