import CCurl

/// One request on its way: an easy handle, and the answer as far as it has come. Lives on the loop's thread.
final class HTTPTransfer {
    typealias Queue = TransferQueue<HTTPRequest, Result<HTTPResponse, HTTPError>>

    /// Longer headers than any server sends on purpose. libcurl itself limits only each line.
    private static let maximumHeaderBytes = 256 << 10

    let ticket: Queue.Ticket
    let easy: EasyHandle

    private let endpoint: HTTPEndpoint
    private var response = HTTPResponse(status: 0)
    private var headerBytes = 0
    private var headersAreComplete = false
    private var ownFailure: HTTPError.Reason?
    /// Whether an address was turned down; another of the same name may have served all the same.
    private var refusedAddress = false

    /// Sets the request up; nothing is sent yet.
    /// - Throws: `.badURL`, or `.other` for a header that would break out of its line.
    init(_ ticket: Queue.Ticket, caFile: String?) throws(HTTPError) {
        let request = ticket.request
        guard let endpoint = HTTPEndpoint(url: request.url) else {
            throw HTTPError(.badURL, host: "(unreadable URL)", detail: "only absolute http and https URLs can be sent")
        }
        guard let easy = EasyHandle() else {
            throw HTTPError(.other(code: 2), host: endpoint.origin, detail: "libcurl could not be started")
        }
        self.ticket = ticket
        self.easy = easy
        self.endpoint = endpoint

        try setHeaders(request.headers)
        setMethod(request)
        easy.set(CURLOPT_URL, request.url)
        // Otherwise "/a/../b", a legal S3 key, is sent as "/b", and its signature is wrong.
        easy.set(CURLOPT_PATH_AS_IS, true)
        easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        easy.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        easy.set(CURLOPT_FOLLOWLOCATION, false)
        easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, min(request.timeout, .seconds(5)))
        easy.set(CURLOPT_TIMEOUT_MS, request.timeout)
        easy.set(CURLOPT_TCP_KEEPALIVE, true)
        easy.set(CURLOPT_BUFFERSIZE, 64 << 10)
        easy.requireTrustedPeer(caFile: caFile)
        // An empty string switches off the environment's proxy too.
        if endpoint.isLocal { easy.set(CURLOPT_PROXY, "") }
        setCallbacks()
        if request.addresses == .remote { refuseLocalAddresses() }
        if let code = easy.setupFailure { throw failure(code) }
    }

    /// The answer to a transfer that libcurl has finished.
    func result(_ code: CURLcode) -> Result<HTTPResponse, HTTPError> {
        guard code == CURLE_OK, ownFailure == nil else { return .failure(failure(code)) }
        response.status = easy.long(CURLINFO_RESPONSE_CODE)
        return .success(response)
    }

    private func failure(_ code: CURLcode) -> HTTPError {
        if refusedAddress, ownFailure == nil {
            let detail = "the name stands for an address of this machine, its link or a metadata service"
            return HTTPError(.forbiddenAddress, host: endpoint.origin, detail: detail)
        }
        let detail = easy.explanation(of: code)
        let reason = ownFailure ?? HTTPError.Reason(code, detail: detail)
        return HTTPError(reason, host: endpoint.origin, detail: detail)
    }

    func noteRefusedAddress() { refusedAddress = true }

    private func setMethod(_ request: HTTPRequest) {
        switch request.method {
        case .get where request.body.isEmpty: easy.set(CURLOPT_HTTPGET, true)
        case .head: easy.set(CURLOPT_NOBODY, true)
        case .delete where request.body.isEmpty: easy.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        case .get, .put, .post, .delete:
            easy.set(CURLOPT_POSTFIELDSIZE_LARGE, size: request.body.count)
            easy.set(CURLOPT_POSTFIELDS, pointer: easy.lend(request.body))
            easy.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
    }

    private func setHeaders(_ headers: [(name: String, value: String)]) throws(HTTPError) {
        for header in headers where !Self.isSendable(header) {
            throw HTTPError(
                .other(code: Int(CURLE_BAD_FUNCTION_ARGUMENT.rawValue)),
                host: endpoint.origin,
                detail: "a header holds a line break or another control character, and was not sent"
            )
        }
        let given = Set(headers.map { $0.name.lowercased() })
        // "Name:" takes away what libcurl would add of its own accord. Expect costs a round trip or a second.
        let unwanted = ["Accept", "Content-Type", "Expect"].filter { !given.contains($0.lowercased()) }
        // "Name;" is libcurl's way to send an empty value.
        let lines = headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        easy.set(CURLOPT_HTTPHEADER, list: lines + unwanted.map { "\($0):" })
    }

    private static func isSendable(_ header: (name: String, value: String)) -> Bool {
        !header.name.isEmpty
            && header.name.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: ":") }
            && header.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }
            // libcurl would read these as its own notation, not as part of the name.
            && !header.name.contains(";") && !header.name.hasPrefix("@")
    }
}

// MARK: - What libcurl calls

extension HTTPTransfer {
    /// The context is unretained: the loop holds each transfer until libcurl has let go of its handle.
    private func setCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        easy.set(CURLOPT_HEADERDATA, pointer: context)
        easy.set(CURLOPT_WRITEDATA, pointer: context)
        easy.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let context, let bytes else { return 0 }
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        easy.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let context, let bytes else { return 0 }
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
    }

    /// - Returns: How much was taken; anything but all of it makes libcurl break off.
    private func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        headerBytes += bytes.count
        guard headerBytes <= Self.maximumHeaderBytes else {
            ownFailure = .responseTooLarge(limit: Self.maximumHeaderBytes)
            return 0
        }
        let line = bytes.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        if line.starts(with: "HTTP/".utf8) {
            // 100 Continue and a proxy's answer come with headers of their own before the real ones.
            response.headers = []
            headersAreComplete = false
        } else if line.isEmpty {
            headersAreComplete = true
        } else if !headersAreComplete, let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let name = String(decoding: line[..<colon], as: UTF8.self)
            let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
            let value = line[(colon + 1)...].drop(while: isBlank)
            let end = value.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? value.startIndex
            response.headers.append((name, String(decoding: value[..<end], as: UTF8.self)))
        }
        return bytes.count
    }

    private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        let limit = ticket.request.maximumResponseBytes
        guard response.body.count + bytes.count <= limit else {
            ownFailure = .responseTooLarge(limit: limit)
            return 0
        }
        if response.body.isEmpty {
            // What the peer announces is believed only as far as the limit goes.
            response.body.reserveCapacity(min(max(easy.size(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T), bytes.count), limit))
        }
        response.body.append(contentsOf: bytes)
        return bytes.count
    }
}
