/// The frame of a snapshot: what kind it is, its version, its length, a checksum.
///
///     4 bytes magic | version u8 | frame u8 | payload length u64 | payload | checksum u64 of all before
///
/// All numbers little-endian. The frame is 1, whose checksum is XXH64, or in
/// older snapshots 0, whose checksum is FNV-1a. Other libraries that keep state
/// beside a forest can use it for theirs.
public struct SnapshotFormat: Sendable {
    /// What the snapshot is of, in words, for errors.
    public let name: String
    /// Four ASCII characters.
    public let magic: String
    /// The format that is written, and the latest that is read.
    public let version: Int

    private static let frame: UInt8 = 1
    private static let headerBytes = 14
    private static let checksumBytes = 8

    /// - Precondition: `magic` is four ASCII characters, `version` 1...255.
    public init(name: String, magic: String, version: Int) {
        precondition(magic.utf8.count == 4 && (1...255).contains(version))
        self.name = name
        self.magic = magic
        self.version = version
    }

    /// Frames what `write` appends.
    public func encode(_ write: (inout SnapshotWriter) -> Void) -> [UInt8] {
        var writer = SnapshotWriter()
        writer.bytes.append(contentsOf: magic.utf8)
        writer.write(UInt8(version))
        writer.write(Self.frame)
        let place = writer.bytes.count
        writer.write(UInt64(0))
        write(&writer)
        let length = UInt64(writer.bytes.count - Self.headerBytes)
        for byte in 0..<8 { writer.bytes[place + byte] = UInt8(truncatingIfNeeded: length >> UInt64(8 * byte)) }
        let checksum = Checksum.xxh64(writer.bytes.span.bytes)
        writer.write(checksum)
        return writer.bytes
    }

    /// Checks the frame and opens the payload.
    ///
    /// - Throws: any `SnapshotError` but `.otherOptions`.
    public func decode(_ bytes: [UInt8]) throws(SnapshotError) -> SnapshotReader {
        let given = bytes.prefix(4)
        guard given.elementsEqual(magic.utf8.prefix(given.count)) else { throw .foreign(expected: name) }
        let least = Self.headerBytes + Self.checksumBytes
        guard bytes.count >= least else { throw .truncated(expected: least, got: bytes.count) }
        var header = SnapshotReader(bytes, 4..<Self.headerBytes)
        let (version, frame) = (Int(try header.read(UInt8.self)), try header.read(UInt8.self))
        guard (1...self.version).contains(version), frame <= Self.frame else {
            throw .newer(version: Int(frame <= Self.frame ? 0 : frame) << 8 | version, known: self.version)
        }
        let length = try header.read(UInt64.self)
        let rest = UInt64(bytes.count - least)
        guard length <= rest else {
            throw .truncated(
                expected: Int(clamping: length.addingReportingOverflow(UInt64(least)).partialValue),
                got: bytes.count
            )
        }
        guard length == rest else { throw .damaged(reason: "\(rest - length) bytes follow its end") }
        let end = bytes.count - Self.checksumBytes
        let guarded = bytes.span.bytes.extracting(0..<end)
        let checksum = frame == 0 ? Checksum.fnv1a(guarded) : Checksum.xxh64(guarded)
        var written = SnapshotReader(bytes, end..<bytes.count)
        guard try written.read(UInt64.self) == checksum else {
            throw .damaged(reason: "its checksum does not match")
        }
        return SnapshotReader(bytes, Self.headerBytes..<end)
    }
}
