import Foundation
import Testing

@testable import AnomaliesAgent

/// Python's `json` as the judge, over documents of its own making: half of them sound, half damaged somewhere.
@Suite struct PythonAgreementTests {
    private struct Case {
        let document: [UInt8]
        /// The value in the notation below, or `refuse`.
        let verdict: String
    }

    @Test func `what strict Python accepts is accepted with the same value, and nothing else`() throws {
        let cases = try Self.cases(seed: 20_261_122, count: 6_000)
        #expect(cases.count == 6_000)
        let parser = try RecordParser()
        var accepted = 0
        for one in cases {
            let verdict: String
            do {
                try parser.parseValue(one.document.span)
                verdict = notation(of: try parser.value())
                accepted += 1
            } catch {
                verdict = "refuse"
            }
            #expect(verdict == one.verdict, "\(String(decoding: one.document, as: UTF8.self))")
        }
        #expect((2_000...5_000).contains(accepted), "both verdicts have to occur")
    }

    @Test func `Python reads what is written as the same value`() throws {
        let parser = try RecordParser()
        var documents: [[UInt8]] = []
        var values: [String] = []
        for one in try Self.cases(seed: 7, count: 2_000) where one.verdict != "refuse" {
            try parser.parseValue(one.document.span)
            var written: [UInt8] = []
            try parser.value().write(to: &written)
            documents.append(written)
            values.append(one.verdict)
        }
        #expect(documents.count > 500)
        #expect(try Self.judge(documents).map(\.verdict) == values)
    }

    @Test func `a line is a record exactly when Python takes it for an object`() throws {
        let cases = try Self.cases(seed: 99, count: 2_000).filter { one in
            !one.document.contains(0x0A) && one.document.contains { !$0.isBlank }
        }
        let package = Array(cases.map(\.document).joined(separator: [0x0A]))
        // In front, so that it is this line that decides the layout.
        var reader = try PackageReader(Array("{}\n".utf8) + package)
        #expect(reader.next() == .record(0..<2, line: 1))
        for (number, one) in cases.enumerated() {
            let entry = reader.next()
            switch try #require(entry) {
            case .record(_, let line):
                #expect(line == number + 2)
                #expect(one.verdict.hasPrefix("{"))
            case .bad(let line, _):
                #expect(line == number + 2)
                #expect(!one.verdict.hasPrefix("{"), "\(String(decoding: one.document, as: UTF8.self))")
            }
        }
        #expect(reader.next() == nil)
    }

    private static func cases(seed: Int, count: Int) throws -> [Case] {
        try run(["generate", String(seed), String(count)])
    }

    private static func judge(_ documents: [[UInt8]]) throws -> [Case] {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).hex")
        defer { try? FileManager.default.removeItem(at: file) }
        try documents.map(hexadecimal).joined(separator: "\n").write(to: file, atomically: false, encoding: .utf8)
        return try run(["judge", file.path])
    }

    private static func run(_ arguments: [String]) throws -> [Case] {
        let answer = try output(of: ["python3", "-c", strictPython] + arguments)
        return try String(decoding: answer, as: UTF8.self).split(separator: "\n").map { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            try #require(columns.count == 2)
            return Case(document: bytes(columns[0]), verdict: String(columns[1]))
        }
    }
}

/// A value in the notation of `strictPython`: doubles as their bits and text as its bytes, so that neither side's
/// writer has a say in whether values are equal.
private func notation(of value: JSONValue) -> String {
    switch value {
    case .null: "n"
    case .boolean(let value): value ? "t" : "f"
    case .integer(let value): "i\(value)"
    case .digits(let digits): "i\(digits)"
    case .number(let value): "d" + String(value.bitPattern, radix: 16)
    case .string(let text): "s" + hexadecimal(Array(text.utf8))
    case .array(let items): "[" + items.map(notation).joined(separator: ",") + "]"
    case .object(let object):
        "{"
            + object.fields.map { hexadecimal(Array($0.name.utf8)) + ":" + notation(of: $0.value) }.joined(
                separator: ","
            )
            + "}"
    }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

private func bytes(_ hexadecimal: Substring) -> [UInt8] {
    let digits = hexadecimal.utf8.map { $0 < 0x40 ? $0 - 0x30 : $0 - 0x57 }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
