import Testing

@testable import AnomaliesAgent

@Suite struct EventTimeTests {
    /// From `date -u -d … +%s`.
    static let instants: [(JSONValue, Milliseconds?)] = [
        (1_795_366_800, 1_795_366_800_000), (.number(1_795_366_800.123), 1_795_366_800_123),
        (1_795_366_800_123, 1_795_366_800_123), (0, 0), (-1, -1_000), (.digits("99999999999999999999"), nil),
        ("2026-11-22T17:00:00Z", 1_795_366_800_000), ("2026-11-22T17:00:00.123Z", 1_795_366_800_123),
        ("2026-11-22T19:00:00+02:00", 1_795_366_800_000), ("2026-11-22T19:00:00.5+02:00", 1_795_366_800_500),
        ("1969-12-31T23:59:59Z", -1_000), ("2026-11-22", nil), ("2026-11-22T17:00:00", nil), ("", nil), ("now", nil),
        (.null, nil), (true, nil), ([], nil), (.number(1e300), nil), (.number(-9e13), nil), (.number(.infinity), nil),
    ]

    @Test(arguments: instants)
    func `seconds, milliseconds and ISO 8601 with a zone are times, and nothing else is`(
        value: JSONValue,
        time: Milliseconds?
    ) {
        #expect(EventTime.milliseconds(of: value) == time)
    }

    @Test func `no value is no time`() { #expect(EventTime.milliseconds(of: nil) == nil) }

    @Test func `times are shown in UTC`() {
        #expect(EventTime.text(1_795_366_800_999) == "2026-11-22 17:00:00 UTC")
        #expect(EventTime.day(1_795_366_800_000) == "2026-11-22")
    }
}
