import Foundation

/// A server that stands in for AWS, on loopback.
///
/// Its programs are installed by `Peers/setup.sh` at the first start, which takes a minute or two.
public final class AWSPeer: Sendable {
    public let endpoint: String
    public let region: String
    public let accessKeyID: String
    public let secretAccessKey: String

    private let process: PeerProcess

    /// S3, Kinesis and more in one process.
    ///
    /// - Parameter checkingSignatures: else any key will do.
    public static func moto(checkingSignatures: Bool) throws -> AWSPeer {
        try AWSPeer("moto.sh", freePorts(1).map(String.init) + (checkingSignatures ? ["check-signatures"] : []))
    }

    /// OpenStack Swift's S3, which checks more than moto does.
    public static func swiftS3() throws -> AWSPeer {
        try AWSPeer("swift_s3.sh", freePorts(4).map(String.init))
    }

    private init(_ script: String, _ arguments: [String]) throws {
        let command = [PeerFiles.path(script)] + arguments
        let (process, answer) = try PeerProcess.start(command, untilLine: "ready", within: .seconds(600))
        var values: [Substring: String] = [:]
        for pair in answer.split(separator: " ") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            values[parts[0]] = parts.count == 2 ? String(parts[1]) : ""
        }
        guard let endpoint = values["endpoint"], let region = values["region"],
            let accessKeyID = values["access_key_id"], let secretAccessKey = values["secret_access_key"]
        else {
            process.stop()
            throw PeerUnavailable("\(script) printed no endpoint or key")
        }
        self.process = process
        self.endpoint = endpoint
        self.region = region
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
    }

    public func stop() {
        process.stop()
    }

    /// Runs a Python script with boto3 against this peer: endpoint and credentials are in its environment.
    ///
    /// - Returns: what it prints.
    public func python(_ script: String, _ arguments: String...) throws -> String {
        let peers =
            ProcessInfo.processInfo.environment["ANOMALIES_PEERS"] ?? NSHomeDirectory() + "/.cache/anomalies-peers"
        let settings = [
            "AWS_ENDPOINT_URL=\(endpoint)", "AWS_DEFAULT_REGION=\(region)", "AWS_ACCESS_KEY_ID=\(accessKeyID)",
            "AWS_SECRET_ACCESS_KEY=\(secretAccessKey)",
        ]
        let printed = try run(settings + ["\(peers)/venv/bin/python", "-c", script] + arguments)
        return String(decoding: printed, as: UTF8.self)
    }
}
