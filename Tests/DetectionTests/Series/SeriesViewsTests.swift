import Testing

@testable import Detection

/// Against the classes that the constants were chosen with; see `Fixtures/series_views.py`.
@Suite struct SeriesViewsTests {
    private func close(_ value: Double?, _ expected: Double?) -> Bool {
        guard let value, let expected else { return value == nil && expected == nil }
        return abs(value - expected) <= 1e-9 * max(1, abs(expected))
    }

    @Test func `each view says what the reference says of it`() throws {
        var week = SeasonalProfile(.week, features: 1)
        var day = SeasonalProfile(.day, features: 1)
        var dayRank = SeasonalProfile(.day, features: 1)
        var byFeature = FeatureViews(features: 1)
        var range = RangeView()
        var answers = try SeriesSample.answers()[...]
        for (number, row) in SeriesSample.rows(6000).enumerated() {
            let shift = byFeature.update([row.value]).shift
            let excess = range.update(row.value)
            let weekly = row.time.flatMap { week.update([row.value], at: $0) }
            let daily = row.time.flatMap { day.update([row.value], at: $0) }
            let ranked = row.time.flatMap { dayRank.update(byFeature.ranks, at: $0) }
            guard let answer = answers.first, answer.row == number else { continue }
            answers.removeFirst()
            #expect(close(shift, answer.shift), "shift in row \(number)")
            #expect(close(excess, answer.excess), "range in row \(number)")
            #expect(close(weekly, answer.week), "week in row \(number)")
            #expect(close(daily, answer.day), "day in row \(number)")
            #expect(close(ranked, answer.dayRank), "rank of day in row \(number)")
            #expect(close(byFeature.ranks[0], answer.rank), "rank in row \(number)")
        }
        #expect(answers.isEmpty)
    }

    @Test func `from the same forests' scores come the level and the alarms of the reference`() throws {
        var model = try SeriesModel(features: 1)
        let answers = Dictionary(uniqueKeysWithValues: try SeriesSample.answers().map { ($0.row, $0) })
        for (number, row) in SeriesSample.rows(6000).enumerated() {
            model.values[0] = row.value
            let reading = model.decide(
                sequence: row.long > 0 ? row.long : nil,
                pattern: row.short > 0 ? row.short : nil,
                time: row.time
            )
            // The reference lists every alarm, so a row that is not listed is none.
            #expect(reading.isAlarm == (answers[number]?.isAlarm ?? false), "row \(number)")
            if let answer = answers[number] { #expect(close(reading.alarmLevel, answer.level), "row \(number)") }
        }
    }

    @Test func `block maxima speak from the end of the fourth block on`() {
        var maxima = BlockMaxima()
        for row in 0..<191 {
            let excess = maxima.update(row == 100 ? 50 : 1)
            #expect(excess == 0)
        }
        #expect(!maxima.isReady)
        _ = maxima.update(1)
        let excess = maxima.update(100)
        #expect(maxima.isReady && excess > 0)
    }

    @Test func `a view with nothing to say leaves its maxima as they are`() {
        var maxima = BlockMaxima()
        for row in 0..<300 { _ = maxima.update(Double(row % 7)) }
        let before = maxima
        let excess = maxima.update(nil)
        #expect(excess == 0)
        #expect(maxima == before)
    }

    @Test(arguments: [1, 5, 1024, 1025, 3000])
    func `a rank memory keeps the newest values in order`(count: Int) {
        var memory = RankMemory()
        var stream = TestStream(seed: 3)
        let values = (0..<count).map { _ in (stream.unit() * 40).rounded() }
        for value in values { memory.add(value) }
        let kept = Array(values.suffix(RankMemory.capacity))
        #expect(memory.values == kept)
        #expect((0..<memory.count).map { memory[$0] } == kept.sorted())
        for value in stride(from: -1.0, through: 41, by: 0.5) {
            #expect(memory.countBelow(value) == kept.count { $0 < value })
            #expect(memory.countUpTo(value) == kept.count { $0 <= value })
        }
    }

    @Test func `one spike hides no second one, for it widens the range by half at most`() {
        var range = RangeView()
        for row in 0..<300 { _ = range.update(Double(row % 11)) }
        let first = range.update(1010)
        #expect(first == 100)
        #expect(range.high == 15)
        let second = range.update(1010)
        #expect(second == 995.0 / 15)
    }

    @Test func `the 4-norm lets one sure view decide, and several that are nearly sure`() {
        var alone = SeriesTerms(hasLongForest: true)
        alone.add(4, of: .week)
        #expect(alone.level == 1 && alone.reason == .week)
        var several = SeriesTerms(hasLongForest: true)
        for view in [SeriesView.week, .day, .shift] { several.add(3.2, of: view) }
        #expect(several.level > 1)
        var weak = SeriesTerms(hasLongForest: true)
        for view in [SeriesView.week, .day, .shift] { weak.add(2, of: view) }
        #expect(weak.level < 0.7)
    }

    @Test func `an event is told once, and again only where it becomes twice as bad`() {
        var alarm = SeriesAlarm()
        let levels: [(row: UInt64, level: Double, isAlarm: Bool)] = [
            (1000, 1.2, true), (1001, 2.4, false), (1002, 2.5, true), (1122, 3, false), (1123, 1, true),
            (5000, 0.99, false),
        ]
        for (row, level, isAlarm) in levels {
            let decision = alarm.decide(level, row: row)
            #expect(decision == isAlarm, "row \(row)")
        }
    }
}
