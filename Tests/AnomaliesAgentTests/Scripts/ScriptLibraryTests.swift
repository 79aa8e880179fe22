import Foundation
import Testing

@testable import AnomaliesAgent

@Suite struct ScriptLibraryTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    private func write(_ text: String) throws { try bench.directory.write(text, to: "scripts/detect.lua") }
    private func detect(_ refractory: Int) -> String { "return { features = { 'a' }, refractory = \(refractory) }" }
    private func refractory(_ scripts: DetectScripts) throws -> Duration { try scripts.current().0.refractory }

    @Test func `a change is taken when it reads the same twice, between two batches`() throws {
        let library = try bench.library(["detect.lua": detect(1)])
        let scripts = try DetectScripts(library, environment: bench.environment())
        #expect(try refractory(scripts) == .seconds(1))
        try write(detect(2))
        library.reload()
        #expect(try refractory(scripts) == .seconds(1))
        library.reload()
        #expect(try refractory(scripts) == .seconds(2))
        #expect(try scripts.current().0.generation == library.newest.generation)
    }

    @Test func `a change that is wrong is refused, the old one goes on, and the next good one is taken`() throws {
        let library = try bench.library(["detect.lua": detect(1)])
        let scripts = try DetectScripts(library, environment: bench.environment())
        for wrong in ["return {", "return { features = 5 }", "while true do end"] {
            try write(wrong)
            for _ in 0..<3 { library.reload() }
            #expect(try refractory(scripts) == .seconds(1))
        }
        try write(detect(3))
        for _ in 0..<2 { library.reload() }
        #expect(try refractory(scripts) == .seconds(3))
    }

    @Test func `a directory that cannot be read for a while changes nothing`() throws {
        let library = try bench.library(["detect.lua": detect(1)])
        let path = bench.directory.path
        try FileManager.default.moveItem(atPath: path + "/scripts", toPath: path + "/away")
        for _ in 0..<3 { library.reload() }
        #expect(library.newest.texts[.detect] != nil)
        try FileManager.default.moveItem(atPath: path + "/away", toPath: path + "/scripts")
        try write(detect(4))
        for _ in 0..<2 { library.reload() }
        let scripts = try DetectScripts(library, environment: bench.environment())
        #expect(try refractory(scripts) == .seconds(4))
    }

    @Test func `a change that is taken back is none`() throws {
        let library = try bench.library(["detect.lua": detect(1)])
        let generation = library.newest.generation
        try write(detect(2))
        library.reload()
        try write(detect(1))
        for _ in 0..<3 { library.reload() }
        #expect(library.newest.generation == generation)
    }

    @Test func `the feed, the relay and the mail use a change as detection does`() throws {
        let library = try bench.library([
            "record.lua": "return record { n = 1 }", "detect.lua": "return { features = { 'n' } }",
            "notify.lua": "return { subject = 'old' }",
        ])
        let environment = bench.environment()
        let feed = try FeedScripts(library, environment: environment)
        let relay = try RelayScripts(library, environment: environment, limits: RecordLimits())
        let notify = try NotifyScripts(library, environment: environment)
        #expect(try relay.current().hashKey(of: Array("{\"k\":1}".utf8)) == nil)
        try bench.directory.write("return record { n = 2, m = 3 }", to: "scripts/record.lua")
        try bench.directory.write("return { features = { 'n' }, key = 'k' }", to: "scripts/detect.lua")
        try bench.directory.write(
            "return { subject = function(alert) return 'new ' .. alert.x end }",
            to: "scripts/notify.lua"
        )
        for _ in 0..<2 { library.reload() }
        #expect(try feed.current().0.fields.count == 2)
        #expect(try relay.current().hashKey(of: Array("{\"k\":1}".utf8)) == RecordIdentity.hashKey(of: "1"))
        #expect(try notify.current().subject(["x": "y"]) == "new y")
    }

    @Test func `functions of a shape see the record so far, and keep the order of fields`() throws {
        let library = try bench.library([
            "record.lua": """
            return record {
              b = integer { min = 3, max = 3 },
              a = choice { "x" },
              z = function(record) return record.b * 2 end,
              c = "constant",
            }
            """
        ])
        let (workload, functions) = try FeedScripts(library, environment: bench.environment()).current()
        var generator = try RecordGenerator(workload, seed: 1, package: 1, size: 1, functions: functions)
        var bytes: [UInt8] = []
        _ = try generator.write(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"b":3,"a":"x","c":"constant","z":6}"#)
    }

    @Test(arguments: [
        ("return nil", nil), ("return false", nil), ("return true", Decision()),
        (
            "return { severity = 'critical', rule = 'r', message = 'm' }",
            Decision(severity: "critical", rule: "r", message: "m")
        ),
    ])
    func `decide returns nothing, true, or a table`(body: String, decision: Decision?) throws {
        let library = try bench.library([
            "detect.lua": "return { features = { 'a' }, decide = function(record, result) \(body) end }"
        ])
        let (_, functions) = try DetectScripts(library, environment: bench.environment()).current()
        var found = try functions.decide(record: [:], .zero, nil)
        found?.place = nil
        #expect(found == decision)
    }

    @Test(arguments: ["return 5", "return { sevrity = 'x' }", "return record.x.y", "while true do end"])
    func `a decide that goes wrong says where`(body: String) throws {
        let library = try bench.library([
            "detect.lua": "return { features = { 'a' },\n decide = function(record, result) \(body) end }"
        ])
        let (_, functions) = try DetectScripts(library, environment: bench.environment()).current()
        let error = #expect(throws: ScriptFailure.self) { try functions.decide(record: [:], .zero, nil) }
        #expect(error?.description.contains("detect.lua:2") == true, "\(error?.description ?? "")")
    }
}
