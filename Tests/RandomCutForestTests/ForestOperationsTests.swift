import Testing

@Suite struct ForestOperationsTests {
    /// Bytes of all kinds, mostly operations; `Tests/Fuzz/fuzz.sh` looks for worse ones.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func `whatever is done in whatever order, the forest keeps its promises`(seed: UInt64) throws {
        var stream = TestStream(seed: seed)
        for kind in [0, 0, 0, 1, 1, 1, 1, 2, 3] as [UInt8] {
            let count = Int(stream.next() % 1500)
            let bytes = [kind] + (0..<count).map { _ in UInt8(truncatingIfNeeded: stream.next()) }
            try ForestOperations.run(bytes)
        }
    }

    /// What the fuzzer has found.
    @Test(arguments: [
        // A forged shingle held a value that no observation leads to, and so did the next snapshot.
        [
            0x15, 0xCB, 0, 0x20, 0x6A, 0xFF, 0x15, 0x8B, 0x6A, 0x15, 0, 0x8B, 0x6A, 0x15, 0, 0x31, 0xFF, 0x32, 0xFF,
            0xFF,
        ] as [UInt8]
    ])
    func `what once broke the forest does not any more`(bytes: [UInt8]) throws {
        try ForestOperations.run(bytes)
    }

    @Test(arguments: 0..<4 as Range<UInt8>, [0, 1, 2, 7, 30])
    func `few bytes are as good as many`(kind: UInt8, count: Int) throws {
        try ForestOperations.run([kind] + [UInt8](repeating: 255, count: count))
    }
}
