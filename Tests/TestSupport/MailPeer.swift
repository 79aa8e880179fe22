import Foundation
import Glibc
import Synchronization

/// Postfix and Dovecot on loopback: a real mail server that takes any recipient into one mailbox.
///
///     let mail = try MailPeer.shared()
public final class MailPeer: Sendable {
    /// STARTTLS and a login are required.
    public let starttlsPort: Int
    /// TLS from the first byte, and a login.
    public let smtpsPort: Int
    /// No TLS, no login.
    public let plainPort: Int
    /// Plain IMAP with a login; all mail is in INBOX.
    public let imapPort: Int
    public let user = "agent"
    public let password = "correct horse battery"
    /// Valid for `localhost` and 127.0.0.1.
    public let caFile: String
    /// Delivered mail, one file each, while nobody has looked at it by IMAP.
    public let maildir: String

    private let process: PeerProcess

    private static let common = Mutex<Result<MailPeer, PeerUnavailable>?>(nil)

    /// The one server of this test run, started at the first call and stopped when the process ends. Tests that share
    /// it find their mail by its Message-ID.
    public static func shared() throws -> MailPeer {
        try common.withLock { common in
            if let common { return try common.get() }
            let result = Result { try start() }.mapError { PeerUnavailable("\($0)") }
            common = result
            return try result.get()
        }
    }

    /// - Throws: `PeerUnavailable` where Postfix and Dovecot are not installed or do not start.
    public static func start() throws -> MailPeer {
        try PeerUnavailable.require(["/usr/sbin/postfix", "/usr/sbin/dovecot", "/usr/bin/openssl"], for: "mail.sh")
        guard geteuid() == 0 else {
            throw PeerUnavailable("mail.sh needs root, as Postfix does. Run the tests as root.")
        }
        return try MailPeer(ports: freePorts(4))
    }

    private init(ports: [Int]) throws {
        let command = [PeerFiles.path("mail.sh")] + ports.map(String.init) + [user, password]
        let (process, folder) = try PeerProcess.start(command, untilLine: "ready", within: .seconds(60))
        self.process = process
        starttlsPort = ports[0]
        smtpsPort = ports[1]
        plainPort = ports[2]
        imapPort = ports[3]
        caFile = folder + "/cert.pem"
        maildir = folder + "/mail/Maildir/new"
    }

    public func stop() {
        process.stop()
    }
}

/// Ports on 127.0.0.1 that were free a moment ago, all different.
public func freePorts(_ count: Int) throws -> [Int] {
    var sockets: [CInt] = []
    defer { sockets.forEach { close($0) } }
    return try (0..<count).map { _ in
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        sockets.append(descriptor)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
            }
        }
        guard status == 0 else { throw PeerUnavailable("no free port: \(String(cString: strerror(errno)))") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
