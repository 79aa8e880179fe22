import CCurl

/// A `CURL *` and all the memory that libcurl only borrows. Freed together, the handle first.
///
/// A setter that fails is remembered, and `setupFailure` tells of the first: one check instead of thirty.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private(set) var setupFailure: CURLcode?

    private let errorBuffer: UnsafeMutablePointer<CChar>
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private var buffers: [UnsafeMutableRawPointer] = []

    /// libcurl's one-time setup; thread-safe because Swift runs a static initialiser once.
    private static let library: CURLcode = ccurl_global_init()

    /// - Returns: `nil` when there is no memory, or libcurl cannot start.
    init?() {
        guard Self.library == CURLE_OK, let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
        errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        set(CURLOPT_ERRORBUFFER, pointer: UnsafeMutableRawPointer(errorBuffer))
        // Signals belong to the process, not to a library on one of its threads.
        set(CURLOPT_NOSIGNAL, true)
    }

    deinit {
        curl_easy_cleanup(pointer)
        for list in lists { curl_slist_free_all(list) }
        for buffer in buffers { buffer.deallocate() }
        errorBuffer.deallocate()
    }

    /// libcurl's words for what went wrong, without a full stop: the specific ones if it left any.
    func explanation(of code: CURLcode) -> String {
        let specific = String(cString: errorBuffer)
        let words = specific.isEmpty ? String(cString: curl_easy_strerror(code)) : specific
        return words.hasSuffix(".") ? String(words.dropLast()) : words
    }

    func set(_ option: CURLoption, _ value: Bool) { note(ccurl_set_long(pointer, option, value ? 1 : 0)) }
    func set(_ option: CURLoption, _ value: Int) { note(ccurl_set_long(pointer, option, value)) }
    func set(_ option: CURLoption, _ value: String) { note(ccurl_set_string(pointer, option, value)) }
    func set(_ option: CURLoption, size: Int) { note(ccurl_set_size(pointer, option, curl_off_t(size))) }
    func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer) {
        note(ccurl_set_pointer(pointer, option, value))
    }
    func set(_ option: CURLoption, writer: curl_write_callback) { note(ccurl_set_write(pointer, option, writer)) }
    func setReader(_ reader: curl_read_callback) { note(ccurl_set_read(pointer, reader)) }
    func setProgress(_ progress: curl_xferinfo_callback) { note(ccurl_set_progress(pointer, progress)) }
    func setDebug(_ debug: curl_debug_callback) { note(ccurl_set_debug(pointer, debug)) }
    func setOpenSocket(_ open: curl_opensocket_callback) { note(ccurl_set_open_socket(pointer, open)) }
    func setMailRecipientsMayFail() { note(ccurl_set_mail_rcpt_allow_fails(pointer, 1)) }

    /// Rounded up to whole milliseconds: 0 would mean "for ever" to libcurl.
    func set(_ option: CURLoption, _ value: Duration) { set(option, max(1, value.milliseconds)) }

    func set(_ option: CURLoption, list strings: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for string in strings {
            guard let longer = curl_slist_append(list, string) else {
                curl_slist_free_all(list)
                return note(CURLE_OUT_OF_MEMORY)
            }
            list = longer
        }
        guard let list else { return }
        lists.append(list)
        note(ccurl_set_list(pointer, option, list))
    }

    /// Certificates and host names are always checked; there is no option to look away.
    func requireTrustedPeer(caFile: String?) {
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let caFile { set(CURLOPT_CAINFO, caFile) }
    }

    /// A copy at an address that stays: Swift's arrays promise none beyond a closure.
    func lend(_ bytes: [UInt8]) -> UnsafeMutableRawPointer {
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
        bytes.withUnsafeBytes { if let base = $0.baseAddress { buffer.copyMemory(from: base, byteCount: $0.count) } }
        buffers.append(buffer)
        return buffer
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return ccurl_get_long(pointer, info, &value) == CURLE_OK ? value : 0
    }

    func size(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        return ccurl_get_size(pointer, info, &value) == CURLE_OK ? Int(value) : 0
    }

    private func note(_ code: CURLcode) {
        if code != CURLE_OK, setupFailure == nil { setupFailure = code }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, at most what a C `long` and libcurl's arithmetic can bear (24 days).
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
