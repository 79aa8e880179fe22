import Foundation

/// HTTP/1.1 over libcurl: one thread, any number of callers, connections kept and reused.
///
/// - Up to `maximumConcurrent` requests run at once. Up to `maximumWaiting` more wait in order, their timeouts not
///   yet running; beyond that a request fails at once with `.cannotConnect`, which is retryable.
/// - Certificates are always verified, redirects never followed, and a proxy is taken from the environment
///   (`https_proxy`, `no_proxy`, …) except for loopback and link-local addresses.
/// - A cancelled task's transfer is broken off, and its connection closed.
///
///     let http = HTTPClient()
///     let answer = try await http.send(HTTPRequest(.get, "https://example.com/"))
///     await http.shutDown()
public final class HTTPClient: HTTPExchange {
    private let queue: HTTPTransfer.Queue

    /// - Parameter caFile: A PEM file of the authorities to trust instead of the system's.
    public convenience init(caFile: String? = nil) {
        self.init(caFile: caFile, maximumConcurrent: 64, maximumWaiting: 1024)
    }

    init(caFile: String?, maximumConcurrent: Int, maximumWaiting: Int) {
        let alarm = HTTPLoop.Alarm()
        let queue = HTTPTransfer.Queue(
            capacity: maximumWaiting,
            refuse: { refusal, request in .failure(HTTPError(refusal, to: request, maximumWaiting: maximumWaiting)) },
            wake: { alarm.ring() }
        )
        self.queue = queue
        let thread = Thread {
            var loop = HTTPLoop(queue: queue, alarm: alarm, caFile: caFile, maximumConcurrent: maximumConcurrent)
            loop.run()
        }
        thread.name = "http"
        thread.start()
    }

    deinit {
        queue.close()
    }

    public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        try await queue.submit(request).get()
    }

    /// Fails what is under way with `.shutDown`, and returns when the thread has ended. Later requests fail alike.
    public func shutDown() async {
        queue.close()
        await queue.waitForEnd()
    }
}

extension HTTPError {
    /// What happened on our side of the wire.
    init(_ reason: Reason, to request: HTTPRequest) {
        let detail =
            switch reason {
            case .shutDown: "the client was shut down"
            case .cancelled: "the caller cancelled the request"
            default: "libcurl failed"
            }
        self.init(reason, host: HTTPEndpoint(url: request.url)?.origin ?? "(unreadable URL)", detail: detail)
    }

    init(_ refusal: HTTPTransfer.Queue.Refusal, to request: HTTPRequest, maximumWaiting: Int) {
        switch refusal {
        case .cancelled: self.init(.cancelled, to: request)
        case .shutDown: self.init(.shutDown, to: request)
        case .full:
            self.init(
                .cannotConnect,
                host: HTTPEndpoint(url: request.url)?.origin ?? "(unreadable URL)",
                detail: "\(maximumWaiting) requests already wait in this process; not sent"
            )
        }
    }
}
