import Foundation
import TestSupport
import Testing

/// What authors of scripts are given: `new`, `api`, and scripts that tools of others accept.
@Suite(.timeLimit(.minutes(20))) struct AuthorKitTests {
    private static let hasLuacheck: Bool = {
        if ProcessInfo.processInfo.environment["CI"] == "true" { return true }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/luacheck") }
    }()

    @Test(.enabled(if: hasLuacheck, "NOT RUN: there is no luacheck; install lua-check"))
    func `luacheck accepts the shipped scripts, and knows the sandbox`() throws {
        let root = Workplace.repository.path
        let settings = ["--config", "\(root)/.luacheckrc", "--no-color"]
        _ = try run(["luacheck", "\(root)/scripts", "\(root)/plugins"] + settings)
        let place = try Workplace()
        try place.write("return { a = integr { min = 1 }, b = os.time(), c = math.pow(1, 2) }\n", "wrong.lua")
        #expect(throws: PeerUnavailable.self) { try run(["luacheck", place.path("wrong.lua")] + settings) }
        try place.write(
            "return { a = integer { min = 1 }, b = config.general.any, c = null, d = array {} }\n",
            "right.lua"
        )
        _ = try run(["luacheck", place.path("right.lua")] + settings)
    }

    @Test func `a new pipeline passes check, and runs`() async throws {
        let place = try Workplace()
        let made = try await place.mustRun("new", "mine")
        #expect(made.output.contains("anomalies-agent check scripts"))
        #expect(place.names(in: "mine") == [".luacheckrc", "anomalies.cfg", "scripts"])
        let scripts = place.names(in: "mine/scripts")
        #expect(
            Set(["record.lua", "inject.lua", "detect.lua", "notify.lua", "types", ".luarc.json"]).isSubset(of: scripts)
        )
        #expect(try await place.mustRun("check", "mine/scripts").output.contains("no problems"))
        #expect(try await place.mustRun("check", "mine/scripts/detect.lua").output.contains("no problems"))
        let arguments = ["mine/scripts", "--config", "mine/anomalies.cfg", "--packages", "1", "--seed", "3", "--json"]
        let outcome = try await place.start(arguments + ["--set", "General.upload-interval=0"]).outcome()
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try outcome.objects().last?["event"].string == "summary")
        #expect(try await place.mustRun("api", "--write", "mine").output.isEmpty, "all of it is as it should be")
        // As people do: it looks for its settings in the folder where it is called.
        if Self.hasLuacheck { _ = try run(["sh", "-c", "cd '\(place.path("mine"))' && luacheck scripts"]) }
    }

    @Test func `new writes nothing over`() async throws {
        let place = try Workplace()
        try place.write("mine\n", "file")
        for (argument, word) in [("scripts", "detect.lua"), ("file", "is a file")] {
            let outcome = try await place.run("new", argument)
            #expect(outcome.status == 2 && outcome.errors.contains(word) && outcome.output.isEmpty, "\(outcome)")
        }
        #expect(try String(decoding: place.contents(of: "file"), as: UTF8.self) == "mine\n")
    }

    @Test func `api prints all, or one function, table or key, and knows what was meant`() async throws {
        let place = try Workplace()
        let all = try await place.mustRun("api").output
        for name in ["integer {", "kinesis_analytics {", "detect", "sample_size", "alert", "likelihood_text"] {
            #expect(all.contains(name), "\(name)")
        }
        #expect(try await place.mustRun("api", "forest.trees").output.contains("1…1000"))
        #expect(try await place.mustRun("api", "--lua").output.contains("---@class agent.Detect"))
        #expect(try await place.mustRun("api", "--markdown").output.contains("| `trees?` |"))
        let slip = try await place.run("api", "refractry")
        #expect(slip.status == 2 && slip.errors.contains("Did you mean refractory?"), "\(slip)")
        #expect(try await place.run("api", "--lua", "--markdown").status == 2)
        #expect(try await place.run("api", "--write", "nowhere").status == 2)
    }
}
