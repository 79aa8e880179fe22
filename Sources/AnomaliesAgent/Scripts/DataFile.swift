import Glibc

/// A file of values beside the scripts: its lines, or a column of it as CSV (RFC 4180).
struct DataFile {
    static let sizeLimit = 4 << 20
    static let valueLimit = 100_000

    /// - Parameters:
    ///   - path: relative to the directory; may not leave it, not by a link either.
    ///   - column: the name of a column in the first line; `nil` for whole lines, of which empty ones do not count.
    /// - Throws: ``ScriptFailure``, in words that go on after “path: ”.
    static func values(
        _ path: String,
        column: String?,
        below directory: String,
        files: any FileSystem
    ) throws(ScriptFailure) -> [String] {
        let bytes: [UInt8]
        do {
            bytes = try files.contents(of: try resolve(path, below: directory), limit: sizeLimit)
        } catch let error as ScriptFailure {
            throw error
        } catch {
            throw ScriptFailure(description: "\(error)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ScriptFailure(description: "\(path) is not UTF-8")
        }
        let values =
            try column.map { name throws(ScriptFailure) in try cells(of: text, path, column: name) } ?? lines(text)
        guard !values.isEmpty else { throw ScriptFailure(description: "\(path) has no values") }
        guard values.count <= valueLimit else {
            throw ScriptFailure(description: "\(path) has \(values.count) values; the limit is \(valueLimit)")
        }
        return values
    }

    /// The file's true name, if that is below the directory's.
    private static func resolve(_ path: String, below directory: String) throws(ScriptFailure) -> String {
        let outside = ScriptFailure(
            description: "\(path) is not below the directory of the scripts; put the file, not a link, there"
        )
        guard !path.hasPrefix("/"), !path.split(separator: "/").contains(".."), !path.contains("\0") else {
            throw outside
        }
        guard let root = canonical(directory), let file = canonical("\(directory)/\(path)") else {
            throw ScriptFailure(description: "cannot read \(directory)/\(path): \(String(cString: strerror(errno)))")
        }
        guard file.hasPrefix(root == "/" ? root : root + "/") else { throw outside }
        return file
    }

    private static func canonical(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func lines(_ text: String) -> [String] {
        text.split { $0.isNewline }.map(String.init)
    }

    private static func cells(of text: String, _ path: String, column: String) throws(ScriptFailure) -> [String] {
        var rows = rows(of: Array(text.utf8))
        let header = rows.isEmpty ? [] : rows.removeFirst()
        guard let place = header.firstIndex(of: column) else {
            let hint = NearestName.hint(column, header)
            throw ScriptFailure(description: "\(path) has no column \"\(column)\".\(hint)")
        }
        if let short = rows.firstIndex(where: { $0.count <= place }) {
            throw ScriptFailure(description: "\(path) has no \"\(column)\" in row \(short + 2)")
        }
        return rows.map { $0[place] }
    }

    private static func rows(of bytes: [UInt8]) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        var hasQuotes = false
        var place = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        func take() {
            row.append(String(decoding: cell, as: UTF8.self))
            cell = []
            hasQuotes = false
        }
        func end() {
            // An empty line is no row.
            if row.isEmpty, cell.isEmpty, !hasQuotes { return }
            take()
            rows.append(row)
            row = []
        }
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\"") where isQuoted && place < bytes.count && bytes[place] == UInt8(ascii: "\""):
                cell.append(byte)
                place += 1
            case UInt8(ascii: "\"") where isQuoted || cell.isEmpty:
                isQuoted.toggle()
                hasQuotes = true
            case UInt8(ascii: ",") where !isQuoted: take()
            case UInt8(ascii: "\n") where !isQuoted: end()
            case UInt8(ascii: "\r") where !isQuoted && place < bytes.count && bytes[place] == UInt8(ascii: "\n"): break
            default: cell.append(byte)
            }
        }
        end()
        return rows
    }
}
