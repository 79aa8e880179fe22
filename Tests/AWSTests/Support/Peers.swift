import AWS
import FoundationEssentials
import TestSupport
import Transport

/// The real servers of this test run: started by whoever asks first, ended with the process.
enum Peers {
    static let moto = Result { try AWSPeer.moto(checkingSignatures: true) }
    static let swiftS3 = Result { try AWSPeer.swiftS3() }
    static let http = HTTPClient()
}

extension AWSPeer {
    func client(secretAccessKey: String? = nil, outside: TimeAndChance = .system) -> AWSClient {
        AWSClient(
            region: region,
            credentials: StaticCredentials(
                Credentials(accessKeyID: accessKeyID, secretAccessKey: Secret(secretAccessKey ?? self.secretAccessKey))
            ),
            http: Peers.http,
            endpoint: endpoint,
            outside: outside
        )
    }
}

extension AWSClient {
    /// Against a script, with time that only sleeps move.
    static func scripted(
        _ http: ScriptedExchange,
        region: String = "us-east-1",
        endpoint: String? = nil,
        credentials: any CredentialProvider = StaticCredentials(.example),
        retry: RetryPolicy = .standard,
        time: VirtualTime = VirtualTime()
    ) -> AWSClient {
        AWSClient(
            region: region,
            credentials: credentials,
            http: http,
            endpoint: endpoint,
            retry: retry,
            outside: time.outside
        )
    }
}

extension Credentials {
    /// AWS's own, from its documentation.
    static let example = Credentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE",
        secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    )
}

/// The failure of a call that must fail.
func failure<Value>(of call: () async throws -> Value) async -> AWSFailure? {
    do {
        _ = try await call()
        return nil
    } catch {
        return error as? AWSFailure
    }
}
