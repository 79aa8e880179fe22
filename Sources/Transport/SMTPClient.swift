import Dispatch
import Foundation

/// What a session needs: a sender, recipients and finished RFC 5322 bytes.
struct SMTPMessage: Sendable {
    let sender: MailAddress
    let recipients: [MailAddress]
    let bytes: [UInt8]
}

/// Hands mail to one server, one message after the other, on a thread of its own: libcurl waits for the answer to a
/// message without giving way to other transfers, and that may take minutes.
///
/// Up to 256 messages wait; beyond that `send` fails at once with `.tooManyWaiting`. A cancelled task's message is
/// broken off within about a second, with `.unknownOutcome` if it was already sent whole.
///
///     let mail = SMTPClient(SMTPServer(host: "mail.example.com", port: 587, security: .startTLS, …))
///     let receipt = try await mail.send(message: message.bytes(), from: "agent@example.com", to: ["ops@example.com"])
public final class SMTPClient: Sendable {
    /// RFC 5321, 4.5.3.1.8: what every server must take in one go.
    public static let maximumRecipients = 100
    static let maximumWaiting = 256

    public let server: SMTPServer
    private let queue: SMTPSession.Queue

    public init(_ server: SMTPServer) {
        self.server = server
        let bell = DispatchSemaphore(value: 0)
        let queue = SMTPSession.Queue(
            capacity: Self.maximumWaiting,
            refuse: { refusal, _ in .failure(SMTPError(refusal, server: server)) },
            wake: { bell.signal() }
        )
        self.queue = queue
        let thread = Thread { Self.run(queue, bell: bell, server: server) }
        thread.name = "smtp"
        thread.start()
    }

    deinit {
        queue.close()
    }

    /// - Parameters:
    ///   - message: Headers and body with CRLF line ends, as `MailMessage` makes them. Lines that begin with a dot
    ///     arrive as they are.
    ///   - recipients: 1 … 100 addresses. One that is none, or that the server refuses, does not keep the message
    ///     from the others: see the receipt.
    /// - Returns: When the server has taken responsibility for at least one recipient.
    public func send(
        message: [UInt8],
        from sender: String,
        to recipients: [String]
    ) async throws(SMTPError) -> SMTPReceipt {
        guard (1...Self.maximumRecipients).contains(recipients.count) else {
            let detail = "\(recipients.count) recipients; a message goes to 1 to \(Self.maximumRecipients)"
            throw SMTPError(.misconfigured, server: server.name, detail: detail)
        }
        let envelope: MailAddress
        do {
            envelope = try MailAddress(sender)
        } catch {
            throw SMTPError(.invalidSender, server: server.name, detail: "the sender is \(error)")
        }

        let checked = recipients.map { text in Result { () throws(MailAddress.Invalid) in try MailAddress(text) } }
        let valid = checked.compactMap { try? $0.get() }
        guard !valid.isEmpty else {
            throw SMTPError(
                .misconfigured,
                server: server.name,
                detail: "none of the \(recipients.count) recipients is a mail address",
                recipients: merge(recipients, checked, [])
            )
        }
        do throws(SMTPError) {
            let request = SMTPMessage(sender: envelope, recipients: valid, bytes: message)
            let receipt = try await queue.submit(request).get()
            return SMTPReceipt(answer: receipt.answer, recipients: merge(recipients, checked, receipt.recipients))
        } catch {
            let all = merge(recipients, checked, error.recipients)
            throw SMTPError(error.reason, server: error.server, detail: error.detail, recipients: all)
        }
    }

    /// Breaks off what is under way, and returns when the thread has ended. Later messages fail with `.shutDown`.
    public func shutDown() async {
        queue.close()
        await queue.waitForEnd()
    }

    /// Puts the recipients that no server saw back in their places.
    private func merge(
        _ recipients: [String],
        _ checked: [Result<MailAddress, MailAddress.Invalid>],
        _ outcomes: [SMTPRecipient]
    ) -> [SMTPRecipient] {
        var outcomes = outcomes[...]
        return zip(recipients, checked).compactMap { text, address in
            if case .failure(let error) = address { return SMTPRecipient(text, .invalid(error)) }
            return outcomes.popFirst()
        }
    }

    private static func run(_ queue: SMTPSession.Queue, bell: DispatchSemaphore, server: SMTPServer) {
        blockSIGPIPE()
        let hostName = localName()
        while true {
            let work = queue.collect(room: 1)
            if work.isClosed { break }
            guard let ticket = work.tickets.first else {
                bell.wait()
                continue
            }
            queue.answer(ticket, perform(ticket, queue, server: server, hostName: hostName))
        }
        queue.end()
    }

    private static func perform(
        _ ticket: SMTPSession.Queue.Ticket,
        _ queue: SMTPSession.Queue,
        server: SMTPServer,
        hostName: String
    ) -> Result<SMTPReceipt, SMTPError> {
        do throws(SMTPError) {
            let session = try SMTPSession(server: server, hostName: hostName, message: ticket.request) {
                queue.reasonToDrop(ticket)
            }
            return session.perform()
        } catch {
            return .failure(error)
        }
    }

    /// This host's name. Where it has none that fits into a command, "localhost": the address literal that RFC 5321
    /// asks for in that case would be a private one on most hosts, and is refused more often.
    private static func localName() -> String {
        let name = ProcessInfo.processInfo.hostName
        let isName = !name.isEmpty && name.utf8.count <= 253 && (try? MailAddress("agent@\(name)")) != nil
        return isName ? name : "localhost"
    }
}

extension SMTPError {
    init(_ refusal: SMTPSession.Queue.Refusal, server: SMTPServer) {
        switch refusal {
        case .cancelled: self.init(.cancelled, server: server.name, detail: "the caller cancelled it")
        case .shutDown: self.init(.shutDown, server: server.name, detail: "the client was shut down")
        case .full:
            let detail = "\(SMTPClient.maximumWaiting) messages already wait"
            self.init(.tooManyWaiting, server: server.name, detail: detail)
        }
    }
}
