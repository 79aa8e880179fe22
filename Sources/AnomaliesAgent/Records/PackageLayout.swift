/// How the records of a package are laid out, which its first line decides.
enum PackageLayout: Sendable, Equatable {
    /// One record a line; `start` is the offset of the first line.
    case lines(start: Int)
    /// One array of records; `start` is the offset after its bracket.
    case array(start: Int)

    /// Looks at as much of a package as it takes.
    ///
    /// A package is an array when it starts with `[` and an object or nothing follows. It is JSON lines with a first
    /// line that is no record when something else follows, or when that line is complete and others come after it:
    /// a broken line must not take the good ones with it.
    ///
    /// - Parameter isComplete: whether `bytes` are the whole package or only its beginning.
    /// - Returns: `nil` when more bytes have to be seen; never when `isComplete`.
    /// - Throws: `.encoding` for UTF-16 and UTF-32.
    init?(of bytes: Span<UInt8>, isComplete: Bool, limits: RecordLimits) throws(PackageError) {
        guard isComplete || bytes.count >= 4 else { return nil }
        if let encoding = Self.foreignEncoding(of: bytes) { throw .encoding(encoding) }
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0

        switch bytes.firstSignificant(from: start) {
        case nil where !isComplete: return nil
        case let bracket? where bytes[bracket] == UInt8(ascii: "["):
            guard let isArray = Self.isArray(bytes, at: bracket, isComplete: isComplete, limits: limits) else {
                return nil
            }
            self = isArray ? .array(start: bracket + 1) : .lines(start: start)
        default: self = .lines(start: start)
        }
    }

    /// The name of the encoding when it is not UTF-8, by its byte order mark or by the zero bytes around ASCII.
    ///
    /// Source: RFC 4627, section 3, for the pattern of zero bytes.
    private static func foreignEncoding(of bytes: Span<UInt8>) -> String? {
        if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) { return "UTF-32" }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
        guard bytes.count >= 4 else { return nil }

        func isOpening(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") }
        switch (bytes[0], bytes[1], bytes[2], bytes[3]) {
        case (let first, 0, 0, 0) where isOpening(first): return "UTF-32"
        case (0, 0, 0, let first) where isOpening(first): return "UTF-32"
        case (let first, 0, let second, 0) where isOpening(first) && second != 0: return "UTF-16"
        case (0, let first, 0, let second) where isOpening(first) && second != 0: return "UTF-16"
        default: return nil
        }
    }

    private static func isArray(
        _ bytes: Span<UInt8>,
        at bracket: Int,
        isComplete: Bool,
        limits: RecordLimits
    ) -> Bool? {
        var line = BracketScanner()
        var last = UInt8(ascii: "[")
        var significant = 0
        // A longer line is no record, so nothing is lost by taking it for an array.
        let horizon = min(bytes.count, bracket + limits.record)
        var place = bracket
        while place < horizon, bytes[place] != UInt8(ascii: "\n") {
            let byte = bytes[place]
            line.read(byte)
            place += 1
            if line.isInString || byte.isBlank { continue }
            last = byte
            significant += 1
            if significant == 2, byte != UInt8(ascii: "{"), byte != UInt8(ascii: "]") { return false }
            if line.depth > RecordLimits.depth + 1 { return false }
            guard line.depth == 0 else { continue }
            if bytes.firstSignificant(from: place) != nil { return false }
            return isComplete ? true : nil
        }

        guard place < bytes.count else { return isComplete ? true : nil }
        guard place < horizon else { return true }
        guard !line.isInString else { return false }
        guard let next = bytes.firstSignificant(from: place) else { return isComplete ? true : nil }
        // After anything else an object cannot follow inside an array: it is a line of its own.
        return bytes[next] != UInt8(ascii: "{") || "[,:".utf8.contains(last)
    }
}

/// Follows the nesting of JSON text without checking it.
struct BracketScanner {
    /// How many brackets and braces are open; negative when more were closed.
    private(set) var depth = 0
    private(set) var isInString = false
    private var isEscaped = false

    mutating func read(_ byte: UInt8) {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
        default: break
        }
    }
}

extension UInt8 {
    /// Whether JSON takes the byte for white space.
    var isBlank: Bool {
        self == UInt8(ascii: " ") || self == UInt8(ascii: "\n") || self == UInt8(ascii: "\r")
            || self == UInt8(ascii: "\t")
    }
}

extension Span<UInt8> {
    func starts(with prefix: [UInt8]) -> Bool {
        count >= prefix.count && prefix.indices.allSatisfy { self[$0] == prefix[$0] }
    }

    /// The offset of the first byte from `start` on that is not white space.
    func firstSignificant(from start: Int) -> Int? {
        var place = start
        while place < count {
            if !self[place].isBlank { return place }
            place += 1
        }
        return nil
    }

    /// `range` without the white space at its ends; empty when there is nothing else.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, self[lower].isBlank { lower += 1 }
        while lower < upper, self[upper - 1].isBlank { upper -= 1 }
        return lower..<upper
    }
}
