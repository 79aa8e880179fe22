import Foundation
import TestSupport
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(5))) struct HTTPClientTests {
    /// What the peer saw of a request.
    struct Seen: Decodable {
        let line: String
        let headers: [[String]]
        let length: Int
        let sha256: String
        let connection: Int

        func value(_ name: String) -> String? { headers.first { $0[0].lowercased() == name.lowercased() }?[1] }
    }

    let peer: HTTPPeer
    let http = HTTPClient()

    init() throws {
        peer = try HTTPPeer.shared.get()
    }

    private func echo(_ request: HTTPRequest) async throws -> Seen {
        try JSONDecoder().decode(Seen.self, from: Data(try await http.send(request).body))
    }

    private func reason(_ request: HTTPRequest, from client: HTTPClient? = nil) async -> HTTPError.Reason? {
        do throws(HTTPError) {
            _ = try await (client ?? http).send(request)
            return nil
        } catch {
            return error.reason
        }
    }

    // MARK: - What is sent

    @Test(arguments: [
        "/a/../b", "/a/./b//c", "/%7Ea%2Fb%2f", "/~a", "/a+b?x=a+b&y=%20", "/?", "/p?", "/p?a", "/p?a=/../b?c",
        "/a;b,c=d!$'()*@:",
        "", "/..", "/%00", "/{}|^`\"<>\\",
    ])
    func `a URL is sent byte for byte`(target: String) async throws {
        let seen = try await echo(HTTPRequest(.get, peer.url(target)))
        #expect(seen.line == "GET \(target.isEmpty ? "/" : target) HTTP/1.1")
    }

    @Test(arguments: [HTTPRequest.Method.get, .put, .post, .delete], [0, 1, 3_000_000])
    func `a body arrives whole, and nothing is added but Host and Content-Length`(
        method: HTTPRequest.Method,
        size: Int
    ) async throws {
        let body = noise(size)
        let headers = [("X-B", "2"), ("x-a", "1"), ("X-Empty", ""), ("X-B", "again")].map { (name: $0.0, value: $0.1) }
        let seen = try await echo(HTTPRequest(method, peer.url("/echo"), headers: headers, body: body))
        #expect(seen.line == "\(method.rawValue) /echo HTTP/1.1")
        #expect(seen.length == size)
        let digest = try run(["sha256sum"], input: body).prefix(64)
        #expect(seen.sha256 == String(decoding: digest, as: UTF8.self))
        let ours = ["host", "content-length"]
        #expect(seen.headers.filter { !ours.contains($0[0].lowercased()) } == headers.map { [$0.name, $0.value] })
        let needsLength = size > 0 || method == .put || method == .post
        #expect(seen.value("Content-Length") == (needsLength ? "\(size)" : nil))
    }

    @Test func `the caller's Host, Accept and Content-Type win`() async throws {
        let headers = [("Host", "example.com"), ("Accept", "a/b"), ("Content-Type", "c/d")].map {
            (name: $0.0, value: $0.1)
        }
        let seen = try await echo(HTTPRequest(.post, peer.url("/echo"), headers: headers, body: [1]))
        for header in headers {
            #expect(seen.headers.filter { $0[0] == header.name } == [[header.name, header.value]])
        }
    }

    @Test(arguments: [
        ("X-A", "b\r\nX-C: d"), ("X-A\r\nX-C", "d"), ("X-A", "\0"), ("X A", "b"), ("", "b"), ("X-A;", ""),
    ])
    func `a header that would break out of its line is not sent`(name: String, value: String) async {
        let outcome = await reason(HTTPRequest(.get, peer.url("/echo"), headers: [(name, value)]))
        #expect(outcome == .other(code: 43))
    }

    @Test(arguments: [
        "", "example.com", "/path", "ftp://example.com/", "file:///etc/passwd", "http://", "http://user:pw@127.0.0.1/",
        "http://127.0.0.1/a b", "http://127.0.0.1/ä", "http://127.0.0.1/\r\nX: y", "http://127.0.0.1:99999/",
    ])
    func `only an absolute http or https URL in ASCII is tried`(url: String) async {
        #expect(await reason(HTTPRequest(.get, url)) == .badURL)
    }

    // MARK: - What is received

    @Test(arguments: [200, 204, 304, 400, 404, 500, 503])
    func `any status is an answer`(status: Int) async throws {
        let head = status == 204 || status == 304
        let answer = try await http.send(HTTPRequest(head ? .head : .get, peer.url("/status/\(status)")))
        #expect(answer.status == status)
    }

    @Test func `headers keep their order, repeat, and are found in any case`() async throws {
        let answer = try await http.send(HTTPRequest(.get, peer.url("/echo")))
        let twice = answer.headers.filter { $0.name.lowercased() == "x-twice" }
        #expect(twice.map(\.name) == ["X-Twice", "x-twice"])
        #expect(twice.map(\.value) == ["a", "b"])
        #expect(answer.header("X-TWICE") == "a")
    }

    @Test func `redirects are answers, not followed`() async throws {
        let answer = try await http.send(HTTPRequest(.get, peer.url("/redirect")))
        #expect(answer.status == 302)
        #expect(answer.header("Location") == "/echo")
    }

    @Test func `interim answers and trailers leave no trace`() async throws {
        let interim = try await http.send(HTTPRequest(.post, peer.url("/continue"), body: [1]))
        #expect(interim.status == 200)
        #expect(interim.header("X-Interim") == nil)
        #expect(interim.header("X-Final") == "yes")
        #expect(interim.body == Array("done".utf8))
        let trailer = try await http.send(HTTPRequest(.get, peer.url("/trailer")))
        #expect(trailer.body == Array("ok".utf8))
        #expect(trailer.header("X-Trailer") == nil)
    }

    @Test func `HEAD of a large object is a small answer`() async throws {
        let answer = try await http.send(HTTPRequest(.head, peer.url("/head")))
        #expect(answer.header("Content-Length") == "99999999999")
        #expect(answer.body.isEmpty)
    }

    @Test(arguments: ["/endless", "/announced"])
    func `an answer over the limit is cut off`(path: String) async {
        let request = HTTPRequest(.get, peer.url(path), maximumResponseBytes: 4000)
        #expect(await reason(request) == .responseTooLarge(limit: 4000))
    }

    @Test func `headers without end are cut off`() async {
        #expect(await reason(HTTPRequest(.get, peer.url("/endless-headers"))) != nil)
    }

    @Test(arguments: ["/cut", "/nothing", "/reset"])
    func `an answer that breaks off is no answer, and worth another try`(path: String) async throws {
        let error = try await #require(throws: HTTPError.self) {
            _ = try await http.send(HTTPRequest(.get, peer.url(path)))
        }
        #expect(error.reason == .interrupted)
        #expect(error.isRetryable)
        #expect(error.description.contains("http://127.0.0.1:\(peer.port)"))
        #expect(!error.description.contains(path))
    }

    @Test func `an answer that is not HTTP is an error`() async {
        #expect(await reason(HTTPRequest(.get, peer.url("/garbage"))) != nil)
    }

    // MARK: - Connections and time

    @Test func `connections are kept and used again`() async throws {
        var connections: Set<Int> = []
        for _ in 0..<20 { connections.insert(try await echo(HTTPRequest(.get, peer.url("/echo"))).connection) }
        #expect(connections.count == 1)
    }

    @Test func `a server that never answers is timed out`() async {
        #expect(await reason(HTTPRequest(.get, peer.url("/hang"), timeout: .milliseconds(50))) == .timedOut)
    }

    @Test func `nobody at the port, and no such name`() async throws {
        let port = try freePorts(1)[0]
        #expect(await reason(HTTPRequest(.get, "http://127.0.0.1:\(port)/")) == .cannotConnect)
        #expect(await reason(HTTPRequest(.get, "http://no-such-host.invalid/")) == .cannotResolve)
    }

    @Test func `cancelling the task hangs up`() async throws {
        let peer = try HTTPPeer()
        let task = Task { await reason(HTTPRequest(.get, peer.url("/hang"))) }
        #expect(try await http.send(HTTPRequest(.get, peer.url("/await/hung/1"))).status == 200)
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(try await http.send(HTTPRequest(.get, peer.url("/await/left/1"))).status == 200)
    }

    @Test func `a task that was cancelled before sends nothing`() async {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await reason(HTTPRequest(.get, peer.url("/hang")))
        }
        #expect(await task.value == .cancelled)
    }

    @Test func `no more transfers run than agreed, and the queue is bounded`() async throws {
        let peer = try HTTPPeer()
        let small = HTTPClient(caFile: nil, maximumConcurrent: 2, maximumWaiting: 3)
        let hold = HTTPRequest(.get, peer.url("/hold"))
        let reasons = await withTaskGroup(of: HTTPError.Reason?.self) { group in
            for _ in 0..<2 { group.addTask { await reason(hold, from: small) } }
            #expect(await reason(HTTPRequest(.get, peer.url("/await/held/2"))) == nil)
            // Two run until they are released, so three of these wait, and the rest is refused.
            for _ in 0..<7 { group.addTask { await reason(hold, from: small) } }
            var reasons: [HTTPError.Reason?] = []
            while reasons.count < 4, let reason = await group.next() { reasons.append(reason) }
            #expect(await reason(HTTPRequest(.get, peer.url("/release"))) == nil)
            for await reason in group { reasons.append(reason) }
            return reasons
        }
        #expect(reasons.count { $0 == nil } == 5)
        #expect(reasons.prefix(4).allSatisfy { $0 == .cannotConnect })
        let counts = try await http.send(HTTPRequest(.get, peer.url("/counts"))).body
        #expect(try JSONDecoder().decode([String: Int].self, from: Data(counts))["peak"] == 2)
        await small.shutDown()
    }

    @Test func `a cancelled transfer and an unreadable URL make room for those that wait`() async throws {
        let peer = try HTTPPeer()
        let small = HTTPClient(caFile: nil, maximumConcurrent: 1, maximumWaiting: 100)
        let first = Task { await reason(HTTPRequest(.get, peer.url("/hang")), from: small) }
        #expect(await reason(HTTPRequest(.get, peer.url("/await/hung/1"))) == nil)
        let others = (0..<20).map { index in
            Task { await reason(HTTPRequest(.get, index % 2 == 0 ? "no URL" : peer.url("/status/200")), from: small) }
        }
        #expect(await reason(HTTPRequest(.get, peer.url("/counts"))) == nil)
        first.cancel()
        for (index, task) in others.enumerated() { #expect(await task.value == (index % 2 == 0 ? .badURL : nil)) }
    }

    @Test func `five hundred requests at once all come back`() async throws {
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<500 {
                group.addTask { try await http.send(HTTPRequest(.get, peer.url("/status/\(200 + index % 2)"))).status }
            }
            return try await group.reduce(into: 0) { $0 += $1 }
        }
        #expect(statuses == 250 * 200 + 250 * 201)
    }

    @Test func `shutting down ends what runs and refuses what comes`() async throws {
        let peer = try HTTPPeer()
        let other = HTTPClient()
        let task = Task {
            try await #require(throws: HTTPError.self) {
                _ = try await other.send(HTTPRequest(.get, peer.url("/hang")))
            }
        }
        #expect(try await http.send(HTTPRequest(.get, peer.url("/await/hung/1"))).status == 200)
        await other.shutDown()
        #expect(try await task.value.reason == .shutDown)
        let late = await #expect(throws: HTTPError.self) { _ = try await other.send(HTTPRequest(.get, peer.url("/"))) }
        #expect(late?.reason == .shutDown)
        await other.shutDown()
        #expect(try await http.send(HTTPRequest(.get, peer.url("/await/left/1"))).status == 200)
    }
}

