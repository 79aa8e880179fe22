import Testing

@testable import Transport

@Suite struct SMTPDialogueTests {
    /// The conversation of RFC 5321, appendix D.1, with one recipient refused.
    @Test func `replies are kept with what they answer`() {
        var dialogue = SMTPDialogue()
        let lines = [
            "S: 220 foo.com Simple Mail Transfer Service Ready", "C: EHLO bar.com", "S: 250-foo.com greets bar.com",
            "S: 250-8BITMIME", "S: 250-SIZE 35882577", "S: 250 HELP", "C: MAIL FROM:<Smith@bar.com>", "S: 250 OK",
            "C: RCPT TO:<Jones@foo.com>", "S: 250 OK", "C: RCPT TO:<Green@foo.com>", "S: 550 No such user here",
            "C: RCPT TO:<Brown@foo.com>", "S: 250 OK", "C: DATA", "S: 354 Start mail input; end with <CRLF>.<CRLF>",
        ]
        for line in lines {
            let bytes = Array((line.dropFirst(3) + "\r\n").utf8)
            if line.hasPrefix("C") { dialogue.sent(bytes) } else { dialogue.received(bytes) }
        }
        #expect(dialogue.recipients.map(\.code) == [250, 550, 250])
        #expect(dialogue.recipients[1].text == "No such user here")
        #expect(dialogue.sizeLimit == 35_882_577)
        #expect(dialogue.replies[.greeting]?.code == 220)
        #expect(dialogue.replies[.hello]?.text == "foo.com greets bar.com 8BITMIME SIZE 35882577 HELP")
        #expect(dialogue.answer == nil)
        dialogue.sentMessage()
        dialogue.received(Array("250 OK\r\n".utf8))
        #expect(dialogue.answer == SMTPReply(code: 250, text: "OK"))
    }

    @Test func `a password that looks like a command is not taken for one`() {
        var dialogue = SMTPDialogue()
        dialogue.sent(Array("AUTH LOGIN\r\n".utf8))
        dialogue.sent(Array("DATA\r\n".utf8))
        #expect(dialogue.stage == .authentication)
    }

    /// Code only (which RFC 5321, 4.2 asks clients to take), controls, endless text, and lines that are no reply.
    @Test(
        arguments: [
            ("250\r\n", 250, ""), ("550 a\u{1b}[31mb\tc\r\n", 550, "a [31mb c"), ("abc\r\n", nil, ""),
            ("\r\n", nil, ""),
            ("451 " + String(repeating: "x", count: 9000), 451, String(repeating: "x", count: 500)),
        ] as [(String, Int?, String)]
    )
    func `odd replies are read without harm`(line: String, code: Int?, text: String) {
        var dialogue = SMTPDialogue()
        dialogue.received(Array(line.utf8))
        #expect(dialogue.replies[.greeting] == code.map { SMTPReply(code: $0, text: text) })
    }
}
