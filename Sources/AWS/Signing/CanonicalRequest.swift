import Transport

/// A request in the one form that client and AWS both sign.
///
/// Source: AWS General Reference, “Create a signed AWS API request”, step 1; for S3, “Authenticating Requests: Using
/// the Authorization Header (AWS Signature Version 4)”, task 1.
struct CanonicalRequest {
    /// How a service reads the path of a request.
    enum PathRule {
        /// S3: a key is any bytes, `//` and `..` included. The path is signed as it is sent, encoded once.
        case asSent
        /// Everything else: `.`, `..` and `//` are resolved, and the path, as it is sent, is encoded once more.
        case normalizedAndEncodedAgain
        /// For the test suite, which also has this combination.
        case encodedAgain
    }

    let text: String
    /// Lowercase names, sorted, joined with `;`.
    let signedHeaders: String

    /// - Parameters:
    ///   - request: complete but for `Authorization`. `Host` is taken from the URL unless it is among the headers.
    ///   - payloadHash: of the body, hexadecimal; or `UNSIGNED-PAYLOAD`.
    init(_ request: HTTPRequest, payloadHash: String, paths: PathRule) {
        let url = URLParts(request.url)
        let headers = Self.canonicalHeaders(of: request, host: url.host)
        signedHeaders = headers.map(\.name).joined(separator: ";")
        text = [
            request.method.rawValue,
            Self.canonicalPath(url.path, paths),
            Self.canonicalQuery(url.query),
            headers.map { "\($0.name):\($0.value)\n" }.joined(),
            signedHeaders,
            payloadHash,
        ].joined(separator: "\n")
    }

    private static func canonicalPath(_ path: Substring, _ rule: PathRule) -> String {
        switch rule {
        case .asSent: path.isEmpty ? "/" : String(path)
        case .encodedAgain: PercentEncoding.encoded(path.isEmpty ? "/" : path, keepingSlashes: true)
        case .normalizedAndEncodedAgain: PercentEncoding.encoded(normalized(path), keepingSlashes: true)
        }
    }

    /// RFC 3986, section 5.2.4, and empty segments dropped.
    private static func normalized(_ path: Substring) -> String {
        var kept: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = kept.popLast() } else { kept.append(segment) }
        }
        let isFolder = path.hasSuffix("/") || path.hasSuffix("/.") || path.hasSuffix("/..")
        return kept.isEmpty ? "/" : "/" + kept.joined(separator: "/") + (isFolder ? "/" : "")
    }

    /// Decoded and encoded again, so that it does not matter how the sender wrote it; sorted by name, then by value.
    private static func canonicalQuery(_ query: Substring) -> String {
        var parameters: [(name: String, value: String)] = []
        for parameter in query.split(separator: "&") {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            parameters.append((name: recoded(parts[0]), value: parts.count > 1 ? recoded(parts[1]) : ""))
        }
        parameters.sort { $0.name == $1.name ? $0.value < $1.value : $0.name < $1.name }
        return parameters.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    private static func recoded(_ text: Substring) -> String {
        PercentEncoding.encoded(PercentEncoding.decoded(text) ?? String(text))
    }

    /// Sorted by name; values of a repeated name joined with `,` in the order they are sent.
    private static func canonicalHeaders(of request: HTTPRequest, host: String) -> [(name: String, value: String)] {
        var values: [String: [String]] = [:]
        for header in request.headers {
            let name = header.name.lowercased()
            if unsigned.contains(name) { continue }
            values[name, default: []].append(collapsed(header.value))
        }
        if values["host"] == nil { values["host"] = [host] }
        return values.map { (name: $0.key, value: $0.value.joined(separator: ",")) }.sorted { $0.name < $1.name }
    }

    /// What proxies may change or add on the way, and so must not be covered by the signature.
    private static let unsigned: Set = ["authorization", "connection", "expect", "user-agent", "x-amzn-trace-id"]

    /// Trimmed, and every run of white space made one space.
    private static func collapsed(_ value: String) -> String {
        value.split { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }.joined(separator: " ")
    }
}

/// The parts of an absolute URL that a signature covers.
struct URLParts {
    /// As libcurl sends it: with the port unless that is the scheme's own.
    let host: String
    /// Still encoded; empty where the URL has none.
    let path: Substring
    /// Without the `?`.
    let query: Substring

    init(_ url: String) {
        let scheme = url.firstRange(of: "://")
        let rest = scheme.map { url[$0.upperBound...] } ?? url[...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let target = rest[authority.endIndex...]
        path = target.prefix { $0 != "?" }
        query = target[path.endIndex...].dropFirst()
        let ownPort = scheme.map { url[..<$0.lowerBound] } == "https" ? ":443" : ":80"
        host = authority.hasSuffix(ownPort) ? String(authority.dropLast(ownPort.count)) : String(authority)
    }
}
