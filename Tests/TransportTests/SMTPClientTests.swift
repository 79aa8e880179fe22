import Foundation
import TestSupport
import Testing

@testable import Transport

/// What the client makes of a server's words, played by a script; `MailDeliveryTests` has a real server.
@Suite(.timeLimit(.minutes(5))) struct SMTPClientTests {
    static let text = Array("Subject: x\r\n\r\nhello\r\n".utf8)
    static let recipients = ["a@example.com", "b@example.com", "c@example.com"]

    // MARK: - Refusals

    struct Case: CustomTestStringConvertible {
        let script: [String: String]
        let reason: @Sendable (SMTPError.Reason) -> Bool
        let isRetryable: Bool
        let testDescription: String

        init(
            _ script: [String: String],
            _ description: String,
            retry: Bool,
            _ reason: @escaping @Sendable (SMTPError.Reason) -> Bool
        ) {
            self.script = script
            self.reason = reason
            isRetryable = retry
            testDescription = "\(script): \(description)"
        }
    }

    static func isRefused(_ stage: SMTPStage, _ code: Int) -> @Sendable (SMTPError.Reason) -> Bool {
        { if case .refused(stage, let reply) = $0 { reply.code == code } else { false } }
    }

    static func isDeferred(_ stage: SMTPStage, _ code: Int) -> @Sendable (SMTPError.Reason) -> Bool {
        { if case .deferred(stage, let reply) = $0 { reply.code == code } else { false } }
    }

    /// RFC 5321, 4.2.1: 4yz may succeed later, 5yz will not.
    static let cases = [
        Case(["greeting": "421 4.3.2 busy"], "busy", retry: true, isDeferred(.greeting, 421)),
        Case(["greeting": "554 go away"], "unwanted", retry: false, isRefused(.greeting, 554)),
        Case(["MAIL": "451 4.7.1 later"], "later", retry: true, isDeferred(.sender, 451)),
        Case(["MAIL": "550 5.7.1 no"], "sender refused", retry: false, isRefused(.sender, 550)),
        Case(["MAIL": "530 5.7.0 log in"], "login wanted", retry: false) {
            if case .authentication(let reply) = $0 { reply?.code == 530 } else { false }
        },
        Case(["RCPT": "451 4.7.1 greylisted"], "greylisted", retry: true, isDeferred(.recipient, 451)),
        Case(["RCPT": "550 5.1.1 unknown"], "all refused", retry: false, isRefused(.recipient, 550)),
        Case(
            ["RCPT TO:<b@": "450 4.2.1 later", "RCPT": "550 5.1.1 unknown"],
            "one may be accepted later",
            retry: true,
            isDeferred(.recipient, 450)
        ),
        Case(["DATA": "451 no"], "no data now", retry: true, isDeferred(.data, 451)),
        Case(["DATA": "554 no"], "no data", retry: false, isRefused(.data, 554)),
        Case([".": "452 4.3.1 full"], "disk full", retry: true, isDeferred(.message, 452)),
        Case([".": "554 5.6.0 spam"], "spam", retry: false, isRefused(.message, 554)),
        Case([".": "421 4.3.0 closing"], "closing", retry: true, isDeferred(.message, 421)),
        Case(["EHLO": "250-peer\n250 SIZE 10"], "too large", retry: false) { $0 == .tooLarge(limit: 10) },
        Case(["greeting": "drop"], "hangs up at once", retry: true) { $0 == .connection },
        Case(["RCPT": "drop"], "hangs up at RCPT", retry: true) { $0 == .connection },
        Case([".": "drop"], "hangs up after the dot", retry: true) { $0 == .unknownOutcome },
        Case([".": "hang"], "is silent after the dot", retry: true) { $0 == .unknownOutcome },
        Case(["MAIL": "hang"], "is silent", retry: true) { $0 == .timedOut(.sender) },
    ]

    @Test(arguments: cases)
    func `an answer is told apart`(example: Case) async throws {
        let peer = try SMTPPeer(example.script)
        let error = try await #require(throws: SMTPError.self) {
            _ = try await peer.client().send(message: Self.text, from: "agent@example.com", to: Self.recipients)
        }
        #expect(example.reason(error.reason), "\(error.reason)")
        #expect(error.isRetryable == example.isRetryable)
        #expect(error.description.contains("127.0.0.1:\(peer.port)"))
    }

    @Test func `a refused recipient does not keep the message from the others`() async throws {
        let peer = try SMTPPeer([
            "RCPT TO:<a@": "550-5.1.1 no such\n550 5.1.1 user", "RCPT TO:<b@": "452 4.5.3 too many",
            "RCPT TO:<d@": "251 will forward",
        ])
        let receipt = try await peer.client().send(
            message: Self.text,
            from: "agent@example.com",
            to: ["a@example.com", "not an address", "b@example.com", "c@example.com", "d@example.com"]
        )
        #expect(
            receipt.recipients.map(\.address) == [
                "a@example.com", "not an address", "b@example.com", "c@example.com", "d@example.com",
            ]
        )
        #expect(
            receipt.recipients.map(\.outcome) == [
                .refused(SMTPReply(code: 550, text: "5.1.1 no such 5.1.1 user")), .invalid(.notLocalAtDomain),
                .deferred(SMTPReply(code: 452, text: "4.5.3 too many")), .accepted, .accepted,
            ]
        )
        #expect(receipt.answer == SMTPReply(code: 250, text: "2.0.0 Ok: queued as 4711"))
        let talk = try peer.session()
        #expect(talk.filter { $0.hasPrefix("RCPT") }.count == 4)
    }

    @Test func `where every recipient is refused no text is sent`() async throws {
        let peer = try SMTPPeer(["RCPT": "550 no"])
        let error = await #expect(throws: SMTPError.self) {
            _ = try await peer.client().send(message: Self.text, from: "agent@example.com", to: Self.recipients)
        }
        #expect(error?.recipients.count == 3)
        #expect(try !peer.session().contains { $0 == "DATA" || $0.hasPrefix("|") })
    }

    @Test func `a message that breaks off in the middle was not sent`() async throws {
        let peer = try SMTPPeer(["drop after lines": 20])
        let error = await #expect(throws: SMTPError.self) {
            let long = Array(String(repeating: String(repeating: "x", count: 70) + "\r\n", count: 200_000).utf8)
            _ = try await peer.client().send(message: long, from: "agent@example.com", to: Self.recipients)
        }
        #expect(error?.reason == .connection)
    }

    // MARK: - What is sent

    @Test func `the commands are these and no others`() async throws {
        let peer = try SMTPPeer([:])
        _ = try await peer.client().send(message: Self.text, from: "agent@example.com", to: ["a@example.com"])
        #expect(
            try peer.session() == [
                "EHLO client.example", "MAIL FROM:<agent@example.com>", "RCPT TO:<a@example.com>", "DATA",
                "| Subject: x", "| ", "| hello", "QUIT",
            ]
        )
    }

    /// RFC 5321, 4.5.2: a line that begins with a dot gets another. Each position of the dot around libcurl's 64 KiB
    /// buffer, where stuffing could lose its place.
    @Test func `lines that begin with a dot are stuffed, wherever they fall`() async throws {
        let lines =
            (0..<3000).map { String(repeating: ".", count: $0 % 5) + String(repeating: "y", count: $0 % 61) } + ["."]
        let peer = try SMTPPeer([:])
        let message = Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
        _ = try await peer.client().send(message: message, from: "agent@example.com", to: ["a@example.com"])
        let stuffed = lines.map { "| " + ($0.hasPrefix(".") ? "." : "") + $0 }
        #expect(try peer.session().filter { $0.hasPrefix("| ") } == stuffed)
    }

    @Test(arguments: ["x@y>\r\nRCPT TO:<z@example.com", "a b@example.com", "a@example.com\nDATA", ""])
    func `no address can add a command`(address: String) async throws {
        let client = SMTPClient(SMTPServer(host: "127.0.0.1", port: try freePorts(1)[0], security: .none))
        let sender = await #expect(throws: SMTPError.self) {
            _ = try await client.send(message: Self.text, from: address, to: ["a@example.com"])
        }
        #expect(sender?.reason == .invalidSender)
        let recipient = await #expect(throws: SMTPError.self) {
            _ = try await client.send(message: Self.text, from: "a@example.com", to: [address])
        }
        #expect(recipient?.reason == .misconfigured)
    }

    @Test(arguments: [0, 101])
    func `the number of recipients is limited`(count: Int) async {
        let client = SMTPClient(SMTPServer(host: "127.0.0.1", port: 1, security: .none))
        let error = await #expect(throws: SMTPError.self) {
            let recipients = Array(repeating: "a@example.com", count: count)
            _ = try await client.send(message: Self.text, from: "a@example.com", to: recipients)
        }
        #expect(error?.reason == .misconfigured)
    }

    // MARK: - Security

    @Test func `without STARTTLS neither mail nor password is sent`() async throws {
        for script in [[:], ["EHLO": "250-peer\n250-STARTTLS\n250 AUTH PLAIN", "STARTTLS": "554 no"]] {
            let peer = try SMTPPeer(script)
            var server = peer.server
            server.security = .startTLS
            server.username = "agent"
            server.password = Secret("correct horse")
            let error = await #expect(throws: SMTPError.self) {
                _ = try await SMTPClient(server).send(message: Self.text, from: "a@example.com", to: ["b@example.com"])
            }
            #expect(error?.reason == .tls)
            #expect(try !peer.session().contains { $0.hasPrefix("AUTH") || $0.hasPrefix("MAIL") })
        }
    }

    @Test(arguments: ["mail.example.com", "10.0.0.1", "127.0.0.1.example.com"])
    func `a password without TLS leaves only for loopback`(host: String) async {
        let server = SMTPServer(
            host: host,
            port: 25,
            security: .none,
            username: "agent",
            password: Secret("correct horse")
        )
        let error = await #expect(throws: SMTPError.self) {
            _ = try await SMTPClient(server).send(message: Self.text, from: "a@example.com", to: ["b@example.com"])
        }
        #expect(error?.reason == .misconfigured)
        #expect(error?.description.contains("correct horse") == false)
    }

    @Test func `a refused login is no reason to try again`() async throws {
        let peer = try SMTPPeer(["EHLO": "250-peer\n250 AUTH CRAM-MD5 PLAIN LOGIN", "AUTH": "535 5.7.8 wrong"])
        var server = peer.server
        server.username = "agent"
        server.password = Secret("correct horse")
        let error = await #expect(throws: SMTPError.self) {
            _ = try await SMTPClient(server).send(message: Self.text, from: "a@example.com", to: ["b@example.com"])
        }
        #expect(error?.reason == .authentication(SMTPReply(code: 535, text: "5.7.8 wrong")))
        #expect(error?.isRetryable == false)
        // One attempt, and by one of the two ways that need no digest: a second could lock the account.
        #expect(try peer.session().filter { $0.hasPrefix("AUTH") }.map { $0.prefix(10) } == ["AUTH PLAIN"])
    }

    @Test(arguments: ["", "mail example", "mail/x", "mail@x", "mail\r\n", "[::1]"])
    func `a host that is none is refused before anything is sent`(host: String) async {
        let error = await #expect(throws: SMTPError.self) {
            let client = SMTPClient(SMTPServer(host: host, port: 25, security: .none))
            _ = try await client.send(message: Self.text, from: "a@example.com", to: ["b@example.com"])
        }
        #expect(error?.reason == .misconfigured)
    }

    // MARK: - Time

    @Test func `cancelling ends a message that waits and one that runs`() async throws {
        let peer = try SMTPPeer(["MAIL": "hang"], dialogue: .seconds(60))
        let client = peer.client()
        let tasks = (0..<2).map { _ in
            Task { try await client.send(message: Self.text, from: "a@example.com", to: ["b@example.com"]) }
        }
        for task in tasks { task.cancel() }
        for task in tasks {
            let error = await #expect(throws: SMTPError.self) { _ = try await task.value }
            #expect(error?.reason == .cancelled)
        }
    }

    @Test func `shutting down ends what runs and refuses what comes`() async throws {
        let peer = try SMTPPeer(["MAIL": "hang"], dialogue: .seconds(60))
        let client = peer.client()
        let task = Task { try await client.send(message: Self.text, from: "a@example.com", to: ["b@example.com"]) }
        await client.shutDown()
        let error = await #expect(throws: SMTPError.self) { _ = try await task.value }
        #expect(error?.reason == .shutDown)
        let late = await #expect(throws: SMTPError.self) {
            _ = try await client.send(message: Self.text, from: "a@example.com", to: ["b@example.com"])
        }
        #expect(late?.reason == .shutDown)
    }
}

/// `Peers/smtp_peer.py`, one for each test.
final class SMTPPeer: Sendable {
    let port: Int
    let server: SMTPServer
    private let process: PeerProcess

    init(_ script: [String: any Sendable], dialogue: Duration = .seconds(2)) throws {
        let json = String(decoding: try JSONSerialization.data(withJSONObject: script), as: UTF8.self)
        let command = ["python3", PeerFiles.path("smtp_peer.py"), json]
        let (process, answer) = try PeerProcess.start(command, untilLine: "ready")
        self.process = process
        port = try #require(Int(answer))
        server = SMTPServer(
            host: "127.0.0.1",
            port: port,
            security: .none,
            clientName: "client.example",
            timeouts: SMTPServer.Timeouts(connect: .seconds(2), dialogue: dialogue, answer: .seconds(1))
        )
    }

    deinit {
        process.stop()
    }

    func client() -> SMTPClient { SMTPClient(server) }

    /// What the client said in the first session; waits until that has ended.
    func session() throws -> [String] {
        try JSONDecoder().decode([String].self, from: Data(process.waitForLine("session").utf8))
    }
}
