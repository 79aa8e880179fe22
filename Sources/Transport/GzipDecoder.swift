import CZlib

/// Reads gzip (RFC 1952): any number of members, one after the other, as one stream of bytes, within limits.
///
/// What follows the last member and is no member is kept out and counted in `trailingGarbageBytes`, and the data
/// is good: as gzip(1) does, which only warns. Zeros between or after members are padding and no garbage.
///
///     var decoder = try GzipDecoder()
///     while let piece = … { try decoder.append(piece.span.bytes, to: &text) }
///     try decoder.finish()
///
/// Bytes arrive in `output` before the checksum behind them has been seen: act on them only after `finish()`.
/// After an error the decoder repeats that error.
public struct GzipDecoder: ~Copyable {
    private enum Position {
        /// Before a member, or behind the last. `seen` is how much of the two magic bytes is there.
        case betweenMembers(seen: Int)
        case inMember
        case inGarbage
        case failed(GzipError)
    }

    private static let magic: [UInt8] = [0x1f, 0x8b]

    public let limits: GzipLimits
    /// Bytes behind the last member that are neither a member nor padding. 0 for a well-formed input.
    public private(set) var trailingGarbageBytes = 0
    public private(set) var members = 0

    // On the heap for the same reason as in `GzipEncoder`.
    private let stream: UnsafeMutablePointer<z_stream>
    private let room: UnsafeMutableBufferPointer<UInt8>
    private var position = Position.betweenMembers(seen: 0)
    private var consumed = 0
    private var produced = 0
    private var consumedAtLastOutput = 0

    /// - Throws: `.outOfMemory`.
    public init(limits: GzipLimits = GzipLimits()) throws(GzipError) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_gunzip_init(stream) == Z_OK else {
            stream.deallocate()
            throw .outOfMemory
        }
        self.stream = stream
        self.limits = limits
        room = .allocate(capacity: 65_536)
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        room.deallocate()
    }

    /// The whole of a package at once. Nothing is returned unless all of it is good.
    public static func decode(_ input: [UInt8], limits: GzipLimits = GzipLimits()) throws(GzipError) -> [UInt8] {
        var decoder = try GzipDecoder(limits: limits)
        var output: [UInt8] = []
        try decoder.append(input.span.bytes, to: &output)
        try decoder.finish()
        return output
    }

    /// Unpacks `input`, wherever it is cut, appending to `output` at most 64 KiB more than the limits allow.
    public mutating func append(_ input: RawSpan, to output: inout [UInt8]) throws(GzipError) {
        if case .failed(let error) = position { throw error }
        do throws(GzipError) {
            try input.withUnsafeBytes { (bytes) throws(GzipError) in
                try read(bytes, to: &output)
            }
        } catch {
            position = .failed(error)
            throw error
        }
    }

    /// Says that the input has ended.
    /// - Throws: `.truncated` inside a member or before the first; what `append` threw, again.
    public mutating func finish() throws(GzipError) {
        switch position {
        case .failed(let error): throw error
        case .inMember: throw .truncated
        case .inGarbage: break
        case .betweenMembers(let seen):
            guard members > 0 else { throw .truncated }
            trailingGarbageBytes += seen
        }
    }

    private mutating func read(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) throws(GzipError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch position {
            case .failed(let error): throw error
            case .inGarbage:
                trailingGarbageBytes += rest.count
                return
            case .inMember:
                // zlib counts in 32 bits.
                let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
                rest = rest.dropFirst(try inflate(piece, to: &output))
            case .betweenMembers(let seen):
                try readMagic(rest.removeFirst(), seen: seen, to: &output)
            }
        }
    }

    private mutating func readMagic(_ byte: UInt8, seen: Int, to output: inout [UInt8]) throws(GzipError) {
        consumed += 1
        if byte == Self.magic[seen] {
            if seen == 0 {
                position = .betweenMembers(seen: 1)
            } else {
                try beginMember(to: &output)
            }
        } else if members == 0 {
            throw .notGzip
        } else if seen == 0, byte == 0 {
            try checkProgress(0)
        } else {
            trailingGarbageBytes += seen + 1
            position = .inGarbage
        }
    }

    private mutating func beginMember(to output: inout [UInt8]) throws(GzipError) {
        members += 1
        guard members <= limits.members else { throw .limitExceeded(.members(limits.members)) }
        inflateReset(stream)
        position = .inMember
        // zlib reads the header itself, so it gets the magic bytes that were looked at here; they count once.
        consumed -= Self.magic.count
        try Self.magic.span.bytes.withUnsafeBytes { (bytes) throws(GzipError) in _ = try inflate(bytes, to: &output) }
    }

    /// - Returns: How many bytes of `input` belonged to this member.
    private mutating func inflate(_ input: UnsafeRawBufferPointer, to output: inout [UInt8]) throws(GzipError) -> Int {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
        // A full output step means zlib may hold more: only a short one is the end.
        repeat {
            let before = stream.pointee.avail_in
            stream.pointee.next_out = room.baseAddress
            stream.pointee.avail_out = UInt32(room.count)
            let status = CZlib.inflate(stream, Z_NO_FLUSH)
            let count = room.count - Int(stream.pointee.avail_out)
            consumed += Int(before - stream.pointee.avail_in)
            output.append(contentsOf: room[..<count])
            try checkProgress(count)
            switch status {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END:
                position = .betweenMembers(seen: 0)
                return input.count - Int(stream.pointee.avail_in)
            case Z_MEM_ERROR: throw .outOfMemory
            default: throw .corrupt(stream.pointee.msg.map { String(cString: $0) } ?? "zlib code \(status)")
            }
        } while stream.pointee.avail_out == 0
        return input.count - Int(stream.pointee.avail_in)
    }

    private mutating func checkProgress(_ count: Int) throws(GzipError) {
        produced += count
        if count > 0 { consumedAtLastOutput = consumed }
        if produced > limits.outputBytes { throw .limitExceeded(.outputBytes(limits.outputBytes)) }
        // Divided, not multiplied: `consumed * ratio` could overflow.
        if produced > limits.bytesBeforeRatio, produced / limits.ratio > consumed {
            throw .limitExceeded(.ratio(limits.ratio))
        }
        if consumed - consumedAtLastOutput > limits.inputWithoutOutput {
            throw .limitExceeded(.inputWithoutOutput(limits.inputWithoutOutput))
        }
    }
}
