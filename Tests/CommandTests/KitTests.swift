import Foundation
import TestSupport
import Testing

/// The kit of bad inputs and attacks beside the repository, which may be absent.
@Suite(.timeLimit(.minutes(20))) struct KitTests {
    static let folder: URL? = {
        var folder = Workplace.repository
        while folder.pathComponents.count > 1 {
            let kit = folder.appending(path: "shared/kit")
            if FileManager.default.fileExists(atPath: kit.path) { return kit }
            folder.deleteLastPathComponent()
        }
        return nil
    }()

    struct Input: Sendable, CustomTestStringConvertible {
        let kind: String
        let file: String
        /// Any of these will do: `records=1 bad=2`, `reject` or `limit`.
        let expected: [String]
        var testDescription: String { file }

        var path: String { folder?.appending(path: "bad_inputs/\(file)").path ?? "" }
    }

    private static let inputs: [Input] = {
        guard let manifest = folder?.appending(path: "bad_inputs/manifest.tsv"),
            let text = try? String(contentsOf: manifest, encoding: .utf8)
        else { return [] }
        return text.split(separator: "\n").dropFirst().map { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Input(kind: columns[0], file: columns[1], expected: columns[3].components(separatedBy: "|"))
        }
    }()

    @Test(.enabled(if: folder != nil, "NOT RUN: there is no ../shared/kit"))
    func `inspect finds in every package what the manifest says`() async throws {
        let inputs = Self.inputs.filter { ["json", "gzip"].contains($0.kind) }
        #expect(inputs.count >= 50)
        let outcome = try await Workplace().start(["inspect"] + inputs.map(\.path) + ["--json"]).outcome()
        #expect(outcome.status == 0, "\(outcome)")
        let objects = try outcome.objects()
        for input in inputs {
            let object = try #require(objects.first { $0["file"].string == input.path && $0["line"].int == nil })
            #expect(object.names.isSuperset(of: ["file", "records", "bad", "verdict"]))
            let (records, bad) = (object["records"].int ?? -1, object["bad"].int ?? -1)
            let verdict = object["verdict"].string ?? ""
            let found = verdict == "ok" ? "records=\(records)" + (bad > 0 ? " bad=\(bad)" : "") : verdict
            #expect(input.expected.contains(found), "\(input.file): \(found), not \(input.expected)")
            if verdict != "ok" { #expect(object["reason"].string?.isEmpty == false) }
            let lines = objects.filter { $0["file"].string == input.path && $0["line"].int != nil }
            if verdict == "ok" { #expect(lines.count == min(bad, lines.count) && (bad == 0 || !lines.isEmpty)) }
            for line in lines { #expect(line.names == ["file", "line", "reason"]) }
        }
    }

    @Test(.enabled(if: folder != nil, "NOT RUN: there is no ../shared/kit"))
    func `config judges every configuration file as the manifest says`() async throws {
        let inputs = Self.inputs.filter { $0.kind == "ini" }
        #expect(!inputs.isEmpty)
        let place = try Workplace()
        for input in inputs {
            let outcome = try await place.run("config", "--config", input.path)
            #expect([0, 2].contains(outcome.status))
            #expect(input.expected.contains(outcome.status == 0 ? "records=0" : "reject"), "\(input.file): \(outcome)")
            #expect(outcome.errors.isEmpty == (outcome.status == 0))
        }
    }

    @Test(.enabled(if: folder != nil, "NOT RUN: there is no ../shared/kit"))
    func `no script of the attack corpus gets out, hangs or crashes the agent`() throws {
        let runner = try #require(Self.folder).appending(path: "lua_attacks/run_corpus.py").path
        let check =
            "\(Workplace.agent.path) check {} --call on_record --record '{\"score\":0.93,\"host\":\"host-1\"}' --json"
        // More time than the corpus gives, because other tests run beside.
        let printed = try run(["python3", runner, "cmd", check, "--slice-ms", "6000"])
        let text = String(decoding: printed, as: UTF8.self)
        #expect(text.components(separatedBy: " PASS").count - 1 >= 69, "\(text)")
        #expect(!text.contains("FAIL") && !text.contains("canary written"), "\(text)")
    }
}
