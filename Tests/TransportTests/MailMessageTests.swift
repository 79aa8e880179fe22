import Foundation
import TestSupport
import Testing

@testable import Transport

/// Every message is read back by Python's email package, which knows nothing of ours.
@Suite struct MailMessageTests {
    struct Parsed: Decodable {
        struct Part: Decodable {
            let type: String
            let text: String
        }

        let headers: [[String]]
        let mailboxes: [[String]]
        let defects: [String]
        let longestLine: Int
        let longestWord: Int
        let bareLineEnds: Int
        let isASCII: Bool
        let parts: [Part]

        func value(_ name: String) -> String? { headers.first { $0[0] == name }?[1] }
    }

    static let names = [
        "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Auto-Submitted", "X-Auto-Response-Suppress",
        "Content-Type",
    ]

    /// Display names go through Python's older decoder: up to 3.12 the newer one puts spaces between encoded words
    /// in addresses (python/cpython#92081), which RFC 2047, 6.2 forbids.
    private static let parser = #"""
        import sys, json, re, base64, email, email.policy, email.utils
        from email.header import decode_header, make_header
        def parse(raw):
            m = email.message_from_bytes(raw, policy=email.policy.SMTP)
            old = email.message_from_bytes(raw)
            pairs = email.utils.getaddresses(re.sub(r"\r?\n", "", old[h]) for h in ("From", "To"))
            return {
              "headers": [[k, str(v)] for k, v in m.items()],
              "mailboxes": [[str(make_header(decode_header(name))), address] for name, address in pairs],
              "defects": [type(d).__name__ for p in m.walk() for d in p.defects]
                       + [type(d).__name__ for v in m.values() for d in getattr(v, "defects", [])],
              "longestLine": max(map(len, raw.split(b"\r\n"))),
              "longestWord": max([0] + [len(w) for w in re.findall(rb"=\?\S+\?=", raw.split(b"\r\n\r\n")[0])]),
              "bareLineEnds": len(re.findall(rb"(?<!\r)\n|\r(?!\n)", raw)),
              "isASCII": all(32 <= c < 127 or c in (9, 10, 13) for c in raw),
              "parts": [{"type": p.get_content_type(), "text": p.get_payload(decode=True).decode()}
                        for p in m.walk() if not p.is_multipart()],
            }
        json.dump([parse(base64.b64decode(line)) for line in sys.stdin], sys.stdout)
        """#

    /// All in one run of Python, because each start costs a tenth of a second.
    private static func parse(_ messages: [MailMessage]) throws -> [Parsed] {
        let lines = messages.map { Data($0.bytes()).base64EncodedString() + "\n" }.joined()
        let output = try run(["python3", "-c", parser], input: Array(lines.utf8))
        return try JSONDecoder().decode([Parsed].self, from: Data(output))
    }

    private static func corpus(_ texts: [String], _ build: (String) throws -> MailMessage) throws -> [String: Parsed] {
        Dictionary(uniqueKeysWithValues: zip(texts, try parse(texts.map(build))))
    }

    private static func message(
        subject: String = "Anomaly",
        name: String? = nil,
        text: String = "hello\n",
        html: String? = "<p>hello</p>\n",
        messageID: String = "4f2a@agent.example.com"
    ) throws -> MailMessage {
        MailMessage(
            from: .init(try MailAddress("agent@example.com"), name: name),
            to: [.init(try MailAddress("ops@example.com"), name: name), .init(try MailAddress("b@example.com"))],
            subject: subject,
            date: Date(timeIntervalSince1970: 1_795_368_309),
            messageID: messageID,
            text: text,
            html: html
        )
    }

    private static let subjects = Result { try corpus(hostile) { try message(subject: $0) } }
    private static let senders = Result { try corpus(hostile) { try message(name: $0) } }
    private static let texts = Result { try corpus(hostileTexts) { try message(text: $0, html: "<pre>\($0)</pre>") } }

    // MARK: - The hostile corpus

    static let hostile = [
        "Anomaly: John Smiths scored 4.2", "x\r\nBcc: victim@example.com", "x\nBcc: victim@example.com",
        "x\rBcc: v@e.c",
        "\r\n\r\nbody", "x\r\n.\r\nMAIL FROM:<x@y>", "a\0b", "\u{85}Bcc: x\u{2028}Bcc: y\u{2029}Bcc: z",
        "\u{1b}[31mred\u{7f}",
        "=?UTF-8?B?QmNjOiB4?=", "=?utf-8?q?=0D=0ABcc:_x?=", "  leading and trailing  ", "", " ",
        "\"quoted\" \\ back, <a@b>; (c)",
        "日本語の件名はとても長いので、折り返しが必要です。日本語の件名はとても長いので、折り返しが必要です。",
        "🧑‍🚀👨‍👩‍👧‍👦🏴‍☠️🇪🇺 emojis 🧑‍🚀👨‍👩‍👧‍👦🏴‍☠️🇪🇺 emojis 🧑‍🚀👨‍👩‍👧‍👦🏴‍☠️🇪🇺 emojis", "שלום עולם — مرحبا بالعالم",
        "e\u{301}e\u{301}" + String(repeating: "\u{301}", count: 200), "Größe überschritten: ±5 % – prüfen!",
        String(repeating: "longword", count: 30), String(repeating: "a b ", count: 100), "\t tab \t",
        "one, two: three@four",
    ]

    /// What must arrive: breaks and controls as spaces. Written again here, on code points.
    private func expected(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.replacing("\r\n", with: " ").unicodeScalars {
            let isBreak =
                scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || [0x2028, 0x2029].contains(scalar.value)
            result.append(isBreak ? " " : scalar)
        }
        return String(result)
    }

    @Test(arguments: hostile)
    func `whatever a subject holds, it stays a subject`(subject: String) throws {
        let parsed = try #require(try Self.subjects.get()[subject])
        #expect(parsed.headers.map { $0[0] } == Self.names)
        #expect(parsed.defects == [])
        // Readers strip the white space around a header's value only if it is not encoded; we encode it.
        let trimmed = try #require(parsed.value("Subject"))
        #expect(trimmed == expected(subject) || trimmed == expected(subject).trimmingCharacters(in: .whitespaces))
        #expect(parsed.longestLine <= 78)
        #expect(parsed.longestWord <= 75)
        #expect(parsed.bareLineEnds == 0)
        #expect(parsed.isASCII)
    }

    @Test(arguments: hostile)
    func `whatever a name holds, there is one sender and its address is right`(name: String) throws {
        let parsed = try #require(try Self.senders.get()[name])
        #expect(parsed.headers.map { $0[0] } == Self.names)
        #expect(parsed.mailboxes.map { $0[1] } == ["agent@example.com", "ops@example.com", "b@example.com"])
        let wanted = expected(name).trimmingCharacters(in: .whitespaces)
        for mailbox in parsed.mailboxes.prefix(2) {
            let found = mailbox[0].trimmingCharacters(in: .whitespaces)
            #expect(found == wanted || found.hasSuffix("…") && wanted.hasPrefix(found.dropLast()))
        }
        #expect(parsed.longestLine <= 78)
        #expect(parsed.longestWord <= 75)
        #expect(parsed.isASCII)
    }

    static let hostileTexts =
        hostile + [
            ".", ".\r\n..\r\n...\n", "a\n.\nb", "line \t\nend \n", "a\rb\r\nc\n\nd", "From here\nFrom there",
            "=3D=\n=\n",
            String(repeating: "x", count: 5000), String(repeating: "é", count: 5000),
            String(repeating: "ab=", count: 300),
            "--=_x--\n--=_x\n", String(repeating: "x", count: 75) + " \n" + String(repeating: "y", count: 76) + "\n",
        ]

    @Test(arguments: hostileTexts)
    func `whatever a text holds, it arrives`(text: String) throws {
        let parsed = try #require(try Self.texts.get()[text])
        #expect(parsed.headers.map { $0[0] } == Self.names)
        #expect(parsed.parts.map(\.type) == ["text/plain", "text/html"])
        #expect(parsed.defects == [])
        #expect(parsed.longestLine <= 76)
        #expect(parsed.bareLineEnds == 0)
        #expect(parsed.isASCII)
        var lines = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n").unicodeScalars.map { scalar in
            scalar.value == 10 || scalar.value == 9 || scalar.value >= 0x20 && scalar.value != 0x7f
                ? String(scalar) : "\u{fffd}"
        }.joined()
        if !lines.isEmpty, !lines.hasSuffix("\n") { lines += "\n" }
        #expect(parsed.parts[0].text.unicodeScalars.elementsEqual(lines.replacing("\n", with: "\r\n").unicodeScalars))
    }

    // MARK: - Limits

    @Test func `ten megabytes of subject, name and body are cut`() throws {
        let huge = String(repeating: "日本語 ", count: 1 << 20)
        let message = try Self.message(subject: huge, name: huge, text: huge, html: huge)
        #expect(message.bytes().count < 2 << 20)
        let parsed = try #require(try Self.parse([message]).first)
        #expect(parsed.defects == [])
        #expect(parsed.value("Subject")?.hasSuffix("…") == true)
        #expect(parsed.value("Subject").map { $0.utf8.count <= MailMessage.maximumSubjectBytes } == true)
        #expect(parsed.parts.map(\.type) == ["text/plain"])
        #expect(parsed.parts[0].text.hasSuffix("[The rest of this text was cut.]\r\n"))
    }

    // MARK: - Known headers

    /// `date -u -R -d @…`, and the edges that a calendar has.
    @Test(arguments: [
        0, 951_782_400, 951_868_799, 1_709_164_800, 1_795_368_309, 4_102_444_799, 4_107_542_400, 253_402_300_799,
    ])
    func `the date is what date(1) prints`(seconds: Int) throws {
        var message = try Self.message()
        message.date = Date(timeIntervalSince1970: Double(seconds))
        let date = try run(["env", "LC_ALL=C", "date", "-u", "-d", "@\(seconds)", "+%a, %-d %b %Y %H:%M:%S +0000"])
        #expect(
            String(decoding: message.bytes(), as: UTF8.self).contains(
                "\r\nDate: \(String(decoding: date.dropLast(), as: UTF8.self))\r\n"
            )
        )
    }

    @Test(arguments: [
        ("4f2a@agent.example.com", "<4f2a@agent.example.com>"),
        ("<4f2a@agent.example.com>", "<4f2a@agent.example.com>"),
        ("a b\r\nBcc: x@agent", "<a=20b=d=aBcc=3a=20x@agent>"), ("a@b@c", "<a=40b@c>"), ("é@c", "<=c3=a9@c>"),
        ("only", "<only@example.com>"),
    ])
    func `a Message-ID is kept, and made harmless where it must be`(given: String, sent: String) throws {
        let text = String(decoding: try Self.message(messageID: given).bytes(), as: UTF8.self)
        #expect(text.contains("\r\nMessage-ID: \(sent)\r\n"))
    }

    @Test func `an endless Message-ID becomes a short one of its own`() throws {
        let messages = try ["a", "b"].map { end in
            try Self.message(messageID: String(repeating: "x", count: 5000) + end + "@h")
        }
        let ids = try Self.parse(messages).compactMap { $0.value("Message-ID") }
        #expect(ids.count == 2)
        #expect(ids.allSatisfy { $0.count < 100 })
        #expect(ids[0] != ids[1])
    }

    @Test func `the same fields give the same bytes, and no machine answers`() throws {
        #expect(try Self.message().bytes() == Self.message().bytes())
        let parsed = try #require(try Self.parse([Self.message()]).first)
        #expect(parsed.value("Auto-Submitted") == "auto-generated")
        #expect(parsed.value("X-Auto-Response-Suppress") == "All")
        #expect(parsed.value("MIME-Version") == "1.0")
    }
}
