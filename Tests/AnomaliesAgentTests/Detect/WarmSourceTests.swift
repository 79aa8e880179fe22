import Testing

@testable import AnomaliesAgent

@Suite struct WarmSourceTests {
    private let directory: TemporaryDirectory
    private let files = DiskFileSystem()

    init() throws {
        directory = try TemporaryDirectory()
        for name in ["b.json", "a.json.gz", "sub/c.json", ".hidden"] { try directory.write("{\"n\":1}\n", to: name) }
    }

    private func paths(_ words: String...) throws -> [String]? {
        guard case .files(let paths, _) = try WarmSource(words.map { "\(directory.path)/\($0)" }, files: files) else {
            return nil
        }
        return paths.map { String($0.dropFirst(directory.path.count + 1)) }
    }

    @Test func `files are learned in the order given, a directory and a pattern by name`() throws {
        #expect(try paths("b.json", "a.json.gz") == ["b.json", "a.json.gz"])
        #expect(try paths("") == ["/a.json.gz", "/b.json", "/sub/c.json"].map { String($0.dropFirst()) })
        #expect(try paths("*.json*") == ["a.json.gz", "b.json"])
        #expect(try paths("?.json", "sub/*") == ["b.json", "sub/c.json"])
    }

    @Test(arguments: [
        ("90m", Duration.seconds(5_400)), ("24h", .seconds(86_400)), ("7d", .seconds(604_800)), ("30s", .seconds(30)),
        ("1.5h", .seconds(5_400)),
    ])
    func `last and a time is so much of the bucket, in one word or two`(text: String, period: Duration) throws {
        for words in [["last", text], ["last \(text)"]] {
            #expect(try WarmSource(words, files: files) == .last(period, named: "last \(text)"))
        }
    }

    @Test(arguments: ["last 24", "last h", "last -1h", "last 0s", "last 2y", "last 400d"])
    func `a time that is none is refused with what would do`(words: String) throws {
        let problem = #expect(throws: SetupProblem.self) { try WarmSource([words], files: files) }
        #expect(problem?.description.contains("24h") == true)
    }

    @Test(arguments: ["nowhere.gz", "*.zip", "nowhere/*.gz"])
    func `what stands for no file is refused by name`(path: String) throws {
        let problem = #expect(throws: SetupProblem.self) { try WarmSource(["\(directory.path)/\(path)"], files: files) }
        #expect(problem?.description.contains(path) == true)
    }

    @Test(arguments: [
        ("", "*", true), ("abc", "*", true), ("abc", "a*c", true), ("abc", "a?c", true), ("abc", "a*b", false),
        ("aXbXc", "a*b*c", true), ("abab", "*ab", true), ("aba", "*ab", false), (".x", "*", false), (".x", ".*", true),
    ])
    func `a star stands for anything and a question mark for one character`(name: String, pattern: String, fits: Bool) {
        #expect(WarmSource.matches(name, pattern[...]) == fits)
    }

    @Test(arguments: [
        ("empty", [UInt8]()), ("no record", Array("[1,2]\n3\n".utf8)), ("text", Array("a,b\n1,2\n".utf8)),
        ("cut", Array("\u{1f}".utf8) + [0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1]),
    ])
    func `a file that is no package is refused by name before anything starts`(name: String, content: [UInt8]) throws {
        try directory.write(content, to: "bad")
        let problem = #expect(throws: SetupProblem.self) {
            try WarmSource.checked(
                ["\(directory.path)/b.json", "\(directory.path)/bad"],
                configuration: Configuration(),
                files: files
            )
        }
        #expect(problem?.description.contains("\(directory.path)/bad") == true)
    }
}
