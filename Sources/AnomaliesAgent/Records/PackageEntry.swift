/// One record of a package, or what stands in its place.
enum PackageEntry: Sendable, Equatable {
    /// A checked JSON object, as the bytes of the package in this range.
    ///
    /// `line` counts from 1: lines, blank ones too, or in a package that is an array its items.
    case record(Range<Int>, line: Int)
    case bad(line: Int, reason: RecordError)
}

/// Why nothing of a package can be read.
public enum PackageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The name of an encoding that is not UTF-8.
    case encoding(String)
    case tooLarge(limit: Int)
    case outOfMemory

    public var description: String {
        switch self {
        case .encoding(let name): "the package is \(name), not UTF-8. Write it as UTF-8"
        case .tooLarge(let limit): "the package is larger than \(limit) bytes. Write smaller packages"
        case .outOfMemory: "there is no memory to read the package"
        }
    }
}

extension RecordParser {
    /// - Parameter limit: of the whole line with its white space, so that a line read in pieces fares no differently.
    /// - Returns: `nil` for a blank line.
    func entry(forLine line: Range<Int>, of bytes: Span<UInt8>, number: Int, limit: Int) -> PackageEntry? {
        guard line.count <= limit else { return .bad(line: number, reason: .tooLong(limit: limit)) }
        let text = bytes.trimmed(line)
        return text.isEmpty ? nil : entry(for: text, of: bytes, number: number)
    }

    /// - Parameter limit: of the whole item with its white space, as for a line.
    func entry(forItem item: Range<Int>, of bytes: Span<UInt8>, number: Int, limit: Int) -> PackageEntry {
        guard item.count <= limit else { return .bad(line: number, reason: .tooLong(limit: limit)) }
        return entry(for: bytes.trimmed(item), of: bytes, number: number)
    }

    private func entry(for text: Range<Int>, of bytes: Span<UInt8>, number: Int) -> PackageEntry {
        do {
            try parse(bytes.extracting(text))
            return .record(text, line: number)
        } catch {
            return .bad(line: number, reason: error)
        }
    }
}
