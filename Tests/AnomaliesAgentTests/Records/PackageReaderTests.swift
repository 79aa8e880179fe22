import Foundation
import Testing

@testable import AnomaliesAgent

@Suite struct PackageReaderTests {
    @Test(arguments: packageSamples)
    func `good records are read and bad ones counted whatever stands between them`(sample: PackageSample) throws {
        let entries = try read(sample)
        #expect(entries.records.count == sample.records)
        #expect(entries.bad.count == sample.bad)
    }

    @Test(arguments: packageSamples)
    func `a package in pieces fares as a whole one`(sample: PackageSample) throws {
        let whole = try read(sample)
        for size in [1, 2, 7, 64, 4_096, 1 << 20] {
            var splitter = try RecordSplitter(limits: sample.limits)
            var entries: [RecordSplitter.Entry] = []
            for start in stride(from: 0, to: sample.bytes.count, by: size) {
                try splitter.append(sample.bytes.span.extracting(start..<min(start + size, sample.bytes.count)))
                while let entry = splitter.next() { entries.append(entry) }
            }
            try splitter.finish()
            while let entry = splitter.next() { entries.append(entry) }
            #expect(entries == whole.all, "pieces of \(size) bytes")
        }
    }

    @Test func `lines are counted from 1, blank ones too`() throws {
        let bytes = Array("\n{\"a\":1}\r\n\n nonsense \n[]\n{\"a\":2}".utf8)
        var reader = try PackageReader(bytes)
        #expect(reader.next() == .record(1..<8, line: 2))
        #expect(reader.next() == .bad(line: 4, reason: .notJSON))
        #expect(reader.next() == .bad(line: 5, reason: .notAnObject))
        #expect(reader.next() == .record(25..<32, line: 6))
        #expect(reader.next() == nil)
        #expect(reader.next() == nil)
    }

    @Test func `the items of an array are counted from 1`() throws {
        var reader = try PackageReader(Array("[\n{\"a\":1},\n7 , {\"a\": 2}\n]".utf8))
        #expect(reader.next() == .record(2..<9, line: 1))
        #expect(reader.next() == .bad(line: 2, reason: .notAnObject))
        #expect(reader.next() == .record(15..<23, line: 3))
        #expect(reader.next() == nil)
        #expect(reader.next() == nil)
    }

    @Test(arguments: [
        ("{\"a\":NaN}", RecordError.notJSON),
        ("{\"a\":01}", .malformedNumber),
        ("{\"a\":1e400}", .numberOutOfRange),
        ("{\"a\":1e400,\"b\":18446744073709551616}", .numberOutOfRange),
        ("{\"a\":\"\\ud800\"}", .malformedString),
        ("{\"a\":\"b}", .unclosedString),
        ("{\"a\":\"\t\"}", .controlCharacter),
        ("\u{20}\u{FEFF}{\"a\":1}", .byteOrderMark),
        ("7", .notAnObject),
        (nested(129), .tooDeep),
    ])
    func `a bad record says what is wrong with it`(line: String, reason: RecordError) throws {
        var reader = try PackageReader(Array(line.utf8))
        #expect(reader.next() == .bad(line: 1, reason: reason))
    }

    @Test(
        arguments: [
            (String.Encoding.utf16LittleEndian, [0xFF, 0xFE], "UTF-16"),
            (.utf16BigEndian, [0xFE, 0xFF], "UTF-16"),
            (.utf32LittleEndian, [0xFF, 0xFE, 0, 0], "UTF-32"),
            (.utf32BigEndian, [0, 0, 0xFE, 0xFF], "UTF-32"),
        ] as [(String.Encoding, [UInt8], String)]
    )
    func `a package in another encoding is refused as a whole`(
        encoding: String.Encoding,
        mark: [UInt8],
        name: String
    ) throws {
        let text = try #require("{\"a\":1}\n{\"a\":2}\n".data(using: encoding))
        for package in [mark + text, [UInt8](text)] {
            #expect(throws: PackageError.encoding(name)) { _ = try PackageReader(package) }
            #expect(throws: PackageError.encoding(name)) {
                var splitter = try RecordSplitter()
                for place in package.indices { try splitter.append(package.span.extracting(place..<place + 1)) }
            }
        }
    }

    @Test func `a package beyond the limit is refused before it is read`() throws {
        let limits = RecordLimits(record: 100, package: 1_000)
        let array = Array(("[{}" + String(repeating: ",{}", count: 500) + "]").utf8)
        #expect(throws: PackageError.tooLarge(limit: 1_000)) { _ = try PackageReader(array, limits: limits) }
    }

    @Test(arguments: [("", "\n"), ("[", ",")])
    func `what arrives in pieces may go on for ever, as lines and as an array`(
        start: String,
        delimiter: String
    ) throws {
        var splitter = try RecordSplitter(limits: RecordLimits(record: 100, package: 1_000))
        try splitter.append(Array(start.utf8).span)
        let piece = Array((1...3).map { "{\"a\":\($0)}" + delimiter }.joined().utf8)
        var records = 0
        for _ in 0..<1_000 {
            try splitter.append(piece.span)
            while splitter.next() != nil { records += 1 }
        }
        #expect(records == 3_000)
    }

    @Test func `the deepest record fits on a small stack`() async throws {
        let text = Array("\(nested(128))\n\(nested(128, opening: #"{"a":"#, closing: "}"))".utf8)
        let written = await withCheckedContinuation { (done: CheckedContinuation<[String], Never>) in
            let thread = Thread {
                let values = (try? PackageReader(text)).map { reader in
                    var reader = reader
                    var values: [String] = []
                    while case .record(let range, _) = reader.next() {
                        guard let value = try? JSONValue(parsing: Array(text[range])) else { break }
                        if let text = try? value.text() { values.append(text) }
                    }
                    return values
                }
                done.resume(returning: values ?? [])
            }
            thread.stackSize = 512 << 10
            thread.start()
        }
        #expect(written == String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init))
    }

    private struct Outcome {
        var all: [RecordSplitter.Entry] = []
        var records: [[UInt8]] = []
        var bad: [RecordError] = []
    }

    private func read(_ sample: PackageSample) throws -> Outcome {
        var reader = try PackageReader(sample.bytes, limits: sample.limits)
        var outcome = Outcome()
        while let entry = reader.next() {
            switch entry {
            case .record(let range, let line):
                let bytes = Array(sample.bytes[range])
                outcome.records.append(bytes)
                outcome.all.append(.record(bytes, line: line))
            case .bad(let line, let reason):
                outcome.bad.append(reason)
                outcome.all.append(.bad(line: line, reason: reason))
            }
        }
        return outcome
    }
}
