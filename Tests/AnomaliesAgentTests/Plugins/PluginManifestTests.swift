import Scripting
import Testing

@testable import AnomaliesAgent

@Suite struct PluginManifestTests {
    private static let whole = """
        return plugin {
          api = 1, kind = "notifier", summary = "Says so.",
          needs = { http = { "{url}", "hooks.example.com" }, aws = { "sns:Publish" } },
          options = {
            { name = "url", type = "url", required = true, example = "https://a.example", doc = "Where to." },
            { name = "level", type = "choice", of = { "low", "high" }, default = "low", doc = "How." },
          },
          notify = function(alert, options) end,
        }
        """

    @Test func `a manifest says what the plugin is, needs and can be told`() throws {
        let bench = try PluginBench()
        try bench.write("p", Self.whole)
        let library = try bench.library(
            """
            [plugin p]
            url: http://inside:9093/x
            allow: http:inside:9093, http:hooks.example.com, aws:sns:Publish
            """
        )
        let setup = try #require(library.setups.first)
        #expect(setup.manifest.kind == .notifier)
        #expect(setup.options["level"] == .string("low"))
        #expect(
            setup.allowed.map(\.description).sorted() == [
                "aws:sns:Publish", "http:hooks.example.com", "http:inside:9093",
            ]
        )
    }

    @Test(arguments: [
        ("return 7", "plugins/p/plugin.lua:1: expected it to return plugin { … }, got 7"),
        ("return plugin {", "plugins/p/plugin.lua:1: unexpected symbol near <eof>"),
        ("while true do end", "plugins/p/plugin.lua:1: script ran too long"),
        ("return plugin {\napi = 2 }", "plugins/p/plugin.lua:2: api: expected 1, the only one this agent has, got 2"),
        ("return plugin {\napi = 1,\nkind = 'notifer' }", "plugins/p/plugin.lua:3: kind: expected one of \"decoder\""),
        (
            "return plugin { api = 1, kind = 'rule', summary = 'x',\nnotify = function() end }",
            "plugins/p/plugin.lua:1: decide: expected a function decide(record, result, options), got nil"
        ),
        (
            "return plugin { api = 1, kind = 'rule', summary = 'x', decide = function() end,\nneds = {} }",
            "plugins/p/plugin.lua:2: neds: unknown; expected one of"
        ),
        (
            "return plugin { api = 1, kind = 'rule', summary = 'x', decide = function() end,\nneeds = { http = { 'a' } } }",
            "plugins/p/plugin.lua:2: needs: only a notifier, source or sink may reach out"
        ),
        (
            "return plugin { api = 1, kind = 'sink', summary = 'x', write = function() end,\nneeds = { aws = { 'sns:*' } } }",
            "plugins/p/plugin.lua:2: needs.aws: \"sns:*\" names no single action"
        ),
        (
            "return plugin { api = 1, kind = 'sink', summary = 'x', write = function() end,\nneeds = { http = { '{u}' } } }",
            "plugins/p/plugin.lua:2: needs.http: {u} is no option of type url or secret"
        ),
        (
            "return plugin { api = 1, kind = 'rule', summary = 'x', decide = function() end, options = {\n"
                + "{ name = 'n', type = 'integer', min = 1, max = 3, default = 5, doc = 'd' } } }",
            "plugins/p/plugin.lua:2: options[1].default: 5 is out of range; expected a whole number from 1 to 3"
        ),
        (
            "return plugin { api = 1, kind = 'rule', summary = 'x', decide = function() end, options = {\n"
                + "{ name = 'allow', type = 'text', doc = 'd' } } }",
            "plugins/p/plugin.lua:2: options[1].name: expected lower-case letters, digits and hyphens, but not \"allow\""
        ),
        (
            "return plugin { api = 1, kind = 'sink', summary = http.request {} }",
            "http.request: not while the plugin loads"
        ),
    ])
    func `what is wrong with a manifest is told with file and line`(program: String, problem: String) throws {
        let bench = try PluginBench()
        try bench.write("p", program.replacing("'", with: "\""))
        let problems = bench.problems("[plugin p]")
        #expect(problems.contains { $0.contains(problem) }, "\(problems)")
    }
}
