import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct SignalTests {
    @Test(arguments: [SIGINT, SIGTERM])
    func `a request to stop ends in order, with a summary`(signal: Int32) async throws {
        let place = try Workplace()
        let agent = try place.start(["run", "scripts", "--seed", "7"])
        #expect(await agent.line { $0.hasPrefix("package") } != nil)
        agent.send(signal)
        let outcome = try await agent.outcome()
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.contains("Packages made"))
        #expect(outcome.output.contains("Ledger            balanced"))
    }

    @Test func `a second request stops at once`() async throws {
        // A service that takes connections and never answers.
        let silent = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(silent) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(silent, address, length) + listen(silent, 5) + getsockname(silent, address, &length)
            }
        }
        try #require(status == 0)
        let place = try Workplace(environment: ["AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "SK"])
        let agent = try place.start([
            "run", "scripts", "--set", "AWS.endpoint-url=http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))",
            "--set", "AWS.bucket-name=values", "--set", "AWS.region=us-east-1",
        ])
        // It listens to signals before it connects.
        close(accept(silent, nil, nil))
        close(accept(silent, nil, nil))
        agent.send(SIGINT)
        agent.send(SIGTERM)
        #expect(try await agent.outcome().status == 130)
    }

    @Test(arguments: ["run", "feed"])
    func `a reader that goes away is no failure`(command: String) async throws {
        let place = try Workplace()
        let agent = Workplace.agent.path
        let script =
            "cd '\(place.folder.path)' && '\(agent)' \(command) scripts --packages 3 --seed 7 \(fast.joined(separator: " ")) | head -n 1; exit ${PIPESTATUS[0]}"
        _ = try run(["bash", "-c", script])
        #expect(place.names(in: "state/bucket").count > 3)
    }
}
