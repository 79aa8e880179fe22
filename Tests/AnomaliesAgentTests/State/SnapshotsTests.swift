import Testing

@testable import AnomaliesAgent

@Suite struct SnapshotsTests {
    private let bench: Workbench
    private let snapshots: Snapshots

    init() throws {
        bench = try Workbench()
        snapshots = try Snapshots(directory: bench.directory.path, files: bench.files)
    }

    private func save(_ bytes: [UInt8], batch: Int, detector: String = "d") throws {
        try snapshots.save(bytes, shard: "s", batch: batch, detector: detector, window: 0, time: 0, state: bench.state)
    }

    @Test func `the two newest are kept, and the files of others removed`() throws {
        for batch in 1...4 { try save([UInt8(batch)], batch: batch) }
        let references = try bench.state.read { try snapshots.references(shard: "s", in: $0) }
        #expect(references.map(\.batch) == [4, 3])
        #expect(try bench.directory.names("snapshots") == references.map(\.file).sorted())
        #expect(try references.map { try snapshots.load($0.file) } == [[4], [3]])
    }

    @Test func `a file is named by its content: SHA-256`() throws {
        // FIPS 180-4, of "abc".
        try save(Array("abc".utf8), batch: 1)
        #expect(
            try bench.directory.names("snapshots")
                == ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.snapshot"]
        )
    }

    @Test func `a snapshot that takes another's place takes its file away`() throws {
        try save([1], batch: 7, detector: "old")
        try save([2], batch: 7, detector: "new")
        #expect(try bench.directory.names("snapshots").count == 1)
        #expect(try bench.state.read { try snapshots.references(shard: "s", in: $0) }.map(\.detector) == ["new"])
    }

    @Test func `a damaged file is refused by name`() throws {
        try save([1, 2, 3], batch: 1)
        let file = try bench.directory.names("snapshots")[0]
        try bench.directory.write([1, 2, 4], to: "snapshots/\(file)")
        let error = #expect(throws: FileError.self) { try snapshots.load(file) }
        #expect(error?.path.hasSuffix(file) == true)
    }
}
