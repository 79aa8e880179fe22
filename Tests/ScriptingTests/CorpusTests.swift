import Foundation
import Scripting
import Testing

/// The attack scripts beside the repository: each says in its head what must come of it.
@Suite struct CorpusTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/kit/lua_attacks")

    private static let scripts = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".lua") }
        .sorted()

    @Test(
        .enabled(if: !scripts.isEmpty, "NOT RUN: the attack corpus is not at ../shared/kit/lua_attacks"),
        arguments: scripts
    )
    func `an attack ends as the corpus expects`(file: String) throws {
        let source = try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8)
        let head = try #require(source.split(separator: "\n").first { $0.hasPrefix("-- expect:") })
        let expected = head.dropFirst("-- expect:".count).split(separator: "|").map {
            $0.trimmingCharacters(in: .whitespaces)
        }

        var lua = makeState()
        var outcomes: [String] = [outcome { () throws(ScriptError) in try lua.load(source, name: file) }]
        if outcomes[0] == "ok", case .function(let function) = try lua.global("on_record") {
            let record = LuaTable(fields: [("host", .string("host-1")), ("score", .number(0.93))])
            outcomes.append(outcome { () throws(ScriptError) in try lua.call(function, [.table(record)]) })
        }
        let worst = ["escaped", "limit", "error", "denied"].first(where: outcomes.contains) ?? "ok"
        #expect(expected.contains(worst) || (worst == "error" && expected.contains("denied")))
        #expect(try makeAndRun("return 1 + 1") == .integer(2))
    }

    private func makeAndRun(_ source: String) throws(ScriptError) -> LuaValue { try run(source) }

    private func outcome(_ body: () throws(ScriptError) -> LuaValue) -> String {
        do throws(ScriptError) {
            let text = try body().description
            return text.hasPrefix("ESCAPED") ? "escaped" : text.hasPrefix("SAFE") ? "denied" : "ok"
        } catch {
            if case .limit = error { return "limit" }
            return "error"
        }
    }
}
