import CCurl

/// One message handed over on a connection of its own, on the calling thread.
///
/// A kept connection would save a handshake, but libcurl 7.88 says QUIT to it with a wait of up to two minutes in
/// which nothing can stop it; and servers hang up on idle clients, which then looks like a failed message.
final class SMTPSession {
    typealias Queue = TransferQueue<SMTPMessage, Result<SMTPReceipt, SMTPError>>

    /// Why the session itself broke off; libcurl only knows that a callback did.
    private enum Abort {
        case refusal(Queue.Refusal)
        case connectTimeout
        case timeout
        case tooLarge(limit: Int)
    }

    /// After the answer nothing that the server says matters, and a caller is waiting.
    private static let farewell = Duration.seconds(5)

    private let easy: EasyHandle
    private let server: SMTPServer
    private let message: SMTPMessage
    private let reasonToDrop: () -> Queue.Refusal?
    private let started = ContinuousClock.now

    private var dialogue = SMTPDialogue()
    private var sentBytes = 0
    private var messageSent: ContinuousClock.Instant?
    private var answered: ContinuousClock.Instant?
    private var abort: Abort?

    /// - Parameter reasonToDrop: Asked about once a second, and before each block of the message.
    init(
        server: SMTPServer,
        hostName: String,
        message: SMTPMessage,
        reasonToDrop: @escaping () -> Queue.Refusal?
    ) throws(SMTPError) {
        let url = try server.url(hostName: hostName)
        guard let easy = EasyHandle() else {
            throw SMTPError(.other(code: 2), server: server.name, detail: "libcurl could not be started")
        }
        self.easy = easy
        self.server = server
        self.message = message
        self.reasonToDrop = reasonToDrop

        easy.set(CURLOPT_URL, url)
        easy.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        // A proxy for the web knows nothing of mail.
        easy.set(CURLOPT_PROXY, "")
        if server.security == .startTLS { easy.set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        easy.requireTrustedPeer(caFile: server.caFile)
        if let username = server.username {
            easy.set(CURLOPT_USERNAME, username)
            easy.set(CURLOPT_PASSWORD, server.password?.revealed ?? "")
            // Under TLS these two are as good as any, and every server has one of them.
            easy.set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN")
        }
        easy.set(CURLOPT_MAIL_FROM, message.sender.description)
        easy.set(CURLOPT_MAIL_RCPT, list: message.recipients.map(\.description))
        easy.setMailRecipientsMayFail()
        // The size is not told to libcurl: it would compare it with the bytes it has sent, which dot-stuffing makes
        // more, and could take the middle of a message for its end.
        easy.set(CURLOPT_UPLOAD, true)
        easy.set(CURLOPT_FORBID_REUSE, true)
        // Our own deadlines come first; these are the net below them, and end waits inside libcurl.
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, server.timeouts.dialogue)
        let longest = max(server.timeouts.dialogue, server.timeouts.answer)
        easy.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, max(1, Int(longest.components.seconds)))
        setCallbacks()
        if let code = easy.setupFailure { throw failure(code) }
    }

    func perform() -> Result<SMTPReceipt, SMTPError> {
        let code = curl_easy_perform(easy.pointer)
        // A QUIT that fails changes nothing about what was accepted.
        guard let answer = dialogue.answer, answer.code == 250 else { return .failure(failure(code)) }
        return .success(SMTPReceipt(answer: answer, recipients: outcomes))
    }

    private var outcomes: [SMTPRecipient] {
        zip(message.recipients, dialogue.recipients).map { address, reply in
            let outcome: SMTPRecipient.Outcome =
                reply.isPositive ? .accepted : reply.isTransient ? .deferred(reply) : .refused(reply)
            return SMTPRecipient(address.description, outcome)
        }
    }

    // MARK: - Errors

    private func failure(_ code: CURLcode) -> SMTPError {
        let detail = easy.explanation(of: code)
        let reason = reason(code, detail: detail)
        return SMTPError(reason, server: server.name, detail: words(for: reason) ?? detail, recipients: outcomes)
    }

    private func words(for reason: SMTPError.Reason) -> String? {
        switch reason {
        case .cancelled: "the caller cancelled it"
        case .shutDown: "the client was shut down"
        case .timedOut(let stage): "the time for it was over (\(stage.rawValue))"
        case .unknownOutcome:
            switch abort {
            case .timeout: "the time for it was over"
            case .refusal: "the caller did not wait"
            default: nil
            }
        case .refused(_, let reply), .deferred(_, let reply): reply.description
        default: nil
        }
    }

    /// The first thing that is certain wins: the server's own words, then our own doing, then libcurl's guess.
    private func reason(_ code: CURLcode, detail: String) -> SMTPError.Reason {
        if let answer = dialogue.answer { return Self.reason(.message, answer) }
        if messageSent != nil { return .unknownOutcome }
        switch abort {
        case .refusal(.cancelled): return .cancelled
        case .refusal: return .shutDown
        case .connectTimeout: return .timedOut(.greeting)
        case .timeout: return .timedOut(dialogue.stage)
        case .tooLarge(let limit): return .tooLarge(limit: limit)
        case nil: break
        }
        if dialogue.stage == .recipient, dialogue.recipients.count == message.recipients.count {
            // One that may be accepted later is worth another try, and the others are then refused again.
            let replies = dialogue.recipients.filter { !$0.isPositive }
            if let reply = replies.first(where: \.isTransient) ?? replies.last { return Self.reason(.recipient, reply) }
        }
        if let reply = dialogue.replies[dialogue.stage], !reply.isPositive {
            return Self.reason(dialogue.stage, reply)
        }
        switch code {
        case CURLE_LOGIN_DENIED: return .authentication(nil)
        case CURLE_OPERATION_TIMEDOUT: return .timedOut(dialogue.stage)
        default: break
        }
        switch HTTPError.Reason(code, detail: detail) {
        case .tls: return .tls
        case .cannotResolve, .cannotConnect, .interrupted, .timedOut: return .connection
        default: return .other(code: Int(code.rawValue))
        }
    }

    /// RFC 4954 has codes of its own for logins, and servers use 530 wherever one is missing.
    private static func reason(_ stage: SMTPStage, _ reply: SMTPReply) -> SMTPError.Reason {
        if reply.isTransient { return .deferred(stage, reply) }
        if stage == .authentication || [530, 534, 535, 538].contains(reply.code) { return .authentication(reply) }
        return stage == .startTLS ? .tls : .refused(stage, reply)
    }
}

