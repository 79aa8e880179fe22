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

    // MARK: - Known bytes

    /// Digests of what revision 7c90dbd made of the same scripts: `feed --seed 42 --packages 3`, all objects unpacked.
    @Test func `scripts of before the series make the bytes that they made then`() throws {
        let simulation = try Simulation(
            #"""
              name = choice { "Ann", "Bob", "Zoë \"Z\"" },
              count = integer { min = -5, max = 2000000 },
              small = integer { min = 10, max = 20 },
              share = uniform { min = -1, max = 1, decimals = 3 },
              tiny = uniform { min = -0.001, max = 0.001, decimals = 9 },
              big = uniform { min = -1e18, max = 1e18, decimals = 2 },
              whole = uniform { min = -3, max = 3, decimals = 0 },
              unit = "ms",
              zz = function(record) return record.small * 2 end,
            """#,
            rules: """
                rule { name = "high", chance = 0.05, set = { small = integer { min = 90, max = 100 }, note = "x" } },
                rule { name = "made", chance = 0.02, set = function(record) record.count = 0 return record end },
                """
        )
        let lines = try simulation.records(60, size: 20, seed: 42).map { $0.text + "\n" }.joined()
        #expect(Digests.sha256(Array(lines.utf8)) == "d2824717a0427a18c5de949a2d81480ea6d5aee619769d58a79898ed5ded3adf")
    }

    @Test func `the shipped scripts make the bytes that they made before the series`() throws {
        let bench = try Workbench()
        let library = try ScriptLibrary(
            ShippedScriptsTests.directory,
            files: bench.files,
            environment: bench.environment(),
            log: bench.log
        )
        let (workload, functions) = try FeedScripts(library, environment: bench.environment()).current()
        var bytes: [UInt8] = []
        for package in 1...55 {
            var generator = try RecordGenerator(workload, seed: 42, package: package, size: 20, functions: functions)
            for _ in 0..<20 {
                _ = try generator.write(to: &bytes)
                bytes.append(UInt8(ascii: "\n"))
            }
        }
        #expect(Digests.sha256(bytes) == "e31529eed74100dd3e6696291f65c86a595f73cc090683425926fd5790e4d100")
    }

    @Test func `a function among other fields, and one for the chance, are found where they are`() throws {
        let records = try Simulation(
            "a = function() return 1 end, b = integer { min = 2, max = 2 }, c = 'x'",
            rules: "rule { name = 'all', chance = function() return 1 end, set = { b = 3 } }"
        ).records(3)
        #expect(records.map(\.rule) == ["all", "all", "all"])
        #expect(records[0].text == #"{"b":3,"c":"x","a":1}"#)
    }
}
