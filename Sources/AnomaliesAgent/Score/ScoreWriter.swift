internal import Glibc

/// The scores of one file: buffered, under a temporary name until they are all there.
struct ScoreWriter {
    private static let pieceBytes = 1 << 20

    private let path: String
    private let temporary: String
    private let files: any FileSystem
    private var buffer: [UInt8] = []
    private var written = 0

    /// - Parameter hasHotspots: whether rows end with Amazon's `HOTSPOTS_RESULT`.
    init(_ path: String, hasHotspots: Bool = false, files: any FileSystem) throws {
        self.path = path
        self.files = files
        temporary = "\(path).\(getpid()).part"
        if let slash = path.lastIndex(of: "/") { try files.makeDirectory(String(path[..<slash])) }
        try files.remove(temporary)
        buffer.reserveCapacity(Self.pieceBytes + 4096)
        buffer += "timestamp,anomaly_score,raw_score\(hasHotspots ? ",HOTSPOTS_RESULT" : "")\n".utf8
    }

    /// Appends one row.
    ///
    /// - Parameters:
    ///   - score: 0…1; 0.5 and more is an alert.
    ///   - level: 0 and more, written with six decimals like the score.
    ///   - hotspots: the last column, where there is one.
    mutating func append(
        score: Double,
        level: Double,
        hotspots: String? = nil,
        timestamp: (inout [UInt8]) -> Void
    ) throws {
        timestamp(&buffer)
        buffer.append(UInt8(ascii: ","))
        buffer.appendSixDecimals(score)
        buffer.append(UInt8(ascii: ","))
        buffer.appendSixDecimals(level)
        if let hotspots {
            buffer.append(UInt8(ascii: ","))
            buffer.appendCSVField(hotspots.utf8)
        }
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.pieceBytes { try flush() }
    }

    mutating func close() throws {
        try flush()
        try files.rename(temporary, to: path)
    }

    /// What was written so far goes; what another run had written stays.
    func discard() throws { try files.remove(temporary) }

    private mutating func flush() throws {
        try files.write(buffer, to: temporary, at: written)
        written += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }
}
