import Foundation
import Testing

@testable import AnomaliesAgent

@Suite struct IndexedTextTests {
    @Test func `weights are shares, of texts and of other values`() throws {
        let count = 20_000
        for declaration in [
            "weighted { a = 7, b = 2, c = 1, d = 0 }", "weighted { { 'a', 7 }, { 'b', 2 }, { 'c', 1 } }",
        ] {
            let values = try Simulation("x = \(declaration)").values(count)
            for (value, share) in [("a", 0.7), ("b", 0.2), ("c", 0.1)] {
                let found = Double(values.count { $0 == .string(value) }) / Double(count)
                // Five standard errors.
                #expect(abs(found - share) < 5 * (share * (1 - share) / Double(count)).squareRoot())
            }
            #expect(!values.contains("d"))
        }
        let codes = try Simulation("x = weighted { { 200, 97 }, { 500.5, 2 }, { null, 1 } }").values(2_000)
        #expect(Set(codes.map(\.display)) == ["200", "500.5", "null"])
    }

    @Test func `identifiers have the form of version 4 and do not repeat`() throws {
        let identifiers = try Simulation("x = uuid {}").values(5_000, size: 100).compactMap(\.string)
        #expect(Set(identifiers).count == 5_000)
        let form = #"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"#
        for identifier in identifiers.prefix(200) {
            #expect(identifier.range(of: form, options: .regularExpression) != nil)
            #expect(UUID(uuidString: identifier) != nil)
        }
    }

    @Test(arguments: [
        ("timestamp {}", ["\"2026-01-01T00:00:00Z\"", "\"2026-01-01T00:00:01Z\""]),
        (
            "timestamp { start = '2024-02-28T23:59:30Z', step = '30s' }",
            ["\"2024-02-28T23:59:30Z\"", "\"2024-02-29T00:00:00Z\""]
        ),
        (
            "timestamp { start = 1700000000, step = 0.25 }",
            ["\"2023-11-14T22:13:20.000Z\"", "\"2023-11-14T22:13:20.250Z\""]
        ),
        ("timestamp { start = 1700000000, step = '1h', format = 'seconds' }", ["1700000000", "1700003600"]),
        ("timestamp { start = 1700000000, step = 0.5, format = 'seconds' }", ["1700000000.0", "1700000000.5"]),
        ("timestamp { start = 1700000000, format = 'milliseconds' }", ["1700000000000", "1700000001000"]),
    ])
    func `timestamps go on by their step, in their format`(declaration: String, texts: [String]) throws {
        let records = try Simulation("x = \(declaration)").records(2)
        #expect(records.map(\.text) == texts.map { "{\"x\":\($0)}" })
    }

    @Test func `jitter makes a record late, never early, and by no more than was said`() throws {
        let times = try Simulation("x = timestamp { start = 0, step = '1s', jitter = '3s', format = 'milliseconds' }")
            .numbers(5_000)
        let late = times.enumerated().map { $1 - Double($0) * 1_000 }
        #expect(late.allSatisfy { (0..<3_000).contains($0) })
        #expect(abs(late.mean - 1_500) < 5 * 3_000 / (12.0 * 5_000).squareRoot())
    }

    // MARK: - Files

    private static let hosts =
        "host,load,\"a \"\"note\"\"\"\r\nweb-1,10,\"x, y\"\r\nweb-2,20.5,\"two\nlines\"\r\n\r\ndb-1,30,z\r\n"

