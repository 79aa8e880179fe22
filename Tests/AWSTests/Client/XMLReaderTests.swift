import Testing

@testable import AWS

@Suite struct XMLReaderTests {
    private func events(_ text: String) throws -> [XMLReader.Event] {
        var reader = XMLReader(Array(text.utf8))
        var events: [XMLReader.Event] = []
        while let event = try reader.next() { events.append(event) }
        return events
    }

    @Test(arguments: [
        ("<a/>", [XMLReader.Event.start("a"), .end("a")]),
        ("<a x='>' y = \"'\" ><b/></a >", [.start("a"), .start("b"), .end("b"), .end("a")]),
        ("<?xml version=\"1.0\"?>\n<s3:a>t</s3:a>\n<!-- - -->", [.start("a"), .text("t"), .end("a")]),
        ("<a>&lt;&amp;&#65;&#x1F600;</a>", [.start("a"), .text("<&A😀"), .end("a")]),
        ("<a><![CDATA[<&]]></a>", [.start("a"), .text("<&"), .end("a")]),
        ("\u{FEFF}<a/>", [.start("a"), .end("a")]),
    ])
    func `what S3 writes is read`(text: String, expected: [XMLReader.Event]) throws {
        #expect(try events(text) == expected)
    }

    @Test(arguments: [
        "", "text", "<a>", "</a>", "<a></b>", "<a/><b/>", "<a>&nope;</a>", "<a>&lt</a>", "<a>&#xD800;</a>", "<a",
        "<a x>",
        "<a x='>", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<a><![CDATA[</a>", "<!-- ", "<a/>text", "<>", "< a/>",
        String(repeating: "<a>", count: 33) + String(repeating: "</a>", count: 33),
    ])
    func `anything else is refused`(text: String) {
        #expect(throws: XMLReader.Malformed.self) { try events(text) }
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        var reader = XMLReader([0x3C, 0x61, 0x3E, 0xFF, 0x3C, 0x2F, 0x61, 0x3E])
        #expect(throws: XMLReader.Malformed.self) { while try reader.next() != nil {} }
    }
}
