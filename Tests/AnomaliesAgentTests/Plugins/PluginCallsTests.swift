import Foundation
import GRDB
import Scripting
import Testing
import Transport

@testable import AnomaliesAgent

/// What a plugin can call, and what it cannot.
@Suite struct PluginCallsTests {
    private static func notifier(_ body: String, needs: String = "") -> String {
        """
        return plugin { api = 1, kind = "notifier", summary = "x",
        needs = { http = { "hooks.example.com", "inside:9093" } },
        options = { { name = "token", type = "secret", doc = "d" } },
        notify = function(alert, options)
        \(body)
        end }
        """
    }

    private static let section = "[plugin p]\nallow: http:hooks.example.com, http:inside:9093\ntoken-env: TOKEN"

    private func run(_ body: String, _ bench: PluginBench) throws -> String {
        var bench = bench
        bench.environment["TOKEN"] = "open sesame"
        try bench.write("p", Self.notifier(body))
        let runner = try bench.runner(try bench.library(Self.section))
        do {
            return "\(try runner.run([.table(LuaTable())]))"
        } catch {
            return error.description
        }
    }

    // RFC 4231, test case 2; FIPS 180-2, "abc"; RFC 4648, section 10.
    @Test(arguments: [
        (
            "hash.hmac_sha256('Jefe', 'what do ya want for nothing?')",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        ("hash.sha256('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("base64.encode('foobar')", "Zm9vYmFy"),
        ("base64.decode('Zm9vYg==')", "foob"),
        ("tostring(base64.decode('?'))", "nil"),
        ("json.encode({ b = 1, a = { null, array {}, 'x\\n' } })", #"{"a":[null,[],"x\n"],"b":1}"#),
        ("json.decode('{\"a\":[1,2.5,null]}').a[2]", "2.5"),
        ("tostring(json.decode('null') == null)", "true"),
        ("time.iso(1795366800123)", "2026-11-22T17:00:00.123Z"),
        ("time.parse('2026-11-22T18:00:00.123+01:00')", "1795366800123"),
        ("tostring(time.now())", "1795366800000"),
        ("tostring(pcall(json.decode, '{'))", "false"),
    ])
    func `the calls give known answers`(expression: String, answer: String) throws {
        #expect(try run("return \(expression)", PluginBench()) == answer)
    }

    @Test(arguments: [
        ("http.request { url = 'https://evil.example/' }", "evil.example is not allowed; the configuration allows"),
        ("http.request { url = 'https://hooks.example.com:8443/' }", "hooks.example.com:8443 is not allowed"),
        ("http.request { url = 'http://hooks.example.com/' }", "hooks.example.com:80 is not allowed"),
        (
            "http.request { url = 'https://hooks.example.com@evil.example/' }",
            "url: expected an absolute http or https URL"
        ),
        ("http.request { url = 'https://hooks.example.com.evil.example/' }", "is not allowed"),
        ("http.request { url = 'https://0x7f000001/' }", "127.0.0.1 is not allowed"),
        ("http.request { url = 'https://hooks.example.com/', verify = false }", "verify: unknown; expected url"),
        ("http.request { url = 'https://hooks.example.com/', method = 'TRACE' }", "method: expected GET"),
        ("http.request { url = 'https://hooks.example.com/', body = {} }", "expected a text as body"),
        ("http.request { url = 'file:///etc/passwd' }", "url: expected an absolute http or https URL"),
        (
            "aws.request { service = 'iam', action = 'CreateUser', version = '2010-05-08' }",
            "iam:CreateUser is not allowed"
        ),
        (
            "aws.request { service = 'sns', action = 'Publish', version = '1', parameters = { Action = 'X' } }",
            "Action is not among"
        ),
        (
            "aws.request { service = 'sns.evil.example/', action = 'Publish', version = '1' }",
            "is no service such as sns"
        ),
        ("for i = 1, 30 do http.request { url = 'https://hooks.example.com/' } end", "more than 20 calls in one run"),
        ("state.set('x', ('x'):rep(70000))", "more than 65536 bytes of state"),
        ("error('the token is ' .. options.token)", "the token is (hidden)"),
        ("return io or os or package or debug or load", "nil"),
    ])
    func `what is not allowed is refused in words`(statement: String, refusal: String) throws {
        let answer = try run(statement, PluginBench())
        #expect(answer.contains(refusal), "\(answer)")
        #expect(!answer.contains("sesame"))
    }

    @Test func `a host by name alone never leads into this machine, a port that was allowed may lead anywhere`() throws
    {
        let bench = try PluginBench()
        _ = try run(
            """
            http.request { url = "https://hooks.example.com/a" }
            http.request { url = "http://inside:9093/b", json = { a = 1 }, headers = { ["X-A"] = 7 }, timeout = 3 }
            """,
            bench
        )
        let requests = bench.network.requests
        #expect(requests.map(\.addresses) == [.remote, .any])
        #expect(requests.map(\.method) == [.get, .post])
        #expect(requests[1].timeout <= .seconds(3))
        #expect(requests[1].headers.map { "\($0.name)=\($0.value)" } == ["X-A=7", "Content-Type=application/json"])
        #expect(String(decoding: requests[1].body, as: UTF8.self) == #"{"a":1}"#)
    }

    @Test func `state is kept over restarts when the run ends well, and not when it fails`() async throws {
        let bench = try PluginBench()
        try bench.write(
            "p",
            """
            return plugin { api = 1, kind = "notifier", summary = "x", notify = function(alert)
              state.set("count", (state.get("count") or 0) + 1)
              if alert.record.accuracy == 13 then error("unlucky") end
              return "number " .. state.get("count")
            end }
            """
        )
        let first = try bench.notifier(try bench.library("[plugin p]"))
        for (line, accuracy) in [95, 13, 96].enumerated() {
            try bench.alert(["accuracy": .integer(Int64(accuracy))], line: line + 1)
        }
        for _ in 0..<3 { _ = try await first.step() }
        let second = try bench.notifier(try bench.library("[plugin p]"))
        try bench.alert(["accuracy": 97], line: 4)
        _ = try await second.step()
        let answers = try bench.bench.state.read {
            try String.fetchAll($0, sql: "SELECT answer FROM deliveries WHERE state = 'sent' ORDER BY answer")
        }
        #expect(answers == ["number 1", "number 2", "number 3"])
    }

    @Test(arguments: [
        ("files.read('IN/a')", "content"), ("files.read('IN/none')", "nil"),
        ("json.encode(files.names('IN'))", #"["a","link"]"#),
        ("files.append('IN/b', 'x') or files.append('IN/b', 'y') or files.read('IN/b')", "xy"),
        ("files.read('OUT/secret')", "is not allowed"), ("files.read('IN/../OUT/secret')", "is not allowed"),
        ("files.read('IN/link')", "is not allowed"), ("files.append('IN/link', 'x')", "is not allowed"),
        ("files.append('OUT/new', 'x')", "is not allowed"), ("files.append('IN/no/new', 'x')", "there is no folder"),
        ("files.read('IN2')", "is not allowed"), ("files.read('a')", "expected an absolute path"),
    ])
    func `files are those below what was allowed, whatever links say`(expression: String, answer: String) throws {
        let bench = try PluginBench()
        let root = bench.bench.directory.path
        for (file, text) in [("in/a", "content"), ("out/secret", "hidden"), ("in2", "beside")] {
            try bench.bench.directory.write(text, to: file)
        }
        try FileManager.default.createSymbolicLink(atPath: "\(root)/in/link", withDestinationPath: "\(root)/out/secret")
        let body = expression.replacing("IN", with: "\(root)/in").replacing("OUT", with: "\(root)/out")
        try bench.write(
            "p",
            """
            return plugin { api = 1, kind = "sink", summary = "x", needs = { files = { "{folder}" } },
            options = { { name = "folder", type = "text", required = true, example = "/x", doc = "d" } },
            write = function(findings) return \(body) end }
            """
        )
        let runner = try bench.runner(try bench.library("[plugin p]\nfolder: \(root)/in\nallow: files:\(root)/in"))
        let got: String
        do { got = "\(try runner.run([.nil]))" } catch { got = error.description }
        #expect(got.contains(answer), "\(got)")
        #expect(try String(contentsOfFile: "\(root)/out/secret", encoding: .utf8) == "hidden")
    }

    @Test(arguments: ["http.request { url = 'https://a/' }", "aws.request {}", "state.set('a', 1)", "time.now()"])
    func `a plugin in the middle of the pipeline reaches nothing, and remembers nothing`(call: String) throws {
        let bench = try PluginBench()
        try bench.write(
            "p",
            "return plugin { api = 1, kind = 'rule', summary = 'x', decide = function() return \(call) end }"
        )
        let runner = try bench.runner(try bench.library("[plugin p]\nallow: http:a"))
        #expect(throws: PluginFailure.self) { try runner.run([.nil, .nil]) }
    }
}