// MARK: - What libcurl calls

extension SMTPSession {
    /// The context is unretained: `perform` keeps the session alive for as long as libcurl runs.
    private func setCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        easy.set(CURLOPT_READDATA, pointer: context)
        easy.setReader { bytes, size, count, context in
            guard let context, let bytes else { return Int(CURL_READFUNC_ABORT) }
            let session = Unmanaged<SMTPSession>.fromOpaque(context).takeUnretainedValue()
            return session.provide(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
        }
        easy.set(CURLOPT_NOPROGRESS, false)
        easy.set(CURLOPT_XFERINFODATA, pointer: context)
        easy.setProgress { context, _, _, _, _ in
            guard let context else { return 1 }
            return Unmanaged<SMTPSession>.fromOpaque(context).takeUnretainedValue().mustStop() ? 1 : 0
        }
        // The only way to see commands beside replies. Nothing is printed: the callback takes the place of stderr.
        easy.set(CURLOPT_VERBOSE, true)
        easy.set(CURLOPT_DEBUGDATA, pointer: context)
        easy.setDebug { _, kind, bytes, count, context in
            guard let context, let bytes else { return 0 }
            let session = Unmanaged<SMTPSession>.fromOpaque(context).takeUnretainedValue()
            session.note(kind, UnsafeRawBufferPointer(start: bytes, count: count))
            return 0
        }
    }

    private func provide(into room: UnsafeMutableRawBufferPointer) -> Int {
        if let limit = dialogue.sizeLimit, message.bytes.count > limit {
            abort = .tooLarge(limit: limit)
            return Int(CURL_READFUNC_ABORT)
        }
        if mustStop() { return Int(CURL_READFUNC_ABORT) }
        let count = min(room.count, message.bytes.count - sentBytes)
        if count == 0 {
            // libcurl asks again only when everything before is written: what it sends next is the final dot.
            messageSent = .now
            dialogue.sentMessage()
            return 0
        }
        room.copyBytes(from: message.bytes[sentBytes..<(sentBytes + count)])
        sentBytes += count
        return count
    }

    private func note(_ kind: curl_infotype, _ bytes: UnsafeRawBufferPointer) {
        switch kind {
        case CURLINFO_HEADER_OUT: dialogue.sent(bytes)
        case CURLINFO_HEADER_IN:
            dialogue.received(bytes)
            if dialogue.answer != nil, answered == nil { answered = .now }
        default: break
        }
    }

    private func mustStop() -> Bool {
        if abort != nil { return true }
        if let answered { return answered.duration(to: .now) > Self.farewell }
        if let refusal = reasonToDrop() {
            abort = .refusal(refusal)
        } else if let messageSent {
            if messageSent.duration(to: .now) > server.timeouts.answer { abort = .timeout }
        } else if started.duration(to: .now) > server.timeouts.dialogue {
            abort = .timeout
        } else if started.duration(to: .now) > server.timeouts.connect, easy.size(CURLINFO_CONNECT_TIME_T) == 0 {
            abort = .connectTimeout
        }
        return abort != nil
    }
}
