import Testing

@testable import AnomaliesAgent

@Suite struct WrittenTimeTests {
    private func seconds(_ text: String) -> Double? {
        Array(text.utf8).withUnsafeBufferPointer(WrittenTime.seconds(of:))
    }

    /// From `date -u -d … +%s`.
    @Test(arguments: [
        ("1970-01-01 00:00:00", 0.0), ("2014-04-10 07:15:00", 1_397_114_100), ("2014-04-10T07:15", 1_397_114_100),
        ("2014-04-10 07:15:00.5", 1_397_114_100), ("2014-04-10T07:15:00Z", 1_397_114_100),
        ("2014-04-10T07:15:00+09:00", 1_397_114_100), ("2024-02-29", 1_709_164_800), ("1969-12-31 23:59:59", -1),
        ("1397114100", 1_397_114_100), ("1397114100000", 1_397_114_100), (" 12.5 ", 12.5),
    ])
    func `a time is read as the clock showed it, whatever its zone`(text: String, expected: Double) {
        #expect(seconds(text) == expected)
    }

    @Test(arguments: [
        "", "t0", "2014-13-01 00:00:00", "2014-00-01", "2014-04-32", "2014-04-10 24:00:00", "2014-04-10 07",
        "10/04/2014", "2014-04-10 07:60", "2014-04-10 07:15:99", "2014-04-10x", "nan", "1e999", "２０１４-04-10",
    ])
    func `what is no time is none`(text: String) {
        #expect(seconds(text) == nil)
    }
}
