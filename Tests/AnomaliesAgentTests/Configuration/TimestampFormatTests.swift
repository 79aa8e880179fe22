import Foundation
import Testing

@testable import AnomaliesAgent

@Suite struct TimestampFormatTests {
    static let instants: [Int64] = [
        0, 1, 999_999, 951_782_400_000_000, 951_868_799_999_999, 1_000_000_000_000_000, 1_709_164_800_000_000,
        1_735_689_599_999_999, 1_795_366_800_000_000, 4_102_444_799_000_000, 4_107_542_400_000_000,
        7_258_118_400_123_456,
    ]
    static let formats = [
        "%Y-%m-%d-%H_%M_%S", "%F-%T", "%Y%j%H%M%S%f", "%y%m%d", "%Y/%m/%d/%Y-%m-%d %H h %M %%S", "%d.%m.%Y",
    ]

    @Test(.enabled(if: Python.isInstalled, "needs python3"), arguments: formats)
    func `instants are written as Python's strftime writes them`(text: String) throws {
        let program = """
            import sys, datetime
            for line in sys.stdin:
                s, us = divmod(int(line), 1000000)
                t = datetime.datetime.fromtimestamp(s, datetime.timezone.utc).replace(microsecond=us)
                print(t.strftime("\(text)"))
            """
        let input = Data(Self.instants.map { "\($0)\n" }.joined().utf8)
        let answer = String(decoding: try Python.run(program, input: input), as: UTF8.self)
        let format = try TimestampFormat(text)
        #expect(Self.instants.map(format.format) == answer.split(separator: "\n").map(String.init))
    }

    @Test func `the default writes what the original wrote`() throws {
        // date -u -d @1795366800
        #expect(TimestampFormat.standard.format(epochMicroseconds: 1_795_366_800_999_999) == "2026-11-22-17_00_00")
        #expect(try TimestampFormat(TimestampFormat.standard.text) == TimestampFormat.standard)
    }

    @Test(arguments: ["%Y-%m-%d-%H_%M_%S", "%s", "%s%f", "%Y%j%H%M%S%f", "%Y/%m/%d/%Y-%m-%d-%H", "%d.%m.%Y", "%F"])
    func `what was written reads back to the same instant, to the resolution`(text: String) throws {
        let format = try TimestampFormat(text)
        for instant in Self.instants {
            let parsed = try #require(format.parse(format.format(epochMicroseconds: instant)))
            #expect(parsed <= instant)
            #expect(.microseconds(instant - parsed) < format.resolution)
        }
    }

    @Test(arguments: [
        ("%Y-%m-%d", "2026-02-30"), ("%Y-%m-%d", "2026-13-01"), ("%Y-%m-%d", "2026-00-01"), ("%Y-%m-%d", "2026-1-01"),
        ("%Y-%m-%d", "2026-01-0x"), ("%Y-%m-%d", "+026-01-01"), ("%Y-%m-%d", "2026-01-01 "), ("%Y-%m-%d", ""),
        ("%Y%j", "2025366"), ("%Y%j", "2025000"), ("%Y%j%m%d", "20250320101"), ("%Y/%m/%d/%Y", "2025/01/01/2026"),
        ("%F-%H", "2026-01-01-24"), ("%F-%T", "2026-01-01-00:00:60"), ("%Y-%m-%d", "２026-01-01"),
    ])
    func `text that the format never writes is not read`(format: String, text: String) throws {
        #expect(try TimestampFormat(format).parse(text) == nil)
    }

    @Test(arguments: [
        ("%Y-%m-%d-%H_%M_%S", true), ("%s", true), ("%s%f", true), ("%Y%s", true), ("%Y%j%H", true),
        ("%Y/%m/%d/%Y-%m-%d-%H", true), ("%F", true),
        ("%d-%m-%Y", false), ("%y%m%d", false), ("%F-%M", false), ("%F %S", false), ("%j%Y", false),
        ("%Y%m%d%f", false),
        ("%H%F", false),
    ])
    func `a format sorts exactly when its fields go from large to small without a gap`(text: String, sorts: Bool) throws
    {
        let format = try TimestampFormat(text)
        #expect(format.sortsLexicographically == sorts)
        // The claim itself, over pairs near and far from 2001 to 2128.
        var instant: Int64 = 1_000_000_000_000_000
        var violated = false
        for step in 1...2000 {
            let next = instant + Int64(step) * Int64(step) * 7_654_321 % 4_000_000_000_007
            violated = violated || format.format(epochMicroseconds: next) < format.format(epochMicroseconds: instant)
            instant = next
        }
        #expect(violated == !sorts)
    }
}
