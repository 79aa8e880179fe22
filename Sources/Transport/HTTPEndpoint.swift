import CCurl

/// The part of a URL that decides with whom to talk, as libcurl itself reads it: a second parser would one day
/// disagree with the first, and a request would go where the check did not look.
struct HTTPEndpoint: Equatable {
    /// For example `https://s3.eu-west-1.amazonaws.com:443`. What messages may show.
    let origin: String
    /// Lower case; IPv4 addresses in four decimal parts, however they were written.
    let host: String

    /// - Returns: `nil` for anything but an absolute http or https URL in printable ASCII without user information.
    init?(url: String) {
        guard url.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), let handle = curl_url() else { return nil }
        defer { curl_url_cleanup(handle) }
        guard curl_url_set(handle, CURLUPART_URL, url, UInt32(CURLU_DISALLOW_USER)) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: handle)?.lowercased(),
            let host = Self.part(CURLUPART_HOST, of: handle)?.lowercased(),
            let port = Self.part(CURLUPART_PORT, of: handle),
            scheme == "http" || scheme == "https"
        else { return nil }
        self.host = host
        origin = "\(scheme)://\(host):\(port)"
    }

    /// Whether what is sent stays on this machine.
    var isLoopback: Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" || isIPv4 && host.hasPrefix("127.")
    }

    /// Whether a proxy must be left out: loopback, and the link-local addresses where clouds hand out credentials.
    var isLocal: Bool {
        isLoopback || host.hasPrefix("[fe80:") || host.hasPrefix("[fd00:ec2::") || isIPv4 && host.hasPrefix("169.254.")
    }

    private var isIPv4: Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
