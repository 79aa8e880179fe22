/// One HTTP request, complete: nothing is added to it on the way but `Content-Length` and `Host`.
public struct HTTPRequest: Sendable {
    public enum Method: String, Sendable {
        case get = "GET"
        case put = "PUT"
        case post = "POST"
        case head = "HEAD"
        case delete = "DELETE"
    }

    public var method: Method
    /// Absolute, already percent-encoded; sent byte for byte, because a signature covers it.
    public var url: String
    /// In the order they are sent. A name may repeat.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// From the first packet to the last byte of the answer.
    public var timeout: Duration
    /// A longer answer is cut off with `HTTPError.responseTooLarge`, before it is held in memory.
    public var maximumResponseBytes: Int
    public var addresses = AddressPolicy.any

    /// With which addresses a connection may be opened, whatever a name resolves to.
    public enum AddressPolicy: Sendable {
        case any
        /// Not this machine, its link, a group of machines, or where clouds hand out credentials.
        case remote
    }

    /// Scheme, host and port as libcurl reads them: `https://example.com:443`. `nil` for what cannot be sent.
    public var origin: String? { HTTPEndpoint(url: url)?.origin }

    public init(
        _ method: Method,
        _ url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        timeout: Duration = .seconds(60),
        maximumResponseBytes: Int = 64 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.maximumResponseBytes = maximumResponseBytes
    }
}

/// An answer with any status: what a 404 means is the caller's business.
public struct HTTPResponse: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that name, whatever its case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// The seam to the network: libcurl in production, a script in tests and simulation.
public protocol HTTPExchange: Sendable {
    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse
}

/// Why no answer, or no whole answer, arrived.
public struct HTTPError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        case timedOut
        case cannotResolve
        case cannotConnect
        /// The certificate or the handshake was refused; retrying cannot help.
        case tls
        case interrupted
        case responseTooLarge(limit: Int)
        /// The name resolved to an address that `HTTPRequest.AddressPolicy` forbids.
        case forbiddenAddress
        case badURL
        case cancelled
        case shutDown
        case other(code: Int)
    }

    public let reason: Reason
    /// Scheme, host and port only: a path or query may hold names that are nobody else's business.
    public let host: String
    /// libcurl's own words.
    public let detail: String

    public init(_ reason: Reason, host: String, detail: String) {
        self.reason = reason
        self.host = host
        self.detail = detail
    }

    /// Whether the same request may succeed later without anyone changing anything.
    public var isRetryable: Bool {
        switch reason {
        case .timedOut, .cannotResolve, .cannotConnect, .interrupted: true
        case .tls, .responseTooLarge, .forbiddenAddress, .badURL, .cancelled, .shutDown, .other: false
        }
    }

    public var description: String {
        switch reason {
        case .tls: "\(host): \(detail). Check the server's certificate, or name its authority in the configuration."
        case .responseTooLarge(let limit): "\(host): the answer is longer than \(limit) bytes and was not read."
        case .forbiddenAddress: "\(host): \(detail). Nothing was sent."
        default: "no answer from \(host): \(detail)"
        }
    }
}
