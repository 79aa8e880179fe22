internal import Glibc

/// The rows of a CSV file (RFC 4180), as Python's `csv` reads them: quoted fields may hold commas, quotes and lines,
/// lines end in LF or CRLF, blank lines are no rows, a byte order mark is skipped.
///
/// The first row names the columns; names match exactly.
///
/// - Complexity: memory is one piece of the input and one row, which may have `limit` bytes.
struct CSVRows: RowReader {
    static let timestampColumn = "timestamp"

    /// Of a file that is no CSV the first line may be anything.
    private static let (listedColumns, listedLetters) = (20, 40)

    private enum Quoted { case complete(end: Int, lines: Int), incomplete }
    private enum State { case start, plain, quoted, quoteInQuoted }

    private let input: PieceReader
    private let limit: Int
    private var buffer: [UInt8] = []
    private var position = 0
    private var hasEnded = false
    private var nextLine = 1

    private(set) var line = 0
    /// Of the current row, in `text` where the row has quotes, else in `buffer`.
    private var fields: [Range<Int>] = []
    private var text: [UInt8] = []
    private var hasQuotes = false

    private var columns: [String] = []
    private var timestamp = 0
    private var features: [(name: String, column: Int)] = []

    /// - Parameter features: the columns that `features(into:)` reads.
    /// - Throws: when there is no header line, or a column is missing or there twice.
    init(_ input: PieceReader, features names: [String], limit: Int) throws {
        self.input = input
        self.limit = limit
        while buffer.count < 3, try refill() {}
        if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        if buffer.starts(with: [0xFF, 0xFE]) || buffer.starts(with: [0xFE, 0xFF]) {
            throw RowError("\(input.path): it is UTF-16, not UTF-8. Write it as UTF-8")
        }
        guard try next() else {
            throw RowError("\(input.path): it is empty. Begin it with a line that names its columns")
        }
        columns = fields.indices.map { withField($0) { String(decoding: $0, as: UTF8.self) } ?? "" }
        timestamp = try column(Self.timestampColumn)
        features = try names.map { ($0, try column($0)) }
    }

    private func column(_ name: String) throws -> Int {
        let places = columns.indices.filter { columns[$0].utf8.elementsEqual(name.utf8) }
        guard let place = places.first, places.count == 1 else {
            let problem = places.isEmpty ? "there is no column" : "there are \(places.count) columns"
            let known = columns.prefix(Self.listedColumns).map { String($0.prefix(Self.listedLetters)).singleLine }
            let more = columns.count > known.count ? ", and \(columns.count - known.count) more" : ""
            throw RowError(
                "\(input.path):\(line): \(problem) \"\(name)\"; the columns are: "
                    + "\(known.joined(separator: ", "))\(more). \(advice(on: name, isAmbiguous: !places.isEmpty))"
            )
        }
        return place
    }

    private func advice(on name: String, isAmbiguous: Bool) -> String {
        if isAmbiguous { return "Give each a name of its own" }
        if columns.count == 1, columns[0].contains(where: { ";\t|".contains($0) }) {
            return "Separate columns by commas"
        }
        if let near = NearestName.of(name, among: columns) { return "Did you mean \(near.singleLine)?" }
        return name == Self.timestampColumn ? "Add it, with the time of each row" : "Name one of those"
    }

    // MARK: - The current row

    func writeTimestamp(to output: inout [UInt8]) {
        _ = withField(timestamp) { output.appendCSVField($0) }
    }

    var writtenTime: Double? { withField(timestamp, WrittenTime.seconds(of:)) ?? nil }

    func features(into point: inout [Double], absent: Double? = nil) throws(RecordError) {
        point.removeAll(keepingCapacity: true)
        for (name, column) in features {
            switch withField(column, NumberText.value(of:)) ?? .missing {
            case .number(let number): point.append(number)
            case .missing:
                guard let absent else { throw .missing(field: name) }
                point.append(absent)
            case .notANumber(let type): throw .notANumber(field: name, type: type)
            case .outOfRange: throw .outOfRange(field: name)
            }
        }
    }

