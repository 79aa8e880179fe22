import Foundation
import Scripting
import Testing

@testable import AnomaliesAgent

/// The folders of `plugins/` as they are shipped.
@Suite struct ShippedPluginsTests {
    private static let folder = PluginBench.shipped
    static let names = ["alertmanager", "cloudtrail", "robust-zscore", "slack", "sns", "webhook"]

    private func command() throws -> PluginsCommand {
        let bench = try PluginBench()
        var configuration = Configuration()
        configuration.pluginFolder.directory = Self.folder
        return PluginsCommand(configuration: configuration, outside: bench.outside, log: bench.told.log)
    }

    private func text(_ file: String) throws -> String {
        try String(contentsOf: URL(filePath: "\(Self.folder)/\(file)"), encoding: .utf8)
    }

    @Test func `each folder has its four parts`() throws {
        #expect(try PluginFolder.names(in: Self.folder, files: DiskFileSystem()) == Self.names)
        for name in Self.names {
            let files = try FileManager.default.contentsOfDirectory(atPath: "\(Self.folder)/\(name)").sorted()
            #expect(files == ["README.md", "examples", "plugin.lua", "sample.cfg"])
        }
    }

    @Test(arguments: names) func `the examples come out as they say, and there are two at least`(name: String) throws {
        let (lines, isGood) = try command().test([name], asJSON: false)
        #expect(isGood, "\(lines.joined(separator: "\n"))")
        #expect(lines.count >= 2)
    }

    @Test func `the reference of calls is what plugins are given`() throws {
        let readme = try text("README.md")
        let start = try #require(readme.range(of: "<!-- plugin calls -->")?.upperBound)
        let end = try #require(readme.range(of: "<!-- end of plugin calls -->")?.lowerBound)
        let reference = readme[start..<end].trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(
            reference == PluginCalls.markdown.trimmingCharacters(in: .whitespacesAndNewlines),
            "Run: anomalies-agent plugins docs --calls"
        )
    }

    @Test(arguments: names) func `README and sample follow from the manifest`(name: String) throws {
        let documents = try command().documents(name, write: false)
        let readme = try text("\(name)/README.md")
        let start = try #require(readme.range(of: PluginDocuments.start)?.upperBound)
        let end = try #require(readme.range(of: PluginDocuments.end)?.lowerBound)
        #expect("\(readme[start..<end])" == "\n" + documents[0], "Run: anomalies-agent plugins docs \(name) --write")
        #expect(try text("\(name)/sample.cfg") == documents[1], "Run: anomalies-agent plugins docs \(name) --write")
    }

    @Test(arguments: names) func `the sample is a configuration that the agent takes, every option uncommented`(
        name: String
    ) throws {
        var bench = try PluginBench()
        bench.usesShipped = true
        bench.environment = ["SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T/B/x", "WEBHOOK_SECRET": "s3cret"]
        let sample = try text("\(name)/sample.cfg")
        #expect(try bench.library(sample).setups.map(\.name) == [name])
        let uncommented = sample.replacing(#/\n#(?!#)/#, with: "\n")
        #expect(bench.problems(uncommented) == [])
    }

    @Test func `an example that is not as it says fails, with what was expected and what came`() throws {
        let bench = try PluginBench()
        try bench.write(
            "p",
            """
            return plugin { api = 1, kind = "notifier", summary = "x", needs = { http = { "a.example" } },
            notify = function(alert) http.request { url = "https://a.example/" .. alert.rule } return "done" end }
            """
        )
        func problems(_ example: String) throws -> [String] {
            let folder = try #require(
                try PluginFolder.read("p", in: "\(bench.bench.directory.path)/plugins", files: DiskFileSystem())
            )
            let example = PluginExample(name: "e", document: try JSONValue(parsing: example))
            return try example.run(folder, budget: .standard, log: bench.told.log)
        }
        let call = #"{"http":{"url":"https://a.example/default"}}"#
        #expect(try problems(#"{"calls":[\#(call)],"output":"done"}"#) == [])
        #expect(try problems(#"{"calls":[\#(call)],"output":"dome"}"#) == [#"output: expected "dome", got "done""#])
        #expect(try problems(#"{"calls":[\#(call),\#(call)]}"#) == ["1 more call(s) were expected"])
        #expect(try problems("{}").contains("call 1, http: none of it was expected"))
        #expect(
            try problems(#"{"calls":[{"http":{"method":"POST","url":"https://a.example/default"}}]}"#)
                == ["call 1, method: expected POST, got GET"]
        )
        #expect(try problems(#"{"outpt":1,"calls":[\#(call)]}"#).first?.contains("Did you mean output?") == true)
    }
}
