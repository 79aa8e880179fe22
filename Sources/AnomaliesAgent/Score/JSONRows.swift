/// The rows of a file of JSON lines, or of one JSON array.
///
/// - Complexity: memory for a piece and a record.
struct JSONRows: RowReader {
    private static let timestampField = Array(CSVRows.timestampColumn.utf8)

    private let input: PieceReader
    private let features: [FeaturePath]
    private let parser: RecordParser
    private var splitter: RecordSplitter
    private var hasEnded = false

    private(set) var line = 0
    /// Why the current row is no record; its line is a row all the same.
    private var problem: RecordError?

    init(_ input: PieceReader, features: [FeaturePath], limits: RecordLimits) throws {
        self.input = input
        self.features = features
        parser = try RecordParser(limits: limits)
        splitter = try RecordSplitter(limits: limits)
    }

    mutating func next() throws -> Bool {
        while true {
            switch splitter.next() {
            case .record(let bytes, let line):
                self.line = line
                problem = nil
                try parser.parse(bytes.span)
                return true
            case .bad(let line, let reason):
                self.line = line
                problem = reason
                return true
            case nil:
                if hasEnded { return false }
                try refill()
            }
        }
    }

    private mutating func refill() throws {
        do {
            if let piece = try input.next() { return try splitter.append(piece.span) }
            hasEnded = true
            try splitter.finish()
        } catch let error as PackageError {
            throw RowError("\(input.path): \(error)")
        }
    }

    /// The field `timestamp` as it is written, or the line's number where there is none.
    func writeTimestamp(to output: inout [UInt8]) {
        guard let value = timestamp else {
            return output.appendDecimal(Int64(line))
        }
        output.appendCSVField((value.string ?? value.display).utf8)
    }

    var writtenTime: Double? {
        guard let timestamp else { return nil }
        if var text = timestamp.string { return text.withUTF8(WrittenTime.seconds(of:)) }
        return timestamp.double.map(WrittenTime.seconds(of:))
    }

    private var timestamp: JSONValue? {
        guard problem == nil else { return nil }
        // Out of memory is told by what reads the features.
        return (try? parser.field(Self.timestampField)) ?? nil
    }

    func features(into point: inout [Double], absent: Double?) throws(RecordError) {
        if let problem { throw problem }
        try parser.features(features, into: &point, absent: absent)
    }

    func record() throws(RecordError) -> JSONValue {
        if let problem { throw problem }
        return try parser.value()
    }
}
