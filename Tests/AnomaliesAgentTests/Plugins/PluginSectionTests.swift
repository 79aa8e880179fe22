import Scripting
import Testing

@testable import AnomaliesAgent

/// What stands under `[plugin NAME]`.
@Suite struct PluginSectionTests {
    private static let program = """
        return plugin {
          api = 1, kind = "notifier", summary = "Says so.", needs = { http = { "{url}" } },
          options = {
            { name = "url", type = "url", required = true, example = "https://a.example", doc = "Where to." },
            { name = "retries", type = "integer", min = 1, max = 9, default = 3, doc = "How often." },
            { name = "level", type = "choice", of = { "low", "high" }, default = "low", doc = "How." },
            { name = "quiet", type = "flag", default = false, doc = "Whether." },
            { name = "hosts", type = "list", default = "", doc = "Which." },
            { name = "wait", type = "seconds", min = 0, max = 60, default = 1.5, doc = "How long." },
            { name = "token", type = "secret", doc = "What opens." },
          },
          notify = function(alert, options) return json.encode(options) end,
        }
        """

    private func bench() throws -> PluginBench {
        var bench = try PluginBench()
        bench.environment = ["CHAT_TOKEN": "open sesame"]
        try bench.write("chat", Self.program)
        try bench.write("other", "error('not asked for, never run')")
        return bench
    }

    @Test(arguments: [
        (
            "url: https://a.example\nallow: http:a.example\nretrys: 2",
            "anomalies.cfg:4: plugin chat has no option \"retrys\". Did you mean \"retries\"?"
        ),
        (
            "url: https://a.example\nallow: http:a.example\nretries: 10",
            "anomalies.cfg:4: retries \"10\" is out of range. Allowed: a whole number from 1 to 9. The default is 3."
        ),
        (
            "url: https://a.example\nallow: http:a.example\nlevel: hihg",
            "anomalies.cfg:4: level \"hihg\" is not one of the choices. Allowed: one of low, high. Did you mean \"high\"?"
        ),
        (
            "url: https://a.example\nallow: http:a.example\nquiet: perhaps",
            "anomalies.cfg:4: quiet \"perhaps\" is neither yes nor no."
        ),
        (
            "url: ftp://a.example\nallow: http:a.example",
            "anomalies.cfg:2: url \"ftp://a.example\" is no absolute URL of http or https"
        ),
        ("allow: http:a.example", "anomalies.cfg:1: plugin chat needs the option url: Where to."),
        (
            "url: https://a.example",
            "anomalies.cfg:1: plugin chat needs http:a.example and is not allowed it. Write allow: http:a.example under [plugin chat]"
        ),
        (
            "url: http://a.example\nallow: http:a.example",
            "anomalies.cfg:3: plugin chat needs http:a.example:80 and is not allowed it."
        ),
        (
            "url: https://a.example\nallow: ftp:a.example",
            "anomalies.cfg:3: allow: \"ftp:a.example\" is nothing that can be allowed. Write http:HOST"
        ),
        ("url: https://a.example\nallow: http:*.example", "anomalies.cfg:3: allow: \"http:*.example\" names no host."),
        (
            "url: https://a.example\nallow: http:a.example\ntoken: hunter2",
            "anomalies.cfg:4: token is a secret, which is never written here. Put the name"
        ),
        (
            "url: https://a.example\nallow: http:a.example\ntoken-env: NOPE",
            "anomalies.cfg:4: token-env names NOPE, which is not set."
        ),
        (
            "url: https://a.example\nallow: http:a.example\ntoken-file: /nowhere",
            "anomalies.cfg:4: token-file: cannot read /nowhere"
        ),
    ])
    func `what is wrong is told with file, line and what to do`(section: String, problem: String) throws {
        let problems = try bench().problems("[plugin chat]\n\(section)")
        #expect(problems.count == 1 && problems[0].hasPrefix(problem), "\(problems)")
    }

    @Test func `a plugin that is not there is told with the nearest name`() throws {
        let problems = try bench().problems("[plugin caht]")
        #expect(problems == ["anomalies.cfg:1: there is no plugins/caht/plugin.lua. Did you mean [plugin chat]?"])
    }

    @Test func `without a section nothing of a plugin runs`() throws {
        #expect(try bench().library("").setups.isEmpty)
    }

    @Test func `options reach the function with their types, and a secret from the environment`() throws {
        var bench = try bench()
        bench.environment["ANOMALIES_X"] = nil
        let library = try bench.library(
            """
            [plugin chat]
            url: https://a.example
            allow: http:a.example
            hosts: a, b
            wait: 2
            quiet: yes
            token-env: CHAT_TOKEN
            """
        )
        let setup = try #require(library.setups.first)
        #expect(setup.options["retries"] == .integer(3))
        #expect(setup.options["wait"] == .number(2))
        #expect(setup.options["quiet"] == .boolean(true))
        #expect(setup.options["hosts"]?.texts == ["a", "b"])
        #expect(setup.options["token"] == .string("open sesame"))
        #expect(setup.redacted("it was open sesame!") == "it was (hidden)!")
    }
}
