import TestSupport
import Testing

@testable import Transport

@Suite struct GzipEncoderTests {
    /// Sizes around zlib's 32 KiB window and our 64 KiB output step, where an off-by-one would hide.
    @Test(arguments: [0, 1, 32_768, 65_535, 65_536, 65_537, 1_000_003])
    func `a package opens with stock gunzip`(size: Int) throws {
        let original = noise(size)
        #expect(try run(["gzip", "-dc"], input: compressed(original)) == original)
    }

    @Test(arguments: 0...9)
    func `every level opens with stock gunzip`(level: Int) throws {
        let original = records(1000)
        #expect(try run(["gzip", "-dc"], input: compressed(original, level: level)) == original)
    }

    @Test(arguments: [-1, 10])
    func `an impossible level is refused`(level: Int) {
        #expect(throws: GzipError.invalidLevel(level)) { _ = try GzipEncoder(level: level) }
    }

    @Test func `the header has no time, no name and no operating system`() throws {
        // RFC 1952, 2.3: magic, deflate, no flags, MTIME 0, XFL 0, OS 255 = unknown.
        #expect(try compressed(records(10)).prefix(10) == [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
    }

    @Test func `a reset encoder writes what a new one would, also after an abandoned member`() throws {
        var encoder = try GzipEncoder()
        var abandoned: [UInt8] = []
        let start = noise(100_000)
        try encoder.append(start.span.bytes, to: &abandoned)
        encoder.reset()
        for count in [1, 500, 1000] {
            var package: [UInt8] = []
            let lines = records(count)
            try encoder.append(lines.span.bytes, to: &package)
            try encoder.finish(into: &package)
            encoder.reset()
            #expect(try package == compressed(lines))
        }
    }
}

func compressed(_ original: [UInt8], level: Int = 6) throws -> [UInt8] {
    var encoder = try GzipEncoder(level: level)
    var package: [UInt8] = []
    try encoder.append(original.span.bytes, to: &package)
    try encoder.finish(into: &package)
    return package
}

/// Hardly compressible, and the same every time.
func noise(_ count: Int) -> [UInt8] {
    var state: UInt64 = 88_172_645_463_325_252
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state >> 24)
    }
}

/// JSON lines as the simulator makes them.
func records(_ count: Int) -> [UInt8] {
    let names = ["John Smiths", "Nicolas Robins", "Wendy Smart", "Ann Lee"]
    let choices = noise(count)
    return (0..<count).flatMap { index in
        Array("{\"name\":\"\(names[Int(choices[index]) % 4])\",\"accuracy\":\(10 + Int(choices[index]) % 11)}\n".utf8)
    }
}
