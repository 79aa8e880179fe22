import Foundation
import Testing
import Transport

@testable import AWS

/// AWS's own test suite for Signature Version 4 (`aws-c-auth`), where it lies beside the package.
@Suite struct SigV4SuiteTests {
    struct Vector: Decodable, CustomTestStringConvertible, Sendable {
        struct Keys: Decodable, Sendable {
            let access_key_id: String
            let secret_access_key: String
            let token: String?
        }
        struct Expected: Decodable, Sendable {
            let canonical_request: String
            let string_to_sign: String
            let signature: String
            let authorization: String
        }

        let name: String
        let method: String
        let target: String
        let headers: [[String]]
        let body: String
        let region: String
        let service: String
        let timestamp: String
        let credentials: Keys
        let normalize: Bool
        let sign_body: Bool
        let omit_session_token: Bool
        let header: Expected

        var testDescription: String { name }
    }

    static let path: String = {
        if let kit = ProcessInfo.processInfo.environment["ANOMALIES_KIT"] { return "\(kit)/sigv4_vectors.json" }
        let package = URL(fileURLWithPath: #filePath).pathComponents.dropLast(4)
        return "/" + package.dropFirst().dropLast().joined(separator: "/") + "/shared/kit/sigv4_vectors.json"
    }()

    static let vectors: [Vector] = {
        struct Suite: Decodable { let vectors: [Vector] }
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return (try? JSONDecoder().decode(Suite.self, from: data))?.vectors ?? []
    }()

    @Test(.enabled(if: FileManager.default.fileExists(atPath: path), "AWS's SigV4 test suite is not at \(path)"))
    func `all vectors of the suite are read`() {
        #expect(Self.vectors.count == 38)
    }

    @Test(.enabled(if: !vectors.isEmpty, "AWS's SigV4 test suite is not at \(path)"), arguments: vectors)
    func `every stage is what AWS's suite says`(vector: Vector) throws {
        let signer = RequestSigner(
            service: vector.service,
            region: vector.region,
            paths: vector.normalize ? .normalizedAndEncodedAgain : .encodedAgain,
            sendsPayloadHash: vector.sign_body,
            signsSessionToken: !vector.omit_session_token
        )
        var request = HTTPRequest(
            try #require(HTTPRequest.Method(rawValue: vector.method)),
            "https://example.amazonaws.com\(vector.target)",
            headers: vector.headers.map { (name: $0[0], value: $0[1]) },
            body: Array(vector.body.utf8)
        )
        let credentials = Credentials(
            accessKeyID: vector.credentials.access_key_id,
            secretAccessKey: Secret(vector.credentials.secret_access_key),
            sessionToken: vector.credentials.token.map { Secret($0) }
        )
        let stages = signer.sign(&request, with: credentials, at: try #require(Date(iso8601: vector.timestamp)))

        #expect(stages.canonicalRequest == vector.header.canonical_request)
        #expect(stages.stringToSign == vector.header.string_to_sign)
        #expect(stages.signature == vector.header.signature)
        #expect(request.header("Authorization") == vector.header.authorization)
        #expect(request.header("X-Amz-Security-Token") == vector.credentials.token)
    }
}
