import Testing

@testable import AnomaliesAgent

@Suite struct RecordGeneratorTests {
    @Test func `another field in the shape changes the values of no other, nor who is injected`() throws {
        let more = [
            Workload.Field(name: "first", source: .declared(.uniform(0...1, decimals: 3))),
            FixedWorkload.fields[1],
            Workload.Field(name: "constant", source: .declared(.constant("x"))),
            FixedWorkload.fields[0],
            Workload.Field(name: "computed", source: .function(3)),
        ]
        let few = try lines(of: FixedWorkload(chance: 0.2).workload)
        let many = try lines(of: FixedWorkload(fields: more, chance: 0.2).workload)
        #expect(few.map(\.rule) == many.map(\.rule))
        for field in ["name", "accuracy"] { #expect(few.map(\.json[field]) == many.map(\.json[field])) }
        #expect(many[0].json.object?.fields.map(\.name) == ["first", "accuracy", "constant", "name", "computed"])
    }

    @Test func `a field that becomes a function leaves the others as they were`() throws {
        var fields = FixedWorkload.fields
        fields[0].source = .function(1)
        let before = try lines(of: FixedWorkload(chance: 0).workload)
        let after = try lines(of: FixedWorkload(fields: fields, chance: 0).workload)
        #expect(before.map(\.json["accuracy"]) == after.map(\.json["accuracy"]))
    }

    @Test(arguments: [0.5, 1, 2, 12.5])
    func `the share of injected records is the configured percentage, fractions included`(percent: Double) throws {
        var injected = 0
        let packages = 200
        let size = 500
        for package in 1...packages {
            let made = try lines(of: FixedWorkload(chance: percent / 100).workload, package: package, count: size)
            for line in made {
                let accuracy = try #require(line.json["accuracy"]?.integer)
                #expect((line.rule == nil ? 10...20 : 90...100).contains(accuracy))
            }
            injected += made.count { $0.rule != nil }
        }
        // Five standard deviations of a binomial distribution: one false alarm in 1.7 million.
        let expected = Double(packages * size) * percent / 100
        let deviation = (expected * (1 - percent / 100)).squareRoot()
        #expect(abs(Double(injected) - expected) < 5 * deviation)
    }

    @Test func `packages and seeds differ, and the same ones repeat`() throws {
        let workload = FixedWorkload().workload
        func text(_ seed: UInt64, _ package: Int) throws -> [String] {
            try lines(of: workload, seed: seed, package: package).map(\.json.display)
        }
        #expect(try text(1, 1) == text(1, 1))
        #expect(try text(1, 1) != text(2, 1))
        #expect(try text(1, 1) != text(1, 2))
        #expect(try text(0, 0) != text(0, 1))
    }

    @Test func `every value of a declaration occurs, bounds included, and no other`() throws {
        let made = try lines(of: FixedWorkload(chance: 0).workload, count: 2_000)
        #expect(Set(made.compactMap(\.json["accuracy"]?.integer)) == Set(10...20))
        #expect(Set(made.compactMap(\.json["name"]?.string)) == ["Ann", "Bob", "Cy"])
    }
}