    @Test func `lines and columns of a file are taken in order or at random`() throws {
        let files = ["data/names.txt": "Ann\n\nBob\r\nZoë \"Z\"", "hosts.csv": Self.hosts]
        func values(_ declaration: String, _ count: Int) throws -> [JSONValue] {
            try Simulation("x = from_file { \(declaration) }", files: files).values(count, size: 3)
        }
        #expect(try values("path = 'data/names.txt', order = 'file'", 4) == ["Ann", "Bob", "Zoë \"Z\"", "Ann"])
        #expect(try values("path = 'hosts.csv', column = 'host', order = 'file'", 3) == ["web-1", "web-2", "db-1"])
        #expect(try values("path = 'hosts.csv', column = 'load', order = 'file'", 3) == [10, 20.5, 30])
        #expect(try values("path = 'hosts.csv', column = 'a \"note\"', order = 'file'", 2) == ["x, y", "two\nlines"])
        let random = try values("path = 'data/names.txt'", 3_000).compactMap(\.string)
        for name in ["Ann", "Bob", "Zoë \"Z\""] {
            #expect(abs(Double(random.count { $0 == name }) - 1_000) < 5 * (3_000.0 * 2 / 9).squareRoot())
        }
    }

    @Test func `a column of numbers can be computed with`() throws {
        let values = try Simulation(
            "x = add { from_file { path = 'hosts.csv', column = 'load', order = 'file' }, 100 }",
            files: ["hosts.csv": Self.hosts]
        ).numbers(4)
        #expect(values == [110, 120.5, 130, 110])
    }

    @Test(arguments: [
        ("path = '../secret.txt'", "not below the directory"), ("path = '/etc/hostname'", "not below the directory"),
        ("path = 'a/../../secret.txt'", "not below the directory"), ("path = 'link.txt'", "not below the directory"),
        ("path = 'absent.txt'", "No such file"), ("path = 'folder'", "not a regular file"),
        ("path = 'fifo'", "not a regular file"), ("path = 'empty.txt'", "no values"),
        ("path = 'large.txt'", "the limit is 4194304"), ("path = 'many.txt'", "the limit is 100000"),
        ("path = 'hosts.csv', column = 'hots'", "Did you mean host?"), ("path = 'bytes.txt'", "not UTF-8"),
        ("path = 'short.csv', column = 'b'", "no \"b\" in row 3"), ("column = 'b'", "path: is missing"),
        ("path = 'hosts.csv', order = 'sorted'", "one of \"random\", \"file\""),
    ])
    func `a file that is elsewhere, too large or no list of values is refused with its line`(
        parameters: String,
        words: String
    ) throws {
        let bench = try Workbench()
        let scripts = bench.directory.path + "/scripts"
        try bench.directory.write("secret", to: "secret.txt")
        try bench.directory.write("", to: "scripts/empty.txt")
        try bench.directory.write("x", to: "scripts/folder/x")
        try bench.directory.write(String(repeating: "x\n", count: 100_001), to: "scripts/many.txt")
        try bench.directory.write(String(repeating: "0123456789abcde\n", count: 262_145), to: "scripts/large.txt")
        try bench.directory.write("a,b\n1,2\n3\n", to: "scripts/short.csv")
        try bench.directory.write(Self.hosts, to: "scripts/hosts.csv")
        try Data([0x61, 0xFF]).write(to: URL(filePath: scripts + "/bytes.txt"))
        try FileManager.default.createSymbolicLink(atPath: scripts + "/link.txt", withDestinationPath: "../secret.txt")
        #expect(mkfifo(scripts + "/fifo", 0o600) == 0)
        let error = #expect(throws: ScriptProblems.self) {
            try bench.library(["record.lua": "return record {\n x = from_file { \(parameters) } }"])
        }
        #expect(error?.problems.count == 1)
        #expect(error?.description.hasPrefix("\(scripts)/record.lua:2: ") == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test func `a link that stays below the directory is followed, as ConfigMaps are made of such`() throws {
        let bench = try Workbench()
        try bench.directory.write("a\nb", to: "scripts/..2026/names.txt")
        let scripts = bench.directory.path + "/scripts"
        try FileManager.default.createSymbolicLink(atPath: scripts + "/..data", withDestinationPath: "..2026")
        try FileManager.default.createSymbolicLink(
            atPath: scripts + "/names.txt",
            withDestinationPath: "..data/names.txt"
        )
        let simulation = try Simulation("x = from_file { path = 'names.txt', order = 'file' }", bench: bench)
        #expect(try simulation.values(2) == ["a", "b"])
    }
}
