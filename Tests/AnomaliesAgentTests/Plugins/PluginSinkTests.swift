import Detection
import Testing
import Transport

@testable import AnomaliesAgent

/// Plugins at either end: what brings records, and what takes findings.
@Suite struct PluginSinkTests {
    private static let sink = """
        return plugin { api = 1, kind = "sink", summary = "x", needs = { http = { "a.example" } },
        write = function(findings)
          local answer = http.request { url = "https://a.example/", json = findings }
          if answer.status ~= 200 then return { retry = "answered " .. answer.status } end
        end }
        """

    private func findings(_ bench: PluginBench, from start: Int, _ count: Int) throws {
        for number in start..<(start + count) {
            let finding = Finding(
                sequenceNumber: "\(number)",
                identity: nil,
                time: bench.bench.clock.now,
                record: [:],
                score: Double(number),
                grade: 0.5,
                decision: Decision(),
                suppression: nil
            )
            try bench.bench.state.write {
                try Findings.add(finding, shard: "s", alert: nil, suppressed: .refractory, now: 0, in: $0)
            }
        }
    }

    private func sent(_ bench: PluginBench) throws -> [[String]] {
        try bench.network.requests.map { request in
            try (JSONValue(parsing: request.body).array ?? []).map { $0["sequence_number"]?.string ?? "" }
        }
    }

    @Test func `a sink gets every finding in its order, a batch that fails again, and goes on after a restart`()
        async throws
    {
        let bench = try PluginBench()
        try bench.write("keep", Self.sink)
        try findings(bench, from: 1, 2)
        func step() throws -> any PipelineStep {
            let library = try bench.library("[plugin keep]\nallow: http:a.example")
            return try #require(try library.steps(state: bench.bench.state, outside: bench.outside).first)
        }
        let first = try step()
        // What was there before it is history.
        #expect(try await first.step() == .idle(.seconds(1)))
        try findings(bench, from: 3, 103)
        bench.network.answer(.success(HTTPResponse(status: 503)))
        _ = try await first.step()
        #expect(try await first.step() == .idle(.seconds(1)))
        bench.bench.clock.advance(.seconds(5))
        _ = try await first.step()
        _ = try await step().step()
        let sent = try sent(bench)
        #expect(sent.map(\.count) == [100, 100, 3])
        #expect(sent[0] == sent[1])
        #expect((sent[1] + sent[2]) == (3...105).map(String.init))
    }

    private static let source = """
        return plugin { api = 1, kind = "source", summary = "x",
        poll = function()
          local n = state.get("n") or 0
          if n >= 4 then return { ended = true } end
          state.set("n", n + 2)
          return { records = { { n = n + 1 }, { n = n + 2 } }, wait = 0 }
        end }
        """

    @Test func `a source's records are stored as packages, and what it remembers with them`() async throws {
        let bench = try PluginBench()
        try bench.write("count", Self.source)
        let library = try bench.library("[Feed]\nsource: plugin\n[plugin count]")
        let bucket = try bench.bench.bucket()
        let feed = try bench.bench.feed(
            try library.source(state: bench.bench.state, outside: bench.outside),
            into: bucket
        )
        // Polled anew after each package.
        for _ in 0..<10 {
            _ = try await feed.step()
            bench.bench.clock.advance(.seconds(10))
        }
        try await feed.finish()
        var texts = ""
        for object in try await bucket.list(prefix: "", after: nil) {
            texts += try gunzip(try await bucket.get(object.key, limit: 1 << 20).body)
        }
        #expect(texts == "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n")
        #expect(try bench.bench.state.read { try PluginState.load("count", in: $0) } == ["n": 4])
    }

    @Test func `source plugin without a source, or with two, is refused in words`() throws {
        let bench = try PluginBench()
        let library = try bench.library("")
        #expect(throws: SetupProblem.self) {
            _ = try library.source(state: bench.bench.state, outside: bench.outside)
        }
    }
}
