internal import Glibc

/// Goes through lines, remembering how far it has looked.
struct LineCursor {
    /// The offset of the line that comes next.
    private(set) var start: Int
    private var searched: Int

    /// - Parameter searched: up to where there is no end of a line, when that is known.
    init(start: Int, searched: Int? = nil) {
        self.start = start
        self.searched = searched ?? start
    }

    /// The next line without the line feed that ends it.
    ///
    /// - Parameter isComplete: whether the end of `bytes` ends the last line.
    /// - Returns: `nil` when there is no further line, or not the whole of it.
    mutating func next(in bytes: Span<UInt8>, isComplete: Bool) -> Range<Int>? {
        let end = bytes.withUnsafeBufferPointer { buffer -> Int? in
            guard let base = buffer.baseAddress, searched < buffer.count else { return nil }
            return memchr(base + searched, CInt(UInt8(ascii: "\n")), buffer.count - searched).map {
                UnsafeRawPointer($0) - UnsafeRawPointer(base)
            }
        }
        searched = bytes.count
        guard let end else {
            guard isComplete, start < bytes.count else { return nil }
            defer { start = bytes.count }
            return start..<bytes.count
        }
        defer {
            start = end + 1
            searched = start
        }
        return start..<end
    }
}
