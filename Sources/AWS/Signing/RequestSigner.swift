import FoundationEssentials
import Transport

/// Signs requests to one service in one region with AWS Signature Version 4.
///
/// Costs about 10 µs and a SHA-256 of the body; the signing key of the day is kept.
///
/// Source: AWS General Reference, “Create a signed AWS API request”, steps 1–5.
struct RequestSigner: Sendable {
    /// The signing name: `s3`, `kinesis`.
    let service: String
    let region: String
    let paths: CanonicalRequest.PathRule
    /// S3 requires the body's hash as a header; elsewhere it is only part of the signature.
    let sendsPayloadHash: Bool
    /// A few old services want the session token sent but not signed. For the test suite.
    let signsSessionToken: Bool

    private let keys: SigningKeyCache

    init(
        service: String,
        region: String,
        paths: CanonicalRequest.PathRule,
        sendsPayloadHash: Bool,
        signsSessionToken: Bool = true
    ) {
        self.service = service
        self.region = region
        self.paths = paths
        self.sendsPayloadHash = sendsPayloadHash
        self.signsSessionToken = signsSessionToken
        keys = SigningKeyCache(region: region, service: service)
    }

    /// Everything that leads to a signature, so that tests can hold each stage beside AWS's own.
    struct Stages {
        let canonicalRequest: String
        let stringToSign: String
        let signature: String
        let authorization: String
    }

    /// Adds `X-Amz-Date`, the session token, for S3 the payload's hash, and `Authorization`.
    @discardableResult
    func sign(_ request: inout HTTPRequest, with credentials: Credentials, at time: Date) -> Stages {
        let timestamp = time.sigV4Timestamp
        let payloadHash = Digest.hexadecimal(Digest.sha256(request.body).span)
        request.headers.append((name: "X-Amz-Date", value: timestamp))
        if sendsPayloadHash { request.headers.append((name: "X-Amz-Content-Sha256", value: payloadHash)) }
        let token = credentials.sessionToken.map { (name: "X-Amz-Security-Token", value: $0.revealed) }
        if let token, signsSessionToken { request.headers.append(token) }

        let stages = stages(of: request, payloadHash: payloadHash, timestamp: timestamp, credentials)

        if let token, !signsSessionToken { request.headers.append(token) }
        request.headers.append((name: "Authorization", value: stages.authorization))
        return stages
    }

    private func stages(
        of request: HTTPRequest,
        payloadHash: String,
        timestamp: String,
        _ credentials: Credentials
    ) -> Stages {
        // Step 1 and 2: the canonical request and its hash.
        let canonical = CanonicalRequest(request, payloadHash: payloadHash, paths: paths)
        let hash = Digest.hexadecimal(Digest.sha256(Array(canonical.text.utf8)).span)

        // Step 3: what is signed names the algorithm, the moment and the scope.
        let day = String(timestamp.prefix(8))
        let scope = "\(day)/\(region)/\(service)/aws4_request"
        let stringToSign = "AWS4-HMAC-SHA256\n\(timestamp)\n\(scope)\n\(hash)"

        // Step 4: the key is derived from the secret and the scope, so that it is worth little if it leaks.
        let signature = keys.key(for: credentials.secretAccessKey, day: day).signature(of: stringToSign)

        // Step 5: the header.
        let authorization =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), "
            + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)"
        return Stages(
            canonicalRequest: canonical.text,
            stringToSign: stringToSign,
            signature: signature,
            authorization: authorization
        )
    }
}
