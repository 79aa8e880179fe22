import Transport

/// The bytes of a file in pieces, unpacked where the file begins as gzip does, whatever its name.
///
/// - Complexity: memory is one piece, 256 KiB, or of a gzip file what 32 KiB unpack to: 33 MB at the very most.
final class PieceReader {
    private static let pieceBytes = 256 << 10
    private static let packedBytes = 32 << 10
    /// What comes out is not kept, so only a file that never gives anything is stopped.
    private static let limits = GzipLimits(outputBytes: .max, ratio: 2_000, members: .max)

    let path: String
    let size: Int
    /// Bytes of the file itself, for progress.
    private(set) var consumed = 0
    private let files: any FileSystem
    private var decoder: GzipDecoder?
    private var hasEnded = false

    /// - Throws: when there is no regular file of that name or it cannot be read.
    init(_ path: String, files: any FileSystem) throws {
        guard let info = try files.info(path) else { throw FileError("read", path, reason: "there is no such file") }
        guard info.isRegular else { throw FileError("read", path, reason: "it is not a regular file") }
        self.path = path
        self.files = files
        size = info.size
        let isPacked = try files.read(path, from: 0, upTo: 2) == [0x1f, 0x8b]
        decoder = isPacked ? try GzipDecoder(limits: Self.limits) : nil
    }

    /// - Returns: some bytes, `nil` at the end.
    func next() throws -> [UInt8]? {
        guard decoder != nil else { return try read(Self.pieceBytes) }
        while let packed = try read(Self.packedBytes) {
            var output: [UInt8] = []
            try decoder?.append(packed.span.bytes, to: &output)
            if !output.isEmpty { return output }
        }
        if !hasEnded { try decoder?.finish() }
        hasEnded = true
        return nil
    }

    private func read(_ count: Int) throws -> [UInt8]? {
        let piece = try files.read(path, from: consumed, upTo: count)
        consumed += piece.count
        return piece.isEmpty ? nil : piece
    }
}
