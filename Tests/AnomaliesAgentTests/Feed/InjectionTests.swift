import Foundation
import Testing

@testable import AnomaliesAgent

/// Injections change the records that they label, those only, and as it was said.
@Suite struct InjectionTests {
    private static let shape = """
        load = add { 50, sine { period = 20, amplitude = 10 }, normal { deviation = 0.5 }, decimals = 6 },
        heat = add { follow { field = "load", factor = 2 }, normal { deviation = 0.1 }, decimals = 6 },
        count = integer { min = 10, max = 20 },
        name = choice { "a", "b", "c" },
        id = uuid {},
        """

    private static let smooth = "load = sine { period = 20, amplitude = 10, offset = 50, decimals = 6 }"

    struct Kind: Sendable, CustomTestStringConvertible {
        var inject: String
        /// What becomes of a clean value, by its place in the range of 50.
        var changed: @Sendable (_ clean: Double, _ place: Int) -> ClosedRange<Double>
        var field = "load"
        var shape = InjectionTests.shape
        var testDescription: String { inject }

        init(
            _ inject: String,
            field: String = "load",
            shape: String = InjectionTests.shape,
            _ changed: @escaping @Sendable (Double, Int) -> Double
        ) {
            self.init(inject, field: field, shape: shape, within: { changed($0, $1) - 5e-6...changed($0, $1) + 5e-6 })
        }

        init(
            _ inject: String,
            field: String = "load",
            shape: String = InjectionTests.shape,
            within changed: @escaping @Sendable (Double, Int) -> ClosedRange<Double>
        ) {
            (self.inject, self.field, self.shape, self.changed) = (inject, field, shape, changed)
        }
    }

    /// Records 101…150, which are at index 100 + place; sines there begin a turn.
    private static func wave(_ time: Double, _ period: Double = 20) -> Double { 50 + 10 * sin(2 * .pi * time / period) }

    static let kinds: [Kind] = [
        Kind("mean { offset = 20 }") { clean, _ in clean + 20 },
        Kind("mean { offset = 20, creep = 0.4 }") { clean, place in clean + 20 * min(1, Double(place + 1) / 20) },
        Kind("mean { offset = -3 }", field: "count") { clean, _ in clean - 3 },
        Kind("spike { amplitude = 30 }") { clean, place in clean + 30 * sin(.pi * (Double(place) + 0.5) / 50) },
        Kind("spike { factor = 3 }") { clean, place in clean * (1 + 2 * sin(.pi * (Double(place) + 0.5) / 50)) },
        Kind("trend { slope = 0.5 }") { clean, place in clean + 0.5 * Double(place + 1) },
        Kind("platform { value = 7 }") { _, _ in 7 },
        Kind("extremum { value = 200, creep = 1 }") { clean, place in clean + (200 - clean) * Double(place + 1) / 50 },
        Kind("extremum { min = 90, max = 95 }", within: { _, _ in 90...95 }),
        Kind("pattern { sawtooth { period = 10, offset = 9 } }") { _, place in 9 + 2 * Double(place % 10) / 10 - 1 },
        Kind("variance { factor = 0 }") { _, place in wave(Double(place)) },
        Kind("variance { factor = 5 }") { clean, place in wave(Double(place)) + 5 * (clean - wave(Double(place))) },
        Kind("frequency { factor = 3 }", shape: smooth) { _, place in wave(Double(place) + 2 * Double(place + 1)) },
        Kind("frequency { factor = 2, creep = 0.2 }", shape: smooth) { _, place in
            // Speed 0.1, 0.2, … of the extra one, summed up.
            wave(Double(place) + (0...place).reduce(0) { $0 + min(1, Double($1 + 1) / 10) })
        },
        Kind("pattern_shift { by = 5 }", shape: smooth) { _, place in wave(Double(place) + 5) },
        Kind("function(value, position, length) return value * 2 + position / length end") { clean, place in
            clean * 2 + Double(place + 1) / 50
        },
    ]

    @Test(arguments: kinds)
    func `the labelled records are those that changed, and they changed as declared`(_ kind: Kind) throws {
        let rule = "rule { name = 'odd', at = 101, length = 50, field = '\(kind.field)', inject = \(kind.inject) }"
        let clean = try Simulation(kind.shape).records(300, size: 40)
        let records = try Simulation(kind.shape, rules: rule).records(300, size: 40)
        #expect(records.indices.filter { records[$0].rule == "odd" } == Array(100..<150))
        for index in records.indices {
            guard records[index].rule != nil else {
                #expect(records[index] == clean[index])
                continue
            }
            let (was, now) = (try clean[index].json, try records[index].json)
            for field in was.object?.fields ?? [] where field.name != kind.field {
                #expect(now[field.name] == field.value)
            }
            let value = try #require(was[kind.field]?.double)
            let changed = try #require(now[kind.field]?.double)
            #expect(kind.changed(value, index - 100).contains(changed), "\(changed) at \(index), was \(value)")
            #expect((now[kind.field]?.integer == nil) == (was[kind.field]?.integer == nil))
        }
    }

