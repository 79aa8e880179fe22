import Foundation
import TestSupport
import Testing

@testable import AnomaliesAgent

@Suite struct CSVRowsTests {
    /// Prints the timestamp of every row as Python reads it, in hexadecimal, `-` for an empty one.
    private static let reader = """
        import csv, io, sys
        text = sys.stdin.buffer.read().decode("utf-8-sig")
        for row in csv.DictReader(io.StringIO(text, newline="")):
            value = (row["timestamp"] or "").encode().hex() or "-"
            print(value)
        """

    static let oddities = [
        "timestamp,value\n1,2\n",
        "timestamp,value\r\n1,2\r\n\r\n3,4",
        "\u{FEFF}timestamp,value\n1,2\n",
        "\u{FEFF}\"timestamp\",value\n1,2\n",
        "value,timestamp\n1,\"a,b\"\n2,\"say \"\"x\"\"\"\n",
        "timestamp,value\n\"two\nlines\",1\nnext,2\n",
        "timestamp,value\n\"two\r\nlines\",1\r\nnext,2\r\n",
        "timestamp,value\n\"ab\"cd,1\nab\"cd\"ef,2\n",
        "timestamp,value\n\n\nx,1\n\n",
        "timestamp,value\n\"\",1\n,2\n",
        "timestamp,value\nshort\n",
        "timestamp,value\nlong,1,2,3\n",
        "timestamp,value\nx,\"not closed\n",
        "timestamp,value\n\"x\",1\r\n\"y\",2",
        "timestamp,value\n x ,1\n",
        "timestamp,value\nZürich €,1\n",
        "timestamp,value\n\"\"\"\",1\n\"\"\"\"\"\",2\n",
    ]

    @Test(arguments: oddities)
    func `rows and their fields are those of Python's csv, and scores read back as they were`(text: String) throws {
        let folder = try ScoreFolder()
        try folder.write(text, "a.csv")
        let expected = try run(["python3", "-c", Self.reader], input: Array(text.utf8))
        _ = try folder.score()
        let written = try run(["python3", "-c", Self.reader], input: Array(try folder.output("a.csv").utf8))
        #expect(String(decoding: written, as: UTF8.self) == String(decoding: expected, as: UTF8.self))
    }

    /// Pieces have 256 KiB: rows of every kind lie across their borders.
    @Test func `a row is read the same wherever the pieces of a file end`() throws {
        let folder = try ScoreFolder()
        let kinds = ["plain,1\n", "\"a,b\",2\r\n", "\"a\"\"\nb\",3\n", "\n", "x,4\r\n"]
        var text = "timestamp,value\r\n"
        for row in 0..<150_000 { text += kinds[(row * 7 + row / 11) % kinds.count] }
        try folder.write(text, "a.csv", gzipped: false)
        let expected = try run(["python3", "-c", Self.reader], input: Array(text.utf8))
        var rows = try CSVRows(
            try PieceReader("\(folder.path)/in/a.csv", files: DiskFileSystem()),
            features: ["value"],
            limit: 1_000
        )
        var read = ""
        var (field, point): ([UInt8], [Double]) = ([], [])
        while try rows.next() {
            try rows.features(into: &point)
            field.removeAll()
            rows.writeTimestamp(to: &field)
            let plain: [Double: String] = [1: "plain", 2: "a,b", 3: "a\"\nb", 4: "x"]
            let name = try #require(plain[point[0]])
            let quoted = "\"" + name.replacing("\"", with: "\"\"") + "\""
            #expect(String(decoding: field, as: UTF8.self) == (name.contains { ",\"\n".contains($0) } ? quoted : name))
            read += name.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\n"
        }
        #expect(read == String(decoding: expected, as: UTF8.self))
    }
}
