/// Where mail is handed over, and how.
public struct SMTPServer: Sendable {
    public enum Security: String, Sendable, CaseIterable {
        /// Plain at first, then TLS (port 587). Required: a server without it gets no mail and no password.
        case startTLS
        /// TLS from the first byte (port 465).
        case tls
        case none
    }

    /// How long each stage may take, each in one go: a server that drips bytes gains nothing.
    public struct Timeouts: Sendable, Equatable {
        /// Until the TCP connection stands.
        public var connect: Duration
        /// From the start until the whole message is sent: greeting, TLS, login, recipients, text.
        public var dialogue: Duration
        /// For the answer to the message. RFC 5321, 4.5.3.2.6 asks for 10 minutes: who hangs up earlier gets the
        /// message delivered twice.
        public var answer: Duration

        public init(
            connect: Duration = .seconds(10),
            dialogue: Duration = .seconds(300),
            answer: Duration = .seconds(600)
        ) {
            self.connect = connect
            self.dialogue = dialogue
            self.answer = answer
        }
    }

    /// A name, or an IP address (IPv6 without brackets).
    public var host: String
    public var port: Int
    public var security: Security
    public var username: String?
    public var password: Secret?
    /// A PEM file of the authorities to trust instead of the system's.
    public var caFile: String?
    /// How we introduce ourselves (EHLO). `nil`: this host's name.
    public var clientName: String?
    public var timeouts: Timeouts

    public init(
        host: String,
        port: Int,
        security: Security,
        username: String? = nil,
        password: Secret? = nil,
        caFile: String? = nil,
        clientName: String? = nil,
        timeouts: Timeouts = Timeouts()
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.username = username
        self.password = password
        self.caFile = caFile
        self.clientName = clientName
        self.timeouts = timeouts
    }

    /// For messages: `mail.example.com:587`.
    var name: String { "\(host):\(port)" }

    /// As it stands in a URL.
    private var urlHost: String { host.contains(":") ? "[\(host)]" : host }

    /// libcurl takes the name for EHLO from the path.
    /// - Throws: `.misconfigured` where a part could change the meaning of the URL, or a password would travel bare.
    func url(hostName: String) throws(SMTPError) -> String {
        guard !host.isEmpty, host.utf8.allSatisfy(Self.isHostCharacter), (1...65_535).contains(port) else {
            throw SMTPError(.misconfigured, server: name, detail: "this is not a host name and port")
        }
        let isLoopback = HTTPEndpoint(url: "http://\(urlHost)/")?.isLoopback ?? false
        if username != nil, security == .none, !isLoopback {
            throw SMTPError(
                .misconfigured,
                server: name,
                detail: "a password would be sent without TLS; nothing was sent. Use startTLS or tls"
            )
        }
        let client = clientName ?? hostName
        guard !client.isEmpty, client.utf8.allSatisfy(Self.isHostCharacter) else {
            throw SMTPError(.misconfigured, server: name, detail: "the client name is not a host name")
        }
        let scheme = security == .tls ? "smtps" : "smtp"
        return "\(scheme)://\(urlHost):\(port)/\(client)"
    }

    private static func isHostCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
