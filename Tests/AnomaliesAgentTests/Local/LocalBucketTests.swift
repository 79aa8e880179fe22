import Foundation
import Testing

@testable import AnomaliesAgent

@Suite struct LocalBucketTests {
    private let directory: TemporaryDirectory
    private let bucket: LocalBucket

    init() throws {
        directory = try TemporaryDirectory()
        bucket = try LocalBucket(directory: directory.path + "/bucket", files: DiskFileSystem())
    }

    @Test func `the ETag of an object is its MD5, as S3 makes it of one that was put at once`() async throws {
        // RFC 1321, A.5.
        #expect(try await bucket.put([], key: "empty") == "d41d8cd98f00b204e9800998ecf8427e")
        #expect(try await bucket.put(Array("abc".utf8), key: "abc") == "900150983cd24fb0d6963f7d28e17f72")
        #expect(try await bucket.etag(of: "abc") == "900150983cd24fb0d6963f7d28e17f72")
        #expect(try await bucket.get("abc", limit: 3).etag == "900150983cd24fb0d6963f7d28e17f72")
        #expect(try await bucket.list(prefix: "", after: nil).map(\.etag).last == "d41d8cd98f00b204e9800998ecf8427e")
        #expect(try await bucket.etag(of: "none") == nil)
    }

    @Test(arguments: [
        "a/b", "/a", "../up", "..", ".", ".hidden", "a b", "ü", "100%", "%41", "a%2Fb", "x.part", ".part", "a.part.gz",
        "a\nb", "-rf", "~", "a\\b", "e\u{301}",
    ])
    func `a key may be any text and never leaves the directory`(key: String) async throws {
        _ = try await bucket.put(Array(key.utf8), key: key)
        #expect(try await bucket.list(prefix: "", after: nil).map { Array($0.key.utf8) } == [Array(key.utf8)])
        #expect(try await bucket.get(key, limit: 100).body == Array(key.utf8))
        #expect(try directory.names("") == ["bucket"])
        #expect(try directory.names("bucket").count == 1)
    }

    @Test func `a key that is too long for a file is refused by name, and looked for in vain`() async throws {
        let key = String(repeating: "k", count: 300)
        let error = await #expect(throws: FileError.self) { try await bucket.put([1], key: key) }
        #expect(error?.description.contains("File name too long") == true)
        #expect(try await bucket.etag(of: key) == nil)
        #expect(try await bucket.list(prefix: "", after: nil).isEmpty)
        #expect(try directory.names("bucket").isEmpty)
    }

    @Test func `keys are listed in the order of their bytes, a thousand at once, each page after a key`() async throws {
        // As files that were copied in: to put each would make each durable.
        for number in 0..<1_003 { try directory.write("x", to: "bucket/key-\(number)") }
        let keys = (0..<1_003).map { "key-\($0)" }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let first = try await bucket.list(prefix: "", after: nil)
        #expect(first.map(\.key) == Array(keys.prefix(1_000)))
        #expect(try await bucket.list(prefix: "", after: first.last?.key).map(\.key) == Array(keys.suffix(3)))
        #expect(
            try await bucket.list(prefix: "key-100", after: "key-100").map(\.key) == [
                "key-1000", "key-1001", "key-1002",
            ]
        )
        #expect(try await bucket.list(prefix: "", after: "key-999").isEmpty)
        #expect(try await bucket.list(prefix: "key-2", after: "a").first?.key == "key-2")
    }

    @Test func `files that people copy in are objects, what is hidden or unfinished is not`() async throws {
        for name in ["plain.gz", "with space.gz", "ü.gz", "100%.gz", "%41.gz", ".hidden", "copy.part", "sub/inner.gz"] {
            try directory.write(name, to: "bucket/\(name)")
        }
        let listed = try await bucket.list(prefix: "", after: nil)
        #expect(listed.map(\.key) == ["%41.gz", "100%.gz", "plain.gz", "with space.gz", "ü.gz"])
        for object in listed { #expect(try await bucket.get(object.key, limit: 100).body == Array(object.key.utf8)) }
    }

    @Test func `an object that is put takes the place of a file of that name`() async throws {
        try directory.write("copied", to: "bucket/a b")
        _ = try await bucket.put(Array("put".utf8), key: "a b")
        #expect(try await bucket.list(prefix: "", after: nil).map(\.key) == ["a b"])
        #expect(try await bucket.get("a b", limit: 10).body == Array("put".utf8))
    }

    @Test func `two changes within one step of the file system's clock are both seen`() async throws {
        let files = CoarseFiles()
        // The directory was changed a millisecond ago.
        let clock = ManualClock(1_000_000_000_001)
        let bucket = try LocalBucket(directory: directory.path + "/coarse", files: files, clock: clock)
        let old = try await bucket.put(Array("one".utf8), key: "a")
        #expect(try await bucket.list(prefix: "", after: nil).map(\.key) == ["a"])
        _ = try await bucket.put(Array("two".utf8), key: "b")
        let new = try await bucket.put(Array("TWO".utf8), key: "a")
        #expect(try await bucket.list(prefix: "", after: nil).map(\.key) == ["a", "b"])
        #expect(try await bucket.etag(of: "a") == new)
        #expect(old != new)
    }

    @Test func `a directory that has not changed for long is not read again`() async throws {
        let files = CoarseFiles()
        let bucket = try LocalBucket(
            directory: directory.path + "/coarse",
            files: files,
            clock: ManualClock(1_000_000_010_000)
        )
        for _ in 0..<3 { #expect(try await bucket.list(prefix: "", after: nil).isEmpty) }
        #expect(files.listingCount == 1)
    }

    @Test func `a longer object than is asked for is refused before it is read`() async throws {
        _ = try await bucket.put([1, 2, 3], key: "long")
        await #expect(throws: ObjectTooLarge.self) { try await bucket.get("long", limit: 2) }
    }

    @Test func `an object that is gone says so`() async throws {
        let error = await #expect(throws: FileError.self) { try await bucket.get("gone", limit: 2) }
        #expect(error?.objectIsGone == true)
    }
}
