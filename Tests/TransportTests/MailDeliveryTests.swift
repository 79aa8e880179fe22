import Foundation
import TestSupport
import Testing

@testable import Transport

/// Through Postfix, and read back from Dovecot by Python's imaplib.
@Suite(.timeLimit(.minutes(5))) struct MailDeliveryTests {
    let mail: MailPeer

    init() throws {
        mail = try MailPeer.shared()
    }

    private func server(_ security: SMTPServer.Security, host: String = "localhost") -> SMTPServer {
        let port =
            switch security {
            case .startTLS: mail.starttlsPort
            case .tls: mail.smtpsPort
            case .none: mail.plainPort
            }
        return SMTPServer(
            host: host,
            port: port,
            security: security,
            username: security == .none ? nil : mail.user,
            password: Secret(mail.password),
            caFile: mail.caFile
        )
    }

    /// The message of that ID as the mailbox holds it, from its `From` line on.
    private func delivered(_ id: String) throws -> String {
        let script = """
            import imaplib, sys, time
            deadline = time.monotonic() + 20
            box = imaplib.IMAP4("127.0.0.1", \(mail.imapPort)); box.login("\(mail.user)", "\(mail.password)"); box.select("INBOX")
            while time.monotonic() < deadline:
                found = box.search(None, "HEADER", "Message-ID", '"\(id)"')[1][0].split()
                if found: break
                box.noop(); time.sleep(0.05)
            assert len(found) == 1, found
            sys.stdout.buffer.write(box.fetch(found[0], "(RFC822)")[1][0][1])
            """
        let text = String(decoding: try run(["python3", "-c", script]), as: UTF8.self)
        return try String(text[#require(text.firstRange(of: "From: ")).lowerBound...])
    }

    private func message(_ id: String, text: String, subject: String = "Größe 🧑‍🚀") throws -> MailMessage {
        MailMessage(
            from: .init(try MailAddress("agent@example.com"), name: "Anomalies, Berlin"),
            to: [.init(try MailAddress("ops@example.com"))],
            subject: subject,
            date: Date(timeIntervalSince1970: 1_795_368_309),
            messageID: id,
            text: text,
            html: "<p>.</p>\n.\n"
        )
    }

    @Test(arguments: SMTPServer.Security.allCases)
    func `a message arrives byte for byte, lone dots and all`(security: SMTPServer.Security) async throws {
        let id = "\(UUID())@agent.example.com"
        let sent = try message(id, text: ".\n..\n.hidden\n\n.\nQUIT\n" + String(repeating: ".\n", count: 50_000))
            .bytes()
        let client = SMTPClient(server(security))
        let receipt = try await client.send(message: sent, from: "agent@example.com", to: ["ops@example.com"])
        #expect(receipt.answer.code == 250)
        #expect(receipt.answer.text.contains("queued as"))
        #expect(receipt.recipients == [SMTPRecipient("ops@example.com", .accepted)])
        #expect(try delivered(id) == String(decoding: sent, as: UTF8.self))
        await client.shutDown()
    }

    @Test func `one client hands over many messages`() async throws {
        let client = SMTPClient(server(.startTLS))
        let ids = (0..<5).map { _ in "\(UUID())@agent.example.com" }
        for id in ids {
            _ = try await client.send(
                message: message(id, text: id).bytes(),
                from: "agent@example.com",
                to: ["a@example.com"]
            )
        }
        for id in ids { #expect(try delivered(id).contains(id)) }
    }

    @Test func `a wrong password is told apart, and shown nowhere`() async throws {
        for security in [SMTPServer.Security.startTLS, .tls] {
            var server = server(security)
            server.password = Secret("battery staple")
            let error = try await #require(throws: SMTPError.self) {
                let message = try message("x@y", text: "x").bytes()
                _ = try await SMTPClient(server).send(message: message, from: "a@example.com", to: ["b@example.com"])
            }
            let code: Int? = if case .authentication(let reply?) = error.reason { reply.code } else { nil }
            #expect(code == 535)
            #expect(!"\(error) \(String(reflecting: error))".contains("battery"))
        }
    }

    @Test func `without a login the server relays nothing`() async throws {
        var server = server(.startTLS)
        server.username = nil
        let error = await #expect(throws: SMTPError.self) {
            let message = try message("x@y", text: "x").bytes()
            _ = try await SMTPClient(server).send(message: message, from: "a@example.com", to: ["b@example.com"])
        }
        #expect(error?.isRetryable == false)
    }

    @Test(arguments: [SMTPServer.Security.startTLS, .tls])
    func `an unknown authority or another name is refused`(security: SMTPServer.Security) async throws {
        var unknown = server(security)
        unknown.caFile = nil
        let wrongName = server(security, host: "other.localhost")
        for server in [unknown, wrongName] {
            let error = await #expect(throws: SMTPError.self) {
                let message = try message("x@y", text: "x").bytes()
                _ = try await SMTPClient(server).send(message: message, from: "a@example.com", to: ["b@example.com"])
            }
            #expect(error?.reason == .tls)
        }
    }

    @Test func `a message over the server's limit is refused before it is sent`() async throws {
        let error = await #expect(throws: SMTPError.self) {
            let message = Array(String(repeating: String(repeating: "x", count: 76) + "\r\n", count: 70_000).utf8)
            _ = try await SMTPClient(server(.none)).send(message: message, from: "a@example.com", to: ["b@example.com"])
        }
        #expect(error?.reason == .tooLarge(limit: 5_000_000))
    }
}