    /// Numbers are numbers, whole ones integers; other text is a string, and an empty field null.
    func record() throws(RecordError) -> JSONValue {
        var record = JSONObject()
        for (place, name) in columns.enumerated() {
            let text = withField(place) { String(decoding: $0, as: UTF8.self) } ?? ""
            let value = withField(place, NumberText.value(of:)) ?? .missing
            record[name] =
                switch value {
                case .number(let number): Int64(text).map { .integer($0) } ?? .number(number)
                case .missing: .null
                case .notANumber, .outOfRange: .string(text)
                }
        }
        return .object(record)
    }

    private func withField<Result>(_ place: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result? {
        guard place < fields.count else { return nil }
        let range = fields[place]
        if hasQuotes { return text.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) } }
        return buffer.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
    }

    // MARK: - From row to row

    mutating func next() throws -> Bool {
        while try readRow() {
            // A line without anything is no row, one of spaces is.
            if fields.count > 1 || fields.first?.isEmpty == false || hasQuotes { return true }
        }
        return false
    }

    private mutating func readRow() throws -> Bool {
        var searched = position
        while true {
            var end = find(UInt8(ascii: "\n"), in: searched..<buffer.count)
            if end == nil, hasEnded {
                guard position < buffer.count else { return false }
                end = buffer.count
            }
            if let end {
                line = nextLine
                if find(UInt8(ascii: "\""), in: position..<end) != nil { return try readQuotedRow() }
                hasQuotes = false
                split(position..<end)
                nextLine += 1
                position = min(end + 1, buffer.count)
                return true
            }
            searched = buffer.count - position
            _ = try refill()
        }
    }

    private mutating func split(_ row: Range<Int>) {
        fields.removeAll(keepingCapacity: true)
        buffer.withUnsafeBufferPointer { bytes in
            var end = row.upperBound
            if end > row.lowerBound, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
            var start = row.lowerBound
            for place in row.lowerBound..<end where bytes[place] == UInt8(ascii: ",") {
                fields.append(start..<place)
                start = place + 1
            }
            fields.append(start..<end)
        }
    }

    private mutating func readQuotedRow() throws -> Bool {
        hasQuotes = true
        while true {
            // From the row's start again when its end was not there: rows that are cut are few.
            if case .complete(let end, let lines) = scanQuotedRow() {
                nextLine += lines
                position = end
                return true
            }
            _ = try refill()
        }
    }

    /// Copies the row's fields without their quotes. Text after a closing quote belongs to the field, and a quote that
    /// is not closed ends with the file.
    private mutating func scanQuotedRow() -> Quoted {
        text.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        var state = State.start
        var start = 0
        var lines = 1
        for place in position..<buffer.count {
            let byte = buffer[place]
            switch (state, byte) {
            case (.quoted, UInt8(ascii: "\"")): state = .quoteInQuoted
            case (.quoted, _):
                if byte == UInt8(ascii: "\n") { lines += 1 }
                text.append(byte)
            case (.start, UInt8(ascii: "\"")): state = .quoted
            case (.quoteInQuoted, UInt8(ascii: "\"")):
                text.append(byte)
                state = .quoted
            case (_, UInt8(ascii: ",")):
                fields.append(start..<text.count)
                start = text.count
                state = .start
            case (_, UInt8(ascii: "\n")):
                fields.append(start..<text.count)
                return .complete(end: place + 1, lines: lines)
            case (_, UInt8(ascii: "\r")):
                guard place + 1 < buffer.count || hasEnded else { return .incomplete }
                if place + 1 < buffer.count, buffer[place + 1] != UInt8(ascii: "\n") { text.append(byte) }
            default:
                text.append(byte)
                state = .plain
            }
        }
        guard hasEnded else { return .incomplete }
        fields.append(start..<text.count)
        return .complete(end: buffer.count, lines: lines)
    }

    private func find(_ byte: UInt8, in range: Range<Int>) -> Int? {
        buffer.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress, !range.isEmpty else { return nil }
            return memchr(base + range.lowerBound, CInt(byte), range.count).map {
                UnsafeRawPointer($0) - UnsafeRawPointer(base)
            }
        }
    }

    /// Drops what was read and takes the next piece behind it.
    private mutating func refill() throws -> Bool {
        buffer.removeSubrange(..<position)
        position = 0
        guard buffer.count <= limit else {
            throw RowError("\(input.path):\(nextLine): a row is longer than \(limit) bytes. Is a quote not closed?")
        }
        guard let piece = try input.next() else {
            hasEnded = true
            return false
        }
        buffer += piece
        return true
    }
}