    @Test(arguments: [("missing", nil), ("null", .null), ("zero", 0.0), ("last", 60.0)] as [(String, JSONValue?)])
    func `a field drops out in one of four ways`(to: String, value: JSONValue?) throws {
        // Record 105 is at the top of the wave.
        let records = try Simulation(
            "a = integer {}, " + Self.smooth,
            rules: "rule { at = 107, length = 4, field = 'load', inject = dropout { to = '\(to)' } }"
        ).records(200).map { try $0.json }
        let before: JSONValue? = to == "last" ? records[105]["load"] : value
        for index in 106..<110 { #expect(records[index]["load"] == before) }
        #expect(records[110]["load"] != nil && records[110]["load"] != before)
        #expect(records.allSatisfy { $0["a"] != nil })
    }

    @Test(arguments: [(-1.0, -1.0), (0.0, 0.0)])
    func `fields that went together go against each other, or nowhere`(factor: Double, sign: Double) throws {
        let rule = """
            rule { every = 1000, length = 1000, field = 'heat', inject = correlation { factor = \(factor) } }
            """
        let simulation = try Simulation(Self.shape, rules: rule)
        let (load, heat) = (try simulation.numbers(1_000, of: "load"), try simulation.numbers(1_000, of: "heat"))
        #expect(abs(load.correlation(with: heat) - sign) < 0.15)
        #expect(abs(heat.mean - 100) < 0.5)
        let clean = try Simulation(Self.shape)
        #expect(try clean.numbers(1_000, of: "load").correlation(with: try clean.numbers(1_000, of: "heat")) > 0.99)
    }

    // MARK: - When

    @Test func `a range in every stretch, whole and anywhere in it, also across packages`() throws {
        let rule = "rule { name = 'r', every = 500, length = 120, field = 'load', inject = mean { offset = 9 } }"
        let records = try Simulation(Self.shape, rules: rule).records(20_000, size: 64)
        var starts: [Int] = []
        for stretch in 0..<40 {
            let struck = (stretch * 500..<stretch * 500 + 500).filter { records[$0].rule != nil }
            let start = try #require(struck.first)
            #expect(struck == Array(start..<start + 120))
            starts.append(start % 500)
        }
        // Evenly over 0…380: mean 190, deviation 110.
        #expect(abs(starts.map(Double.init).mean - 190) < 5 * 110 / 6.3)
        #expect(Set(starts).count > 25)
    }

    @Test(arguments: [1, 20])
    func `a chance begins ranges so often, and each has its length`(length: Int) throws {
        let rule = "rule { chance = 0.002, length = \(length), field = 'load', inject = mean { offset = 9 } }"
        let count = 40_000
        let records = try Simulation("load = normal {}", rules: rule).records(count, size: 100)
        // Struck is who has a start in the last `length` records.
        let share = 1 - pow(0.998, Double(length))
        let struck = Double(records.count { $0.rule != nil })
        let error = (Double(count) * share * (1 - share) * Double(2 * length)).squareRoot()
        #expect(abs(struck - Double(count) * share) < 5 * error)
        var run = 0
        for record in records.dropLast(length) {
            if record.rule == nil {
                #expect(run == 0 || run >= length)
                run = 0
            } else {
                run += 1
            }
        }
    }

    @Test func `a package that is made alone has the records and labels that it has in a row`() throws {
        let rules = """
            rule { name = "slow", chance = 0.001, length = 300, field = "load", inject = mean { offset = 9, creep = 1 } },
            rule { name = "often", every = 90, length = 7, field = { "load", "count" }, inject = platform { value = 3 } },
            rule { name = "new", every = 50, set = { name = choice { "x", "y" }, extra = normal {} } },
            """
        let simulation = try Simulation(Self.shape, rules: rules)
        let row = try simulation.records(3_000, size: 50)
        #expect(Set(row.map(\.rule)) == [nil, "slow", "often", "new"])
        for package in [1, 2, 17, 60] {
            let alone = try simulation.records(50, size: 50, first: package)
            #expect(alone == Array(row[(package - 1) * 50..<package * 50]))
        }
    }

    @Test func `a rule of ranges sets fields in their places, new ones behind, and leaves the others as they were`()
        throws
    {
        let rule =
            "rule { every = 10, length = 3, set = { name = 'odd', count = integer { min = 90, max = 95 }, z = 1 } }"
        let clean = try Simulation(Self.shape).records(500, size: 50)
        let records = try Simulation(Self.shape, rules: rule).records(500, size: 50)
        #expect(records.count { $0.rule == "rule 1" } == 150)
        for (record, was) in zip(records, clean) {
            guard record.rule != nil else {
                #expect(record == was)
                continue
            }
            let (now, was) = (try record.json, try was.json)
            #expect(now.object?.fields.map(\.name) == ["load", "heat", "count", "name", "id", "z"])
            for field in ["load", "heat", "id"] { #expect(now[field] == was[field]) }
            #expect(now["name"] == "odd" && (90...95).contains(now["count"]?.integer ?? 0))
        }
    }

    @Test func `a range before a rule of chances takes its records and changes no other`() throws {
        let chances = """
            rule { name = "high", chance = 0.3, set = { count = integer { min = 90, max = 100 } } },
            rule { name = "made", chance = 0.1, set = function(record) record.name = "z" return record end },
            """
        let range = "rule { name = 'r', every = 20, length = 7, field = 'load', inject = mean { offset = 9 } },"
        let without = try Simulation(Self.shape, rules: chances).records(1_000, size: 100)
        let with = try Simulation(Self.shape, rules: range + chances).records(1_000, size: 100)
        #expect(with.count { $0.rule == "r" } == 350)
        for (one, other) in zip(with, without) where one.rule != "r" { #expect(one == other) }
    }

    @Test func `functions of the shape see what was injected`() throws {
        let records = try Simulation(
            "load = sine { period = 4 }, twice = function(record) return record.load * 2 end",
            rules: "rule { at = { 3, 6 }, field = 'load', inject = platform { value = 21 } }"
        ).records(8).map { try $0.json["twice"]?.double }
        #expect(records == [0, 2, 42, -2, 0, 42, 0, -2])
    }

    @Test func `of two rules the first takes the record, and the other what is left of its range`() throws {
        let records = try Simulation(
            "load = normal {}",
            rules: """
                rule { name = "a", at = 5, length = 3, field = "load", inject = platform { value = 1 } },
                rule { name = "b", at = 3, length = 8, field = "load", inject = platform { value = 2 } },
                """
        ).records(12)
        #expect(records.map { $0.rule ?? "-" }.joined() == "--bbaaabbb--")
    }

    @Test func `the labels beside the pipeline name each changed record of each object, and no other`() async throws {
        let shape = "record { load = ar { mean = 50 }, name = choice { 'a', 'b' } }"
        let rule = "rule { name = 'drift', every = 40, length = 15, field = 'load', inject = mean { offset = 30 } }"
        func objects(_ texts: [String: String], _ bench: Workbench) async throws -> [(key: String, lines: [Substring])]
        {
            let library = try bench.library(texts)
            let scripts = try FeedScripts(library, environment: bench.environment())
            let bucket = try bench.bucket()
            let feed = try bench.feed(SimulatedSource(scripts: scripts, seed: 5), into: bucket, packages: 6)
            for _ in 0..<100 {
                switch try await feed.step() {
                case .idle(let pause), .waiting(let pause): bench.clock.advance(pause)
                case .worked, .finished: break
                }
            }
            var objects: [(key: String, lines: [Substring])] = []
            for object in try await bucket.list(prefix: "", after: nil) {
                let body = try await bucket.get(object.key, limit: 1 << 20).body
                objects.append((object.key, try gunzip(body).split(separator: "\n")))
            }
            return objects
        }
        let bench = try Workbench()
        let clean = try await objects(["record.lua": "return \(shape)"], try Workbench())
        let made = try await objects(["record.lua": "return \(shape)", "inject.lua": "return { \(rule) }"], bench)
        #expect(made.count == 6 && made.map(\.key) == clean.map(\.key))
        let labels = try bench.labels.lines(of: Set(made.map(\.key)))
        var changed: [String: Set<Int>] = [:]
        for (one, other) in zip(made, clean) {
            for (line, texts) in zip(one.lines, other.lines).enumerated() where texts.0 != texts.1 {
                changed[one.key, default: []].insert(line + 1)
            }
        }
        #expect(labels == changed)
        let records = made.reduce(0) { $0 + $1.lines.count }
        #expect(changed.values.reduce(0) { $0 + $1.count } == records / 40 * 15)
    }
}
