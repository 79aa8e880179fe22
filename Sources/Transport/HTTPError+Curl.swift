import CCurl

extension HTTPError.Reason {
    /// What a libcurl result means to somebody who must decide whether to try again.
    init(_ code: CURLcode, detail: String) {
        self =
            switch code {
            case CURLE_OPERATION_TIMEDOUT: .timedOut
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .cannotResolve
            case CURLE_COULDNT_CONNECT: .cannotConnect
            case CURLE_SSL_CONNECT_ERROR: Self.isTLSRefusal(detail) ? .tls : .interrupted
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
                CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED,
                CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_INVALIDCERTSTATUS,
                CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_USE_SSL_FAILED:
                .tls
            case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE,
                CURLE_WEIRD_SERVER_REPLY, CURLE_SSL_SHUTDOWN_FAILED:
                .interrupted
            case CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED: .badURL
            default: .other(code: Int(code.rawValue))
            }
    }

    /// A handshake that breaks off is reported with the same code as one that is refused, but only a refusal has
    /// an entry in OpenSSL's error queue, which always begins with "error:". OpenSSL 3 also puts the end of the
    /// connection there.
    static func isTLSRefusal(_ detail: String) -> Bool {
        detail.contains("error:") && !detail.contains("unexpected eof")
    }
}
