import Foundation
import Testing

@testable import AnomaliesAgent

/// What declared numbers promise, against closed forms.
@Suite struct SignalTests {
    /// Five standard errors: one false alarm in 1.7 million, and the seed is fixed.
    private static let errors = 5.0

    // MARK: - Periodic

    @Test(arguments: [
        // sin and scipy.signal.square / sawtooth at 0, 1, 2, … of so many records a turn.
        ("sine { period = 8, amplitude = 2, offset = 10 }", [10, 11.414, 12, 11.414, 10, 8.586, 8, 8.586, 10]),
        ("sine { period = 4, phase = 0.25 }", [1, 0, -1, 0, 1]),
        ("square { period = 4 }", [1, 1, -1, -1, 1]),
        ("square { period = 8, duty = 0.25, amplitude = 3, offset = 1 }", [4, 4, -2, -2, -2, -2, -2, -2, 4]),
        ("square { period = 10, phase = 0.5, duty = 0.3 }", [-1, -1, -1, -1, -1, 1, 1, 1, -1, -1, -1]),
        ("sawtooth { period = 4 }", [-1, -0.5, 0, 0.5, -1]),
        ("sawtooth { period = 4, rise = 0.5 }", [-1, 0, 1, 0, -1]),
        ("sawtooth { period = 5, rise = 0 }", [1, 0.6, 0.2, -0.2, -0.6, 1]),
        ("sequence { start = 5, step = -2 }", [5, 3, 1, -1]),
        ("sequence { start = 0, step = 0.1, decimals = 1 }", [0, 0.1, 0.2, 0.3]),
        ("add { 20, sine { period = 4 }, sequence {} }", [21, 23, 23, 23, 25]),
        ("multiply { 2, square { period = 2 }, 3 }", [6, -6, 6]),
        ("clamp { sequence {}, min = 2, max = 3 }", [2, 2, 3, 3, 3]),
        ("weekly { days = { 1, 2, 3, 4, 5, 6, 7 }, step = '1d' }", [4, 5, 6, 7, 1, 2, 3, 4]),
        ("weekly { amplitude = 10, offset = 5, step = '12h' }", [15, 15, 15, 15, 5, 5, 5, 5, 15]),
    ])
    func `a wave has its values at the records where they belong`(declaration: String, values: [Double]) throws {
        #expect(try Simulation("x = \(declaration)").numbers(values.count) == values)
    }

    @Test(arguments: [("2026-01-01T00:00:00Z", 15), ("2026-03-01T06:00:00Z", 9), ("2025-07-07T23:00:00Z", 16)])
    func `a daily season is highest at its hour and lowest half a day from it`(start: String, top: Int) throws {
        let day = try Simulation(
            "x = daily { peak = 15, amplitude = 10, offset = 20, step = '1h', start = '\(start)' }"
        ).numbers(48)
        #expect(day.max() == 30 && day.min() == 10)
        #expect(day.indices.filter { day[$0] == 30 } == [top, top + 24])
        #expect(day[(top + 12) % 24] == 10)
    }

    @Test func `hours that are listed are hit at the full hour, with straight lines between`() throws {
        let hours = (0..<24).map { "\($0 * $0)" }.joined(separator: ", ")
        let day = try Simulation("x = daily { hours = { \(hours) }, step = '30m' }").numbers(50)
        #expect((0..<24).allSatisfy { day[2 * $0] == Double($0 * $0) })
        #expect(day[3] == 2.5 && day[47] == 264.5 && day[48] == 0)
    }

    @Test func `an edge is at its record after a year of seconds, too`() throws {
        var signal = Signal(
            try Self.program("weekly { days = { 1, 2, 3, 4, 5, 6, 7 } }"),
            seed: 1,
            purpose: "test"
        )
        for day in 0..<2_000 {
            // A Thursday to begin with.
            #expect(signal.value(at: day * 86_400) == Double((day + 3) % 7 + 1))
            #expect(signal.value(at: day * 86_400 + 86_399) == Double((day + 3) % 7 + 1))
        }
    }

    // MARK: - Distributions

    struct Distribution: Sendable, CustomTestStringConvertible {
        var declaration: String
        var mean: Double
        var variance: Double
        /// The fourth moment in units of the squared variance.
        var kurtosis: Double
        /// How many values are below some, by the distribution function.
        var below: [(Double, Double)] = []
        var testDescription: String { declaration }
    }