@Suite(.timeLimit(.minutes(5))) struct HTTPSTests {
    @Test func `a certificate is accepted only from a known authority and for its name`() async throws {
        let peer = try HTTPPeer(tls: true)
        let trusting = HTTPClient(caFile: peer.caFile)
        #expect(try await trusting.send(HTTPRequest(.get, "https://localhost:\(peer.port)/echo")).status == 200)

        let wrongName = await #expect(throws: HTTPError.self) {
            _ = try await trusting.send(HTTPRequest(.get, "https://127.0.0.1:\(peer.port)/echo"))
        }
        #expect(wrongName?.reason == .tls)
        #expect(wrongName?.isRetryable == false)
        let unknown = await #expect(throws: HTTPError.self) {
            _ = try await HTTPClient().send(HTTPRequest(.get, "https://localhost:\(peer.port)/echo"))
        }
        #expect(unknown?.reason == .tls)
        let plainPeer = try SMTPPeer([:])
        let plain = await #expect(throws: HTTPError.self) {
            _ = try await trusting.send(HTTPRequest(.get, "https://localhost:\(plainPeer.port)/echo"))
        }
        #expect(plain?.reason == .tls)
        let silentPeer = try SMTPPeer(["greeting": "drop"])
        let silent = await #expect(throws: HTTPError.self) {
            _ = try await trusting.send(HTTPRequest(.get, "https://localhost:\(silentPeer.port)/echo"))
        }
        #expect(silent?.reason == .interrupted)
    }
}

