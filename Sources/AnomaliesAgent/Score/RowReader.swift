/// The rows of one file, one after another.
protocol RowReader {
    /// Where the current row begins, for messages: the line, counted from 1, or the item of a JSON array.
    var line: Int { get }

    /// Goes to the next row.
    ///
    /// - Returns: whether there is one.
    /// - Throws: where the rest of the file cannot be read. A row that is wrong in itself is a row all the same.
    mutating func next() throws -> Bool

    /// Appends the current row's timestamp as a CSV field.
    func writeTimestamp(to output: inout [UInt8])

    /// The current row's timestamp, as `WrittenTime` reads it; `nil` where there is none that can be read.
    var writtenTime: Double? { get }

    /// Replaces `point` with the declared features of the current row.
    ///
    /// - Parameter absent: what stands for one that is missing; `nil` refuses the row.
    func features(into point: inout [Double], absent: Double?) throws(RecordError)

    /// The current row as scripts see it.
    func record() throws(RecordError) -> JSONValue
}

/// A file that cannot be scored, or not to its end.
struct RowError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension [UInt8] {
    /// Appends a field of a CSV file, in quotes where RFC 4180 asks for them.
    mutating func appendCSVField(_ text: some Collection<UInt8>) {
        let quote = UInt8(ascii: "\"")
        let special = [UInt8(ascii: ","), quote, UInt8(ascii: "\n"), UInt8(ascii: "\r")]
        guard text.contains(where: special.contains) else {
            append(contentsOf: text)
            return
        }
        append(quote)
        for byte in text {
            if byte == quote { append(quote) }
            append(byte)
        }
        append(quote)
    }
}
