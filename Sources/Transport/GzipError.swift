/// Why a gzip package could not be written or read.
public enum GzipError: Error, Sendable, Equatable, CustomStringConvertible {
    case invalidLevel(Int)
    case outOfMemory
    /// The first two bytes are not gzip's: plain text, a zlib stream, another format.
    case notGzip
    /// The input ended inside a member. An empty input is the shortest such case.
    case truncated
    /// The checksum, the length or the structure is wrong; in zlib's words.
    case corrupt(String)
    case limitExceeded(GzipLimits.Exceeded)

    public var description: String {
        switch self {
        case .invalidLevel(let level): "gzip level \(level) does not exist. Choose 0 (store) to 9 (smallest)."
        case .outOfMemory: "zlib found no memory. Give the process more."
        case .notGzip: "reading gzip failed: the data does not begin like gzip. Upload it compressed, or rename it."
        case .truncated: "reading gzip failed: the data ends too early. Upload it again."
        case .corrupt(let detail): "reading gzip failed: \(detail). Upload it again."
        case .limitExceeded(let limit): "reading gzip was stopped: \(limit). Raise the limit if the sender is trusted."
        }
    }
}

/// What may come out of a gzip package before it is taken for a bomb.
public struct GzipLimits: Sendable, Equatable {
    public enum Exceeded: Sendable, Equatable, CustomStringConvertible {
        case outputBytes(Int)
        case ratio(Int)
        case members(Int)
        case inputWithoutOutput(Int)

        public var description: String {
            switch self {
            case .outputBytes(let limit): "it unpacks to more than \(limit) bytes"
            case .ratio(let limit): "it unpacks to more than \(limit) times its size"
            case .members(let limit): "it has more than \(limit) members"
            case .inputWithoutOutput(let limit): "\(limit) bytes of it unpack to nothing"
            }
        }
    }

    /// The size of the unpacked whole, in bytes.
    public var outputBytes: Int
    /// Unpacked bytes for each packed byte. Deflate reaches 1032 at most, a package of 10,000 JSON records 10 to 60;
    /// 200 stops a bomb after at most one part in five of what it could do.
    public var ratio: Int
    /// The ratio counts only beyond this size, because a small package of equal records is honest and close to 1000.
    public var bytesBeforeRatio: Int
    /// Each member costs a reset, also an empty one of 20 bytes. `cat` of a day's packages has some thousands.
    public var members: Int
    /// Packed bytes in a row that may give nothing: header fields without end, empty blocks, empty members.
    /// Honest data gives something at least every 64 KiB (the longest extra field).
    public var inputWithoutOutput: Int

    public init(
        outputBytes: Int = 256 << 20,
        ratio: Int = 200,
        bytesBeforeRatio: Int = 10 << 20,
        members: Int = 100_000,
        inputWithoutOutput: Int = 1 << 20
    ) {
        self.outputBytes = outputBytes
        self.ratio = ratio
        self.bytesBeforeRatio = bytesBeforeRatio
        self.members = members
        self.inputWithoutOutput = inputWithoutOutput
    }
}
