import Glibc

/// Standard input, read without waiting for longer than a moment, so that a request to stop is heard.
struct StandardInput: ByteInput {
    private static let patience: Int32 = 200

    func read(upTo count: Int) throws -> [UInt8]? {
        var ready = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        let polled = poll(&ready, 1, Self.patience)
        if polled == 0 || polled < 0 && errno == EINTR { return [] }
        guard polled > 0 else { throw FileError("read", "standard input", code: errno) }
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let step = Glibc.read(STDIN_FILENO, buffer.baseAddress, count)
            if step < 0 { failure = errno } else { filled = step }
        }
        if failure == EINTR || failure == EAGAIN { return [] }
        guard failure == 0 else { throw FileError("read", "standard input", code: failure) }
        return bytes.isEmpty ? nil : bytes
    }
}
