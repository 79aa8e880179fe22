import Testing

@testable import AnomaliesAgent

@Suite struct PackageNamesTests {
    /// 2026-11-22T17:00:00Z, from `date -u -d @1795366800`.
    static let noon: Int64 = 1_795_366_800_000_000
    static let second: Int64 = 1_000_000

    static func naming(_ format: String = "%Y-%m-%d-%H_%M_%S", prefix: String = "") throws -> PackageNaming {
        PackageNaming(prefix: prefix, pattern: .standard, format: try TimestampFormat(format))
    }

    @Test func `a slow feed names packages by their time alone`() throws {
        var names = PackageNames(naming: try Self.naming(), uploadInterval: .seconds(6))
        #expect(names.next(at: Self.noon).key == "data-feed-2026-11-22-17_00_00.json.gz")
        #expect(names.next(at: Self.noon + 6 * Self.second).key == "data-feed-2026-11-22-17_00_06.json.gz")
    }

    @Test func `two packages in a second of a slow feed get two seconds, and then the clock's again`() throws {
        var names = PackageNames(naming: try Self.naming(), uploadInterval: .seconds(1))
        let keys = [1000, 999_000, 2_001_000].map { names.next(at: Self.noon + $0).key }
        #expect(
            keys == [
                "data-feed-2026-11-22-17_00_00.json.gz", "data-feed-2026-11-22-17_00_01.json.gz",
                "data-feed-2026-11-22-17_00_02.json.gz",
            ]
        )
    }

    @Test func `a fast feed numbers every name`() throws {
        var names = PackageNames(naming: try Self.naming(), uploadInterval: .milliseconds(500))
        let keys = [0, 500_000, 1_000_000].map { names.next(at: Self.noon + $0).key }
        #expect(
            keys == [
                "data-feed-2026-11-22-17_00_00-0001.json.gz", "data-feed-2026-11-22-17_00_00-0002.json.gz",
                "data-feed-2026-11-22-17_00_01-0001.json.gz",
            ]
        )
    }

    @Test(arguments: [0, 0.2, 1, 6], ["%Y-%m-%d-%H_%M_%S", "%Y-%m-%d-%H", "%s", "%Y/%m/%d/%H_%M_%S", "%F-%H%M%S%f"])
    func `keys are unique and sort as they were made, whatever the clock does and across restarts`(
        interval: Double,
        format: String
    ) throws {
        let naming = try Self.naming(format, prefix: "feeds/")
        var names = PackageNames(naming: naming, uploadInterval: .seconds(interval))
        // Standing still, jitter, an hour back and forward, and more in a second than four digits count.
        let steps: [Int64] = [0, 0, 1, 400_000, 999_999, -3_600_000_000, 1_000_000, 0, 7_200_000_000, -1, 1_000_001]
        var instant = Self.noon
        var made: [PackageName] = []
        let overflow = interval == 0 && format == TimestampFormat.standard.text
        for round in 0..<(overflow ? 12_000 : 600) {
            instant += round < 500 ? steps[round % steps.count] : 0
            if round % 97 == 0, let last = made.last {
                names = PackageNames(naming: naming, uploadInterval: .seconds(interval), after: last.key)
            }
            made.append(names.next(at: instant))
        }
        #expect(naming.keysSortByCreation)
        #expect(zip(made, made.dropFirst()).allSatisfy { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
        #expect(zip(made, made.dropFirst()).allSatisfy { $0 < $1 })
        #expect(made.allSatisfy { naming.match($0.key) == $0 })
    }

    @Test func `after a change from slow to fast and back names still go on`() throws {
        let naming = try Self.naming()
        var slow = PackageNames(naming: naming, uploadInterval: .seconds(1))
        var made = [slow.next(at: Self.noon)]
        var fast = PackageNames(naming: naming, uploadInterval: .zero, after: made[0].key)
        made.append(fast.next(at: Self.noon))
        made.append(fast.next(at: Self.noon))
        slow = PackageNames(naming: naming, uploadInterval: .seconds(1), after: made[2].key)
        made.append(slow.next(at: Self.noon))
        #expect(made.map(\.key) == made.map(\.key).sorted())
        #expect(Set(made).count == 4)
    }

    @Test func `a last key of another pattern is ignored`() throws {
        var names = PackageNames(naming: try Self.naming(), uploadInterval: .seconds(6), after: "else-2099-01-01.gz")
        #expect(names.next(at: Self.noon).key == "data-feed-2026-11-22-17_00_00.json.gz")
    }

    @Test(arguments: [
        ("feeds/data-feed-2026-11-22-17_00_00.json.gz", 0), ("feeds/data-feed-2026-11-22-17_00_00-0042.json.gz", 42),
    ])
    func `a key of the pattern is recognised under the prefix with its instant`(key: String, sequence: Int) throws {
        let name = try #require(try Self.naming(prefix: "feeds/").match(key))
        #expect(name.epochMicroseconds == Self.noon)
        #expect(name.sequence == sequence)
        #expect(name.key == key)
    }

    @Test(arguments: [
        "", "feeds/", "data-feed-2026-11-22-17_00_00.json.gz", "feeds/data-feed-2026-11-22-17_00_00.json",
        "feeds/data-feed-2026-11-22-17_00_00.json.gz.tmp", "feeds/data-feed-2026-11-22-17_00.json.gz",
        "feeds/data-feed-2026-11-31-17_00_00.json.gz", "feeds/data-feed-2026-11-22-17_00_00-001.json.gz",
        "feeds/data-feed-2026-11-22-17_00_00_0001.json.gz", "feeds/data-feed-2026-11-22-17_00_00-00x1.json.gz",
        "feeds/x/data-feed-2026-11-22-17_00_00.json.gz", "feeds/data-feed-.json.gz", "feeds/data-feed-{}.json.gz",
    ])
    func `a key that differs in anything is not recognised`(key: String) throws {
        #expect(try Self.naming(prefix: "feeds/").match(key) == nil)
    }

    @Test func `names of another feed that repeat a second are ordered as they were made, not as listed`() throws {
        let naming = try Self.naming()
        let first = try #require(naming.match("data-feed-2026-11-22-17_00_00.json.gz"))
        let second = try #require(naming.match("data-feed-2026-11-22-17_00_00-0001.json.gz"))
        #expect(second.key < first.key)
        #expect(first < second)
    }

    @Test func `a format that does not sort says so`() throws {
        #expect(try !Self.naming("%d-%m-%Y-%H_%M_%S").keysSortByCreation)
    }
}
