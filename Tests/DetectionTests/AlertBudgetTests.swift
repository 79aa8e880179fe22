import Detection
import RandomCutForest
import Testing

/// How the border follows from past peaks. Times are in hours here.
@Suite struct AlertBudgetTests {
    private static let weekly = AlertBudget(count: 2, period: 168, quiet: 0)

    /// One peak a day, of levels 1, 2, 3, … in an order that mixes high and low.
    private func days(_ count: Int, _ budget: AlertBudget = weekly) -> AlertBudgetHistory {
        var history = AlertBudgetHistory(budget)
        for day in 0..<count { history.learn(Double(day * 5 % 7 + day / 7 * 7 + 1), at: Int64(day) * 24) }
        return history
    }

    @Test(arguments: [
        // Of 14 peaks in 13 days, which is 3.7 alerts' worth and so 4: the fifth highest.
        (14, 10.0),
        // Of 70 peaks the last eight weeks count: 57 of them, and 16 lie above the border.
        (70, 54.0),
    ])
    func `as many peaks lie above the border as the budget allows for their time`(days count: Int, border: Double) {
        #expect(days(count).border == border)
    }

    @Test
    func `before there is history the model's own threshold serves, and it is only ever raised by what was worse`() {
        var history = AlertBudgetHistory(Self.weekly)
        #expect(history.border == 1)
        history.learn(0.9, at: 0)
        history.learn(0.8, at: 10)
        #expect(history.border == 1)
        history.learn(5, at: 20)
        history.learn(4, at: 30)
        // One alert so far is its share of the first half of a week.
        #expect(history.border == 4)
    }

    @Test func `a budget is no quota: where nothing is unusual the border stays half-way to the threshold`() {
        var history = AlertBudgetHistory(Self.weekly)
        for hour in 0..<2_000 { history.learn(hour % 500 == 0 ? 0.7 : 0.2, at: Int64(hour)) }
        #expect(history.border == 0.5)
    }

    @Test func `what belongs to one event is one peak`() {
        let budget = AlertBudget(count: 1, period: 24, quiet: 6)
        var history = AlertBudgetHistory(budget)
        for day in 0..<8 {
            for (hour, level) in [(0, 3.0), (1, 9), (2, 4), (5, 8)] {
                history.learn(level + Double(day), at: Int64(day * 24 + hour))
            }
        }
        history.learn(0, at: 8 * 24)
        // Eight peaks of 9…16 in eight days, and one alert a day: all of them are allowed.
        #expect(history.border == 0.5)
        history.learn(1, at: 8 * 24 + 1)
        #expect(history.border == 1)
    }

    @Test func `as often as asked for, whatever the distribution of levels`() {
        // Of peaks that are exchangeable the next exceeds number k of N with a chance of k/(N+1): here k = 17 and
        // N = 8 × 168, which is 2.1 a week.
        for seed: UInt64 in 1...5 {
            var (stream, history) = (TestStream(seed: seed), AlertBudgetHistory(Self.weekly))
            var alerts = 0
            for hour in 0..<(60 * 168) {
                // Pareto: the square of the inverse, with no upper end.
                let unit = stream.unit()
                let level = 0.5 / max(1e-9, unit * unit)
                if hour >= 8 * 168, level > history.border { alerts += 1 }
                history.learn(level, at: Int64(hour))
            }
            #expect((1.5...2.8).contains(Double(alerts) / 52))
        }
    }

    @Test func `one time from the far future makes nothing of the past too old`() {
        var history = days(70)
        let border = history.border
        history.learn(0.1, at: 1 << 50)
        // A week was lost, and no more.
        #expect(abs(history.border - border) <= 7)
        history.learn(0.1, at: 70 * 24)
        #expect(abs(history.border - border) <= 7)
    }

    @Test(arguments: [0, 1, 13, 70, 400])
    func `a restored history continues equal`(days count: Int) throws {
        var history = days(count)
        var restored = try AlertBudgetHistory(snapshot: history.snapshot(), budget: Self.weekly)
        #expect(restored == history)
        for hour in 0..<300 {
            let (level, time) = (Double(hour * 37 % 100) / 10, Int64(count * 24 + hour))
            history.learn(level, at: time)
            restored.learn(level, at: time)
            #expect(restored.border == history.border)
        }
        #expect(restored.snapshot() == history.snapshot())
    }

    @Test func `a snapshot that is cut, or of another budget, is refused`() throws {
        let bytes = days(30).snapshot()
        for end in 0..<bytes.count {
            #expect(throws: SnapshotError.self) {
                try AlertBudgetHistory(snapshot: Array(bytes[..<end]), budget: Self.weekly)
            }
        }
        #expect(throws: SnapshotError.otherOptions(option: "alerts", snapshot: "2", wanted: "3")) {
            try AlertBudgetHistory(snapshot: bytes, budget: AlertBudget(count: 3, period: 168, quiet: 0))
        }
    }

    @Test func `the history is bounded, however many peaks there are`() {
        var history = AlertBudgetHistory(AlertBudget(count: 3, period: 1_000, quiet: 0))
        for time in 0..<20_000 { history.learn(1 + Double(time * 7 % 1_000), at: Int64(time)) }
        // 16 peaks for each alert of a period, 16 bytes each.
        #expect(history.snapshot().count < 49 * 16 + 100)
    }
}
