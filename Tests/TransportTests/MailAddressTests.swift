import Testing

@testable import Transport

@Suite struct MailAddressTests {
    @Test(arguments: [
        "ops@example.com", "a@b", "first.last+tag@sub.example.co.uk", "!#$%&'*+-/=?^_`{|}~@example.com",
        "agent@[127.0.0.1]", "agent@[IPv6:::1]", "x@xn--bcher-kva.example",
        String(repeating: "l", count: 64) + "@example.com",
    ])
    func `an address is taken as it is`(text: String) throws {
        #expect(try MailAddress(text).description == text)
    }

    @Test(arguments: [
        "", "ops", "@example.com", "ops@", "a@b@c", " ops@example.com", "ops@example.com ", "o ps@example.com",
        "ops@exam ple.com", "ops@example.com\r\nRCPT TO:<x@y>", "ops\n@example.com", "ops\0@example.com",
        "<ops@example.com>", "ops>@example.com", "Ops <ops@example.com>", "ops@example.com,x@y.z",
        "\"a b\"@example.com",
        ".ops@example.com", "ops.@example.com", "o..ps@example.com", "ops@example..com", "ops@-example.com",
        "ops@example.com.", "ops@[127.0.0.1", "ops@[]", "ops@[a b]", "ops\\@example.com", "ops@example.com> SIZE=1",
        String(repeating: "l", count: 65) + "@example.com", "a@" + String(repeating: "d", count: 64),
        "a@" + String(repeating: "d.", count: 200) + "com",
    ])
    func `what could change an SMTP command is refused`(text: String) {
        #expect(throws: MailAddress.Invalid.self) { try MailAddress(text) }
    }

    @Test(arguments: [("ops@bücher.example", "domain"), ("öps@example.com", "name")])
    func `an address in another script is refused with what to do`(text: String, part: String) {
        #expect(throws: MailAddress.Invalid.notASCII(in: part)) { try MailAddress(text) }
    }

    @Test func `a refusal does not repeat the text`() {
        #expect(throws: MailAddress.Invalid.self) { try MailAddress("secret record@example.com") }
        for reason in [MailAddress.Invalid.notLocalAtDomain, .forbiddenCharacter(in: "name"), .tooLong("name")] {
            #expect(!reason.description.contains("secret"))
        }
    }
}

@Suite struct SecretTests {
    @Test func `a secret shows itself nowhere`() {
        let server = SMTPServer(
            host: "h",
            port: 1,
            security: .tls,
            username: "u",
            password: Secret("correct horse")
        )
        var dumped = ""
        dump(server, to: &dumped)
        for text in ["\(server)", String(reflecting: server), dumped, "\(Secret("correct horse"))"] {
            #expect(!text.contains("correct horse"))
        }
    }
}
