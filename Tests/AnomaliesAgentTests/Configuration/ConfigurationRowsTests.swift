import Foundation
import Testing

@testable import AnomaliesAgent

@Suite struct ConfigurationRowsTests {
    private func row(_ name: String, _ rows: [ConfigurationRow]) throws -> ConfigurationRow {
        try #require(rows.first { "\($0.section).\($0.key)" == name })
    }

    @Test func `every option has a row, in order, and the plugins' come last`() throws {
        let rows = try load("[plugin b]\nx: 1\n[plugin a]\nz: 1\ny: 2").rows()
        let names = rows.map { "\($0.section).\($0.key)" }
        #expect(names == ConfigurationOption.table.map(\.name) + ["plugin a.y", "plugin a.z", "plugin b.x"])
    }

    @Test func `credentials are hidden and the way to them is shown`() throws {
        let text = """
            [AWS]
            endpoint-url: https://me:hunter2@host:9/x
            [Mail]
            username: me
            password-file: /etc/pw
            [plugin chat]
            webhook: hunter2
            api-key: hunter2
            url: https://me:hunter2@hooks.example.com/hunter2?x=hunter2
            token-file: /etc/token
            room: ops
            """
        let configuration = try load(text)
        #expect(!configuration.render(asJSON: false).contains("hunter2"))
        #expect(!configuration.render(asJSON: true).contains("hunter2"))
        let rows = configuration.rows(resolved: [
            "AWS.profile": .init(value: "https://a:hunter2@b", origin: "AWS_PROFILE")
        ])
        #expect(try row("AWS.endpoint-url", rows).value == "https://(hidden)@host:9/x")
        #expect(try row("AWS.profile", rows).value == "https://(hidden)@b")
        #expect(try row("Mail.password-file", rows).value == "/etc/pw")
        #expect(try row("plugin chat.url", rows).value == "https://(hidden)@hooks.example.com/(hidden)")
        #expect(try row("plugin chat.webhook", rows).value == "(hidden)")
        #expect(try row("plugin chat.token-file", rows).value == "/etc/token")
        #expect(try row("plugin chat.room", rows).value == "ops")
    }

    @Test func `what AWS's own variables decide is shown with their name, unless the option is set`() throws {
        let resolved = ["AWS.region": Configuration.Resolved(value: "eu-west-1", origin: "AWS_REGION")]
        let empty = try row("AWS.region", try load(nil).rows(resolved: resolved))
        #expect([empty.value, empty.origin] == ["eu-west-1", "AWS_REGION"])
        let set = try row("AWS.region", try load("[AWS]\nregion: us-east-1").rows(resolved: resolved))
        #expect([set.value, set.origin] == ["us-east-1", "anomalies.cfg:2"])
        let port = try row("Mail.port", try load("[Mail]\nsecurity: tls").rows())
        #expect([port.value, port.origin] == ["465", "default for security: tls"])
    }

    @Test func `JSON has one object a line that any reader understands`() throws {
        let configuration = try load("[plugin x]\nquote: say \"hi\" \\ \t é 🙂")
        let lines = configuration.render(asJSON: true).split(separator: "\n")
        let rows = configuration.rows()
        #expect(lines.count == rows.count)
        for (line, row) in zip(lines, rows) {
            let object = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
            #expect(object == ["section": row.section, "key": row.key, "value": row.value, "origin": row.origin])
        }
    }

    @Test func `the text is itself a configuration file that loads to the same values`() throws {
        let text = "[General]\npackage-size: 7\nupload-interval: 0.5\n[Mail]\nto: a@b, c@d\n[plugin x]\na: b"
        let configuration = try load(text)
        var again = try load(configuration.render(asJSON: false))
        // A listing states the port that was derived.
        again.mail.port = nil
        again.origins = configuration.origins
        #expect(again == configuration)
    }
}
