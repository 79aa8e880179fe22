import Foundation
import GRDB
import Testing
import Transport

@testable import AnomaliesAgent

@Suite struct PluginNotifierTests {
    private static let telling = """
        return plugin { api = 1, kind = "notifier", summary = "x", needs = { http = { "a.example" } },
        notify = function(alert)
          local answer = http.request { url = "https://a.example/", json = { id = alert.id, record = alert.record_json } }
          if answer.status == 200 then return "ok" end
          if answer.status == 400 then return { refused = "no" } end
          return { retry = "answered " .. answer.status, after = tonumber(answer.headers["retry-after"]) }
        end }
        """
    private static let section = "[plugin tell]\nallow: http:a.example"

    private let bench: PluginBench

    init() throws {
        bench = try PluginBench()
        try bench.write("tell", Self.telling)
    }

    private func states() throws -> [String] {
        try bench.bench.state.read { try String.fetchAll($0, sql: "SELECT state FROM deliveries ORDER BY alert") }
    }

    private func due() throws -> Milliseconds {
        try bench.bench.state.read {
            try Int64.fetchOne($0, sql: "SELECT MIN(due) FROM deliveries WHERE state = 'pending'")
        } ?? 0
    }

    @Test func `an alert is told once, with the record as it was written`() async throws {
        let notifier = try bench.notifier(try bench.library(Self.section))
        let alert = try bench.alert(["z": 1, "a": 2.0])
        #expect(try await notifier.step() == .worked)
        #expect(try await notifier.step() == .idle(.seconds(1)))
        let request = try #require(bench.network.requests.first)
        let body = try JSONValue(parsing: request.body)
        #expect(body["id"]?.string == alert.id)
        #expect(body["record"]?.string == #"{"z":1,"a":2.0}"#)
        #expect(try states() == ["sent"])
        // A new process knows as much.
        #expect(try await bench.notifier(try bench.library(Self.section)).step() == .idle(.seconds(1)))
        #expect(bench.network.requests.count == 1)
    }

    @Test func `what was in the outbox before the plugin was set up is history, and comes back is a new start`()
        async throws
    {
        try bench.alert()
        bench.bench.clock.advance(.seconds(1))
        let notifier = try bench.notifier(try bench.library(Self.section))
        #expect(try await notifier.step() == .idle(.seconds(1)))
        // Without its section for a while.
        _ = try bench.library("").steps(state: bench.bench.state, outside: bench.outside)
        try bench.alert(line: 2)
        bench.bench.clock.advance(.seconds(1))
        #expect(try await bench.notifier(try bench.library(Self.section)).step() == .idle(.seconds(1)))
        #expect(bench.network.requests.isEmpty)
    }

    @Test func `a server that is away is asked again with growing pauses, and the mail goes on meanwhile`() async throws
    {
        let notifier = try bench.notifier(try bench.library(Self.section))
        try bench.alert()
        let away = PluginCallFailure(description: "no answer", isRetryable: true)
        bench.network.answer(.failure(away), .failure(away), .success(HTTPResponse(status: 200)))
        _ = try await notifier.step()
        var pauses: [Milliseconds] = []
        while try states() == ["pending"] {
            pauses.append(try due() - bench.bench.clock.now)
            bench.bench.clock.advance(.milliseconds(pauses[pauses.count - 1]))
            _ = try await notifier.step()
        }
        #expect(pauses == [5_000, 10_000])
        #expect(try states() == ["sent"])
        #expect(try bench.bench.state.read { try Outbox.counts(in: $0) } == [.pending: 1])
    }

    @Test func `Retry-After is honoured, and what is refused is not tried again`() async throws {
        let notifier = try bench.notifier(try bench.library(Self.section))
        try bench.alert()
        bench.network.answer(
            .success(HTTPResponse(status: 429, headers: [(name: "Retry-After", value: "90")])),
            .success(HTTPResponse(status: 400))
        )
        _ = try await notifier.step()
        #expect(try due() - bench.bench.clock.now == 90_000)
        bench.bench.clock.advance(.seconds(90))
        _ = try await notifier.step()
        #expect(try states() == ["dead"])
        #expect(try await notifier.step() == .idle(.seconds(1)))
    }