    static let distributions: [Distribution] = [
        Distribution(
            declaration: "normal { mean = 5, deviation = 2, decimals = 6 }",
            mean: 5,
            variance: 4,
            kurtosis: 3,
            below: [(5, 0.5), (3, 0.158655253931457), (9.65269574808168, 0.99), (-1.18046461233563, 0.001)]
        ),
        Distribution(
            declaration: "lognormal { median = 10, deviation = 0.5, decimals = 6 }",
            mean: 10 * exp(0.125),
            variance: (exp(0.25) - 1) * 100 * exp(0.25),
            kurtosis: exp(1) + 2 * exp(0.75) + 3 * exp(0.5) - 3,
            below: [(10, 0.5), (10 * exp(0.5), 0.841344746068543), (10 * exp(-1), 0.0227501319481792)]
        ),
        // Shares by mpmath: gammainc(k, 4, regularized=True) for fewer than k.
        Distribution(
            declaration: "poisson { mean = 4 }",
            mean: 4,
            variance: 4,
            kurtosis: 3.25,
            below: [(0.5, 0.0183156388887342), (3.5, 0.433470120366709), (8.5, 0.978636565512036)]
        ),
        Distribution(declaration: "poisson { mean = 0.01 }", mean: 0.01, variance: 0.01, kurtosis: 103),
        Distribution(declaration: "poisson { mean = 250000 }", mean: 250_000, variance: 250_000, kurtosis: 3.000004),
        Distribution(
            declaration: "add { uniform { min = -1, max = 3 }, decimals = 6 }",
            mean: 1,
            variance: 16.0 / 12,
            kurtosis: 1.8,
            below: [(0, 0.25), (2.9, 0.975)]
        ),
        Distribution(
            declaration: "add { integer { min = 1, max = 6 } }",
            mean: 3.5,
            variance: 35.0 / 12,
            kurtosis: 1.73142857142857,
            below: [(1.5, 1.0 / 6), (5.5, 5.0 / 6)]
        ),
        Distribution(declaration: "add { choice { 0, 0, 0, 8 } }", mean: 2, variance: 12, kurtosis: 7.0 / 3),
        Distribution(
            declaration: "add { normal {}, normal {}, normal {}, decimals = 6 }",
            mean: 0,
            variance: 3,
            kurtosis: 3
        ),
        Distribution(
            declaration: "ar { memory = 0, deviation = 3, mean = 1, decimals = 6 }",
            mean: 1,
            variance: 9,
            kurtosis: 3
        ),
    ]

    @Test(arguments: distributions)
    func `noise has the moments and quantiles of its distribution`(_ noise: Distribution) throws {
        let count = 20_000
        let values = try Simulation("x = \(noise.declaration)").numbers(count, size: 1_000)
        let n = Double(count)
        #expect(abs(values.mean - noise.mean) < Self.errors * (noise.variance / n).squareRoot())
        #expect(
            abs(values.variance - noise.variance) < Self.errors * noise.variance
                * ((noise.kurtosis - 1) / n).squareRoot()
        )
        for (value, share) in noise.below {
            let below = Double(values.count { $0 < value }) / n
            #expect(abs(below - share) < Self.errors * (share * (1 - share) / n).squareRoot(), "below \(value)")
        }
        // Independent, which for 0 … is a normal variable of deviation 1/√n.
        for lag in [1, 2, 7, 1_000] { #expect(abs(values.correlation(lag: lag)) < Self.errors / n.squareRoot()) }
    }

    @Test(arguments: [
        // mpmath: sqrt(2) · erfinv(2p − 1), 20 digits.
        (1e-12, -7.0344838253011319298), (1e-5, -4.2648907939228246285), (0.01, -2.3263478740408411009),
        (0.075, -1.4395314709384559153), (0.3, -0.52440051270804078404), (0.5, 0), (0.6, 0.2533471031357997988),
        (0.925, 1.4395314709384559153), (0.999, 3.0902323061678135415),
    ])
    func `a quantile of the normal distribution is right to fourteen digits`(share: Double, quantile: Double) {
        #expect(abs(NormalQuantile.value(at: share) - quantile) <= 1e-14 * max(1, abs(quantile)))
    }

