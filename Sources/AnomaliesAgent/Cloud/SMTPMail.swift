import Transport

/// Mail by an SMTP server.
struct SMTPMail: MailSender {
    let name: String
    private let client: SMTPClient

    init(_ server: SMTPServer) {
        name = "\(server.host):\(server.port)"
        client = SMTPClient(server)
    }

    func send(_ message: [UInt8], identity: String, from: String, to: [String]) async throws -> MailReceipt {
        let receipt: SMTPReceipt
        do {
            receipt = try await client.send(message: message, from: from, to: to)
        } catch {
            throw MailFailure("\(error)", kind: Self.kind(of: error.reason))
        }
        var result = MailReceipt(answer: "\(receipt.answer)")
        for recipient in receipt.recipients {
            switch recipient.outcome {
            case .accepted: break
            case .deferred: result.deferred.append(recipient.address)
            case .refused(let reply): result.refused.append("\(recipient.address): \(reply)")
            case .invalid(let reason): result.refused.append("a recipient is no address: \(reason)")
            }
        }
        return result
    }

    private static func kind(of reason: SMTPError.Reason) -> MailFailure.Kind {
        switch reason {
        case .deferred, .timedOut, .connection, .unknownOutcome, .tooManyWaiting, .cancelled, .shutDown: .passing
        case .refused, .tooLarge, .invalidSender: .refused
        case .misconfigured, .authentication, .tls, .other: .misconfigured
        }
    }
}
