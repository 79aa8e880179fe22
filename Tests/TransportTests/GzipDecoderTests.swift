import Foundation
import TestSupport
import Testing

@testable import Transport

@Suite struct GzipDecoderTests {
    // MARK: - Good data

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 1_000_003])
    func `what Python's gzip writes is read back`(size: Int) throws {
        let original = noise(size)
        let script = "import sys, gzip; sys.stdout.buffer.write(gzip.compress(sys.stdin.buffer.read()))"
        #expect(try GzipDecoder.decode(run(["python3", "-c", script], input: original)) == original)
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `where the input is cut does not matter`(step: Int) throws {
        let original = records(300)
        let input = try compressed(original) + [0, 0] + compressed([]) + compressed(original) + Array("rest".utf8)
        var decoder = try GzipDecoder()
        var output: [UInt8] = []
        for start in stride(from: 0, to: input.count, by: step) {
            let piece = Array(input[start..<min(start + step, input.count)])
            try decoder.append(piece.span.bytes, to: &output)
        }
        try decoder.finish()
        #expect(output == original + original)
        #expect(decoder.members == 3)
        #expect(decoder.trailingGarbageBytes == 4)
    }

    /// gzip(1): zeros are ignored, other garbage is ignored with a warning; the data is kept.
    @Test(
        arguments: [([0, 0, 0], 0), ([0x1f], 1), ([1, 2, 3], 3), ([0x1f, 0x20, 0x8b], 3), ([0, 9], 1)]
            as [([UInt8], Int)]
    )
    func `what follows the last member is left out and counted`(tail: [UInt8], garbage: Int) throws {
        var decoder = try GzipDecoder()
        var output: [UInt8] = []
        let input = try compressed([1, 2, 3]) + tail
        try decoder.append(input.span.bytes, to: &output)
        try decoder.finish()
        #expect(output == [1, 2, 3])
        #expect(decoder.trailingGarbageBytes == garbage)
    }

    @Test func `ten thousand equal records are no bomb`() throws {
        let original = Array(
            repeatElement(Array("{\"name\":\"John Smiths\",\"accuracy\":14}\n".utf8), count: 10_000).joined()
        )
        let package = try compressed(original, level: 9)
        #expect(original.count / package.count > 200)
        #expect(try GzipDecoder.decode(package) == original)
    }

    // MARK: - Bad data

    @Test func `every proper prefix is truncated, and nothing else`() throws {
        let package = try compressed(records(100))
        for length in 0..<package.count {
            #expect(throws: GzipError.truncated) { try GzipDecoder.decode(Array(package[..<length])) }
        }
    }

    /// Some bits mean nothing, such as the padding of the last byte; flipping those may do no harm either.
    @Test func `a flipped bit behind the header gives an error or the same data, never other data`() throws {
        let original = records(50)
        let package = try compressed(original)
        for bit in (10 * 8)..<(package.count * 8) {
            var damaged = package
            damaged[bit / 8] ^= 1 << (bit % 8)
            if let data = try? GzipDecoder.decode(damaged) { #expect(data == original) }
        }
    }

    @Test(arguments: ["{\"name\":\"x\"}\n", "x", "\u{78}\u{01}zlib", "\u{1f}x"])
    func `what does not begin like gzip is called that`(text: String) {
        #expect(throws: GzipError.notGzip) { try GzipDecoder.decode(Array(text.utf8)) }
    }

    @Test func `an error stays`() throws {
        var decoder = try GzipDecoder()
        var output: [UInt8] = []
        let bad: [UInt8] = [1]
        let good = try compressed(bad)
        #expect(throws: GzipError.notGzip) { try decoder.append(bad.span.bytes, to: &output) }
        #expect(throws: GzipError.notGzip) { try decoder.append(good.span.bytes, to: &output) }
        #expect(throws: GzipError.notGzip) { try decoder.finish() }
        #expect(output.isEmpty)
    }

    // MARK: - Limits

    @Test func `output stops within one step of the limit`() throws {
        let package = try compressed(noise(1_000_000))
        var decoder = try GzipDecoder(limits: GzipLimits(outputBytes: 100_000))
        var output: [UInt8] = []
        #expect(throws: GzipError.limitExceeded(.outputBytes(100_000))) {
            try decoder.append(package.span.bytes, to: &output)
        }
        #expect(output.count <= 100_000 + 65_536)
        #expect(try GzipDecoder.decode(package, limits: GzipLimits(outputBytes: 1_000_000)).count == 1_000_000)
    }

    @Test func `a bomb is stopped by its ratio`() throws {
        let bomb = try compressed([UInt8](repeating: 0, count: 20 << 20))
        #expect(throws: GzipError.limitExceeded(.ratio(200))) { try GzipDecoder.decode(bomb) }
    }

    @Test func `a bomb of members is stopped`() throws {
        let empty = try compressed([])
        let input = Array(repeatElement(empty, count: 11).joined())
        #expect(throws: GzipError.limitExceeded(.members(10))) {
            try GzipDecoder.decode(input, limits: GzipLimits(members: 10))
        }
        #expect(try GzipDecoder.decode(input, limits: GzipLimits(members: 11)) == [])
    }

    /// RFC 1952, 2.3: flag 8 says that a name follows, up to a zero. RFC 1951, 3.2.4: an empty stored block is
    /// 00 00 00 ff ff.
    @Test(
        arguments: [
            ("a name without end", [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255], [0x41]),
            ("blocks without content", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], [0, 0, 0, 0xff, 0xff]),
        ] as [(String, [UInt8], [UInt8])]
    )
    func `input that gives nothing is stopped`(name: String, start: [UInt8], endless: [UInt8]) {
        let input = start + Array(repeatElement(endless, count: (2 << 20) / endless.count).joined())
        #expect(throws: GzipError.limitExceeded(.inputWithoutOutput(1 << 20))) { try GzipDecoder.decode(input) }
    }

    // MARK: - The kit's files

    @Test func `every file of the bad-input kit comes out as its manifest says`() throws {
        guard let kit = Kit.folder else {
            print("SKIPPED: no shared/kit/bad_inputs above \(#filePath)")
            return
        }
        let manifest = try String(contentsOf: kit.appending(path: "manifest.tsv"), encoding: .utf8)
        let rows = manifest.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
        let files = rows.filter { $0[0] == "gzip" }
        try #require(files.count == 21)
        for row in files {
            let input = [UInt8](try Data(contentsOf: kit.appending(path: String(row[1]))))
            let outcome: String
            do {
                outcome = "records=\(try GzipDecoder.decode(input).count { $0 == UInt8(ascii: "\n") })"
            } catch GzipError.limitExceeded {
                outcome = "limit"
            } catch {
                outcome = "reject"
            }
            #expect(row[3].split(separator: "|").contains { $0 == outcome }, "\(row[1]) gave \(outcome)")
        }
    }
}

enum Kit {
    /// `shared/kit/bad_inputs` in the nearest folder above this file that has it.
    static var folder: URL? {
        var folder = URL(filePath: #filePath)
        while folder.path != "/" {
            folder = folder.deletingLastPathComponent()
            let kit = folder.appending(path: "shared/kit/bad_inputs")
            if FileManager.default.fileExists(atPath: kit.appending(path: "manifest.tsv").path) { return kit }
        }
        return nil
    }
}