    @Test
    func `a server that is away for a hundred tries never switches the plugin off, and is given up after five days`()
        async throws
    {
        let notifier = try bench.notifier(try bench.library(Self.section))
        let start = bench.bench.clock.now
        try bench.alert()
        for _ in 0..<300 { bench.network.answer(.failure(PluginCallFailure(description: "away", isRetryable: true))) }
        _ = try await notifier.step()
        while try states() == ["pending"] {
            bench.bench.clock.advance(.milliseconds(max(1, try due() - bench.bench.clock.now)))
            _ = try await notifier.step()
        }
        #expect(bench.network.requests.count > 100)
        #expect(bench.bench.clock.now - start >= 5 * 86_400_000)
        #expect(try states() == ["dead"])
        #expect(try bench.status("tell")["running"]?.boolean == true)
    }

    @Test func `ten failures in a row switch a plugin off with one report, until its file changes`() async throws {
        try bench.write("tell", Self.telling.replacing("local answer", with: "oops()\nlocal answer"))
        let notifier = try bench.notifier(try bench.library(Self.section))
        for line in 1...12 { try bench.alert(line: line) }
        for _ in 0..<40 { _ = try await notifier.step() }
        let off = bench.told.all.filter { $0.contains("is switched off after 10 failures in a row") }
        #expect(off.count == 1, "\(bench.told.all)")
        #expect(off[0].contains("tell/plugin.lua:3: "))
        #expect(try bench.status("tell")["running"]?.boolean == false)
        #expect(bench.network.requests.isEmpty)
        // A change that is wrong is refused, one that is well brings back every alert that waited.
        try bench.write("tell", "return plugin {")
        bench.bench.clock.advance(.seconds(2))
        _ = try await notifier.step()
        #expect(try bench.status("tell")["running"]?.boolean == false)
        try bench.write("tell", Self.telling)
        bench.bench.clock.advance(.seconds(600))
        for _ in 0..<13 { _ = try await notifier.step() }
        #expect(bench.network.requests.count == 12)
        #expect(try Set(states()) == ["sent"])
        #expect(try bench.status("tell")["running"]?.boolean == true)
    }

    @Test(arguments: [
        "while true do end", "return 7", "return { retyr = 1 }",
        "local t = {} while true do t[#t + 1] = ('x'):rep(9999) .. #t end",
    ])
    func `one plugin that runs away or answers nonsense holds up neither another nor the mail`(body: String)
        async throws
    {
        try bench.write(
            "bad",
            "return plugin { api = 1, kind = 'notifier', summary = 'x', notify = function(alert) \(body) end }"
        )
        let library = try bench.library(Self.section + "\n[plugin bad]")
        let steps = try library.steps(state: bench.bench.state, outside: bench.outside)
        try bench.alert()
        for step in steps {
            #expect(try await step.step() == .worked)
            try await step.finish()
        }
        let rows = try bench.bench.state.read {
            try Row.fetchAll($0, sql: "SELECT plugin, state FROM deliveries ORDER BY plugin").map {
                "\($0["plugin"] as String) \($0["state"] as String)"
            }
        }
        #expect(rows == ["bad pending", "tell sent"])
        #expect(try bench.status("bad")["last_error"]?.string?.isEmpty == false)
    }

    @Test func `a folder that is deleted takes its plugin along, and brings it back`() async throws {
        let notifier = try bench.notifier(try bench.library(Self.section))
        try bench.remove("tell")
        bench.bench.clock.advance(.seconds(2))
        try bench.alert()
        #expect(try await notifier.step() == .idle(.seconds(1)))
        #expect(try bench.status("tell")["off"]?.string == "its folder is gone")
        try bench.write("tell", Self.telling)
        bench.bench.clock.advance(.seconds(2))
        #expect(try await notifier.step() == .worked)
        #expect(try states() == ["sent"])
    }

    @Test func `status tells what each plugin did and what waits`() async throws {
        let notifier = try bench.notifier(try bench.library(Self.section))
        try bench.alert(line: 1)
        try bench.alert(line: 2)
        bench.network.answer(
            .success(HTTPResponse(status: 200)),
            .failure(PluginCallFailure(description: "away", isRetryable: true))
        )
        for _ in 0..<3 { _ = try await notifier.step() }
        try await notifier.finish()
        let status = try bench.status("tell")
        #expect(status["done"]?.integer == 1)
        #expect(status["waiting"]?.integer == 1)
        #expect(PluginStatus.line(status).contains("tell, notifier: 1 done, 1 to be tried again, 1 failures"))
    }
}
