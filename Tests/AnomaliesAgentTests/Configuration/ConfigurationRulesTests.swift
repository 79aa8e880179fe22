import Testing

@testable import AnomaliesAgent

@Suite struct ConfigurationRulesTests {
    @Test(arguments: [
        ("[Mail]\nhost: h", "anomalies.cfg:2: host is set, but from is not."),
        ("[Mail]\nusername: u", "anomalies.cfg:2: username is set, but no password."),
        (
            "[Mail]\nusername: u\npassword-env: A\npassword-file: b",
            "anomalies.cfg:4: password-env and password-file are both set."
        ),
        ("[Mail]\npassword-env: A", "anomalies.cfg:2: a password is named, but username is not set."),
        (
            "[Mail]\nhost: h\nfrom: a@b\nsecurity: none\nusername: u\npassword-env: A",
            "anomalies.cfg:4: security is none, so the password would cross the network"
        ),
        ("[Feed]\nsource: directory", "anomalies.cfg:2: source is directory, but none is named."),
    ])
    func `options that contradict each other are refused`(text: String, problem: String) {
        let found = problems(text)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(problem) == true, "\(found)")
    }

    @Test(
        arguments: [
            "[Mail]\nhost: h\nfrom: a@b",
            "[Mail]\nhost: h\nfrom: a@b\nusername: u\npassword-file: /p",
            "[Mail]\nhost: h\nfrom: a@b\nsecurity: none",
            "[Feed]\nsource: directory\ndirectory: in",
        ]
            + ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "mail.localhost"].map {
                "[Mail]\nhost: \($0)\nfrom: a@b\nsecurity: none\nusername: u\npassword-env: A"
            }
    )
    func `options that go together are accepted`(text: String) {
        #expect(problems(text) == [])
    }

    @Test(arguments: ["127.0.0.1.example.com", "127.1", "localhost.example.com", "10.0.0.1", "128.0.0.1"])
    func `a host that only looks local is not trusted with a readable password`(host: String) {
        let text = "[Mail]\nhost: \(host)\nfrom: a@b\nsecurity: none\nusername: u\npassword-env: A"
        #expect(problems(text).count == 1)
    }

    @Test func `rules see what all layers make together`() throws {
        _ = try load("[Mail]\nhost: h", environment: ["ANOMALIES_MAIL_FROM": "a@b"])
        #expect(problems(nil, overrides: ["Mail.host=h"]).first?.hasPrefix("--set Mail.host: host is set") == true)
    }

    @Test func `a value that was refused does not also count as missing`() {
        #expect(problems("[Mail]\nhost: h\nfrom: nobody").count == 1)
    }

    @Test(arguments: [("starttls", 587), ("tls", 465), ("none", 25)])
    func `the port follows from security unless it is set`(security: String, port: Int) throws {
        #expect(try load("[Mail]\nsecurity: \(security)").mail.effectivePort == port)
        #expect(try load("[Mail]\nsecurity: \(security)\nport: 2525").mail.effectivePort == 2525)
    }
}