@Suite struct HTTPEndpointTests {
    @Test(arguments: [
        "http://localhost/", "http://LOCALHOST:80/", "http://a.localhost/", "http://127.0.0.1/", "http://127.9.9.9/",
        "http://127.1/", "http://0x7f000001/", "http://[::1]:8080/", "http://169.254.169.254/latest/",
        "http://169.254.170.2/",
        "http://[fd00:ec2::254]/",
    ])
    func `loopback and link-local hosts never go through a proxy`(url: String) throws {
        #expect(try #require(HTTPEndpoint(url: url)).isLocal)
    }

    @Test(arguments: [
        "http://example.com/", "http://127.0.0.1.example.com/", "http://localhost.example.com/", "http://10.0.0.1/",
        "http://128.0.0.1/", "http://127.example/",
    ])
    func `other hosts may`(url: String) throws {
        #expect(try #require(HTTPEndpoint(url: url)).isLocal == false)
    }

    @Test func `messages show scheme, host and port only`() {
        #expect(HTTPEndpoint(url: "https://Example.com/secret?key=1")?.origin == "https://example.com:443")
    }
}

/// `Peers/http_peer.py`.
final class HTTPPeer: Sendable {
    /// For tests that do not count what the peer has seen; ends with the test run.
    static let shared = Result { try HTTPPeer() }

    let port: Int
    let caFile: String?
    private let process: PeerProcess

    init(tls: Bool = false) throws {
        let command = ["python3", PeerFiles.path("http_peer.py")] + (tls ? ["tls"] : [])
        let (process, answer) = try PeerProcess.start(command, untilLine: "ready")
        let words = answer.split(separator: " ").map(String.init)
        self.process = process
        port = try #require(Int(words[0]))
        caFile = words.count > 1 ? words[1] : nil
    }

    deinit {
        process.stop()
    }

    func url(_ target: String) -> String { "http://127.0.0.1:\(port)\(target)" }
}
