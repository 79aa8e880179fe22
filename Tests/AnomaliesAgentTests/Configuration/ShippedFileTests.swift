import Foundation
import Testing

@testable import AnomaliesAgent

@Suite struct ShippedFileTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private func shipped() throws -> String {
        try String(contentsOf: Self.root.appending(path: "anomalies.cfg"), encoding: .utf8)
    }

    @Test func `the shipped file sets what makes the first alert come soon and nothing else`() throws {
        let configuration = try load(try shipped())
        var expected = Configuration()
        expected.general.uploadInterval = .seconds(1)
        expected.general.packageSize = 100
        expected.origins = configuration.origins
        #expect(configuration == expected)
        #expect(
            Set(configuration.origins.keys) == [
                "General.upload-interval", "General.package-size", "General.anomalies-frequency", "AWS.bucket-name",
            ]
        )
    }

    @Test func `the shipped file says what the original had`() throws {
        let text = try shipped()
        #expect(text.contains("The original had 6"))
        #expect(text.contains("The original had 20"))
    }

    @Test func `the shipped file lists every option with its default`() throws {
        var section = ""
        var listed: [String: String] = [:]
        for line in try shipped().split(separator: "\n") where !line.hasPrefix("##") {
            if line.hasPrefix("[") { section = String(line.dropFirst().dropLast()) }
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !line.hasPrefix("[") else { continue }
            let key = parts[0].drop { $0 == "#" }
            listed["\(section).\(key)"] = line.hasPrefix("#") ? parts[1].trimmingCharacters(in: .whitespaces) : nil
            if !line.hasPrefix("#") { listed["\(section).\(key)"] = "set" }
        }
        for option in ConfigurationOption.table {
            let value = listed.removeValue(forKey: option.name)
            #expect(value == option.defaultText || value == "set", "\(option.name) is missing or has another default")
        }
        #expect(listed.isEmpty)
    }

    @Test func `the shipped file is what the table of options makes`() throws {
        #expect(try shipped() == Configuration.shippedFile(), "Write Configuration.shippedFile() to anomalies.cfg.")
    }

    @Test func `every option of the shipped file can be uncommented at once`() throws {
        let text = try shipped().replacing(#/\n#(?!#|\[)/#, with: "\n")
        #expect(try load(text).general == load(try shipped()).general)
    }

    @Test func `every stored property is an option, and every option has its own names`() {
        let configuration = Configuration()
        let sections = Mirror(reflecting: configuration).children.filter { !["plugins", "origins"].contains($0.label) }
        let properties = sections.map { Mirror(reflecting: $0.value).children.count }.reduce(0, +)
        #expect(properties == ConfigurationOption.table.count)
        #expect(Set(ConfigurationOption.table.map(\.environmentName)).count == properties)
        #expect(Set(ConfigurationOption.table.map { $0.name.lowercased() }).count == properties)
        #expect(ConfigurationOption.table.allSatisfy { $0.summary.hasSuffix(".") })
    }

    @Test func `the README's table has a row for each option with its default`() {
        let rows = Configuration.markdownTable().split(separator: "\n")
        #expect(rows.count == ConfigurationOption.table.count + 2)
        let unescapedBars = rows.map { $0.replacing("\\|", with: "").count { $0 == "|" } }
        #expect(unescapedBars.allSatisfy { $0 == 6 })
        #expect(
            rows.contains {
                $0.hasPrefix("| `[General]` | `package-size` | `20` | a whole number from 1 to 1,000,000 |")
            }
        )
    }
}
