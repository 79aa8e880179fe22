import Foundation
import Testing

@testable import AnomaliesAgent

/// What can drift from the code is compared with it.
@Suite struct DocumentTests {
    private let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test func `the README's table of options is the configuration's own`() throws {
        let table = try section(
            "README.md",
            between: "<!-- options: anomalies-agent config --markdown -->",
            "<!-- end of options -->"
        )
        #expect(table == Configuration.markdownTable().trimmingCharacters(in: .whitespacesAndNewlines))
    }

    @Test func `the reference of functions is what scripts are given`() throws {
        let reference = try section("plugins/README.md", between: "<!-- functions -->", "<!-- end of functions -->")
        #expect(reference == AgentAPI.markdown.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    @Test func `every built-in template parses and renders`() throws {
        for (text, isHTML) in [(MailTemplate.subject, false), (MailTemplate.text, false), (MailTemplate.html, true)] {
            _ = try MailTemplate.parse(text, isHTML: isHTML)
        }
    }

    private func section(_ file: String, between start: String, _ end: String) throws -> String {
        let text = try String(contentsOf: root.appending(path: file), encoding: .utf8)
        let from = try #require(text.range(of: start)?.upperBound)
        let to = try #require(text.range(of: end)?.lowerBound)
        return text[from..<to].trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