    // MARK: - With memory

    @Test(arguments: [0.5, 0.9, -0.7, 0.98])
    func `an autoregression has the correlations and the spread of its closed form`(memory: Double) throws {
        let count = 40_000
        let values = try Simulation("x = ar { memory = \(memory), deviation = 2, mean = 50, decimals = 6 }")
            .numbers(count, size: 997)
        let stationary = 4 / (1 - memory * memory)
        // Values that remember count for fewer than they are.
        let effective = Double(count) * (1 - abs(memory)) / (1 + abs(memory))
        #expect(abs(values.mean - 50) < Self.errors * (stationary / effective).squareRoot())
        #expect(abs(values.variance / stationary - 1) < Self.errors * (2 / effective).squareRoot())
        for lag in [1, 2, 5, 20] {
            let expected = pow(memory, Double(lag))
            #expect(abs(values.correlation(lag: lag) - expected) < Self.errors / effective.squareRoot(), "lag \(lag)")
        }
        // What is left when the memory is taken away is noise of the declared deviation.
        let rest: [Double] = zip(values.dropFirst(), values).map { now, last in (now - 50) - memory * (last - 50) }
        #expect(abs(rest.variance - 4) < Self.errors * 4 * (2 / Double(count)).squareRoot())
        for lag in [1, 3] { #expect(abs(rest.correlation(lag: lag)) < Self.errors / Double(count).squareRoot()) }
    }

    @Test func `a random walk has independent normal steps, across packages too`() throws {
        let count = 40_000
        let values = try Simulation("x = walk { start = 7, deviation = 3, drift = 0.5, decimals = 6 }")
            .numbers(count, size: 1_000)
        #expect(values[0] == 7)
        let steps: [Double] = zip(values.dropFirst(), values).map { $0.0 - $0.1 }
        let error = Self.errors / Double(count).squareRoot()
        #expect(abs(steps.mean - 0.5) < 3 * error)
        #expect(abs(steps.variance - 9) < 9 * 2.0.squareRoot() * error)
        for lag in [1, 2, 64, 1_000] { #expect(abs(steps.correlation(lag: lag)) < error) }
        var far: [Double] = []
        for place in 1..<count / 1_000 {
            far.append(values[place * 1_000] - values[place * 1_000 - 1_000] - 500)
        }
        let spread = far.variance / 9_000
        #expect(abs(spread - 1) < Self.errors * (2 / Double(far.count)).squareRoot())
    }

    @Test func `a walk between bounds stays there, reaches both, and moves on as before`() throws {
        let values = try Simulation("x = walk { start = 5, deviation = 1, min = 0, max = 10 }").numbers(20_000)
        #expect(values.allSatisfy { (0...10).contains($0) })
        #expect(values.contains { $0 < 0.5 } && values.contains { $0 > 9.5 })
        let inside: [Double] = zip(values, values.dropFirst()).filter { (4...6).contains($0.0) }.map { $0.1 - $0.0 }
        #expect(abs(inside.variance - 1) < Self.errors * (2 / Double(inside.count)).squareRoot())
    }

    @Test func `any record of a walk can be had first, and costs the same`() {
        let random = IndexedRandom(seed: 3, purpose: "walk")
        var inOrder = MarkovSeries(.walk(deviation: 1), random: random)
        let walked = (0..<5_000).map { inOrder.value(at: $0) }
        for index in [4_999, 0, 4_096, 1_023, 1_024, 17] {
            var jumped = MarkovSeries(.walk(deviation: 1), random: random)
            #expect(jumped.value(at: index) == walked[index])
        }
        var far = MarkovSeries(.walk(deviation: 1), random: random)
        #expect(far.value(at: 1_000_000_000_000).isFinite)
        #expect(abs(far.value(at: 1_000_000_000_001) - far.value(at: 1_000_000_000_000)) < 9)
    }

    // MARK: - Composition

    @Test func `a field that follows another is correlated with it as declared`() throws {
        let simulation = try Simulation(
            """
            load = ar { memory = 0.5, deviation = 3, mean = 40, decimals = 6 },
            heat = add { follow { field = "load", factor = 2, offset = 5 }, normal { deviation = 4 }, decimals = 6 },
            """
        )
        let (load, heat) = (try simulation.numbers(20_000, of: "load"), try simulation.numbers(20_000, of: "heat"))
        #expect(abs(heat.mean - 85) < 0.3)
        // Deviation 3 / √(1 − 0.25), twice, beside 4.
        let spread = 2 * 3 / 0.75.squareRoot()
        let expected = spread / (spread * spread + 16).squareRoot()
        #expect(abs(load.correlation(with: heat) - expected) < 0.02)
        let rest: [Double] = zip(heat, load).map { heat, load in heat - 5 - 2 * load }
        #expect(abs(rest.correlation(with: load)) < 0.05)
    }

    @Test(arguments: [
        ("normal { mean = 5, decimals = 0 }", #"^-?\d+$"#), ("normal { mean = 5 }", #"^-?\d+\.\d{1,3}$"#),
        ("normal { mean = 5, decimals = 1 }", #"^-?\d+\.\d$"#), ("poisson { mean = 3 }", #"^\d+$"#),
        ("sequence { start = 3 }", #"^\d+$"#), ("sequence { step = 0.5 }", #"^\d+\.\d$"#),
        ("add { integer { min = 0, max = 9 }, decimals = 0 }", #"^\d$"#),
    ])
    func `numbers are written with the decimals that were asked for`(declaration: String, form: String) throws {
        for value in try Simulation("x = \(declaration)").values(200) {
            #expect(value.display.range(of: form, options: .regularExpression) != nil, "\(value)")
        }
    }

    @Test func `numbers are written with the digits that any JSON writer gives them`() throws {
        var random = SeededRandom(seed: 1, package: 1, purpose: "digits")
        for decimals in 1...9 {
            let scale = DecimalScale(decimals)
            for place in 0..<2_000 {
                let size = Double(place % 20) - 8
                let value = scale.rounded((random.nextUnit() - 0.5) * pow(10, size))
                var text: [UInt8] = []
                text.append(value, scale)
                #expect(String(decoding: text, as: UTF8.self) == (try JSONValue.number(value).text()))
            }
        }
    }

    @Test(arguments: [
        "sine {}", "ar {}", "walk {}", "walk { min = -5, max = 5 }", "normal {}", "lognormal {}", "poisson {}",
        "daily { step = '7m' }", "add { walk {}, multiply { ar {}, uniform {} }, choice { 1, 2 } }", "uuid {}",
        "weighted { a = 1, b = 2 }", "timestamp { jitter = '5s' }", "sequence {}", "follow { field = 'other' }",
    ])
    func `values are the same wherever packages begin, and differ between seeds`(declaration: String) throws {
        let simulation = try Simulation("other = normal {}, x = \(declaration)")
        let whole = try simulation.records(1_000)
        #expect(try simulation.records(1_000, size: 100) == whole)
        #expect(try simulation.records(1_000, size: 7) == whole)
        #expect(try simulation.records(100, size: 100, first: 8) == Array(whole[700..<800]))
        #expect(try simulation.records(1_000, seed: 2) != whole)
    }

    @Test func `another field changes the values of no other, whatever it is`() throws {
        let fields = [
            "name = choice { 'a', 'b' }", "count = integer { min = 1, max = 9 }", "share = uniform {}", "load = ar {}",
            "state = weighted { ok = 9, bad = 1 }", "id = uuid {}",
            "heat = add { follow { field = 'load' }, normal {} }",
            "path = walk {}",
        ]
        let all = try Simulation(fields.joined(separator: ", ")).records(300, size: 100).map { try $0.json }
        for left in fields where !left.hasPrefix("load") {
            let name = String(left.prefix { $0 != " " })
            let fewer = try Simulation(fields.filter { $0 != left }.reversed().joined(separator: ", "))
            for (one, other) in zip(all, try fewer.records(300, size: 100)) {
                for field in one.object?.fields ?? [] where field.name != name {
                    #expect(try other.json[field.name] == field.value)
                }
            }
        }
    }

    private static func program(_ declaration: String) throws -> SignalProgram {
        let bench = try Workbench()
        let library = try bench.library(["record.lua": "return record { x = \(declaration) }"])
        let workload = try FeedScripts(library, environment: bench.environment()).current().0
        guard case .signal(let program)? = workload.fields.first?.source else {
            throw ScriptFailure(description: "no signal")
        }
        return program
    }
}
