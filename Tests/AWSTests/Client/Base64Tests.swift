import Foundation
import Testing

@testable import AWS

@Suite struct Base64Tests {
    private func encoded(_ data: [UInt8]) -> String {
        var output: [UInt8] = []
        Base64.append(data.span, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `the RFC's examples, both ways`(data: String, text: String) {
        #expect(encoded(Array(data.utf8)) == text)
        #expect(Base64.decode(Array(text.utf8).span) == Array(data.utf8))
    }

    @Test(arguments: 0...67)
    func `any bytes, as Foundation encodes them`(count: Int) {
        let data = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 251) }
        #expect(encoded(data) == Data(data).base64EncodedString())
        #expect(Base64.decode(Array(encoded(data).utf8).span) == data)
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "====", "Z===", "Zh==", "Zm9=", "Zg==Zg==", "Zm9 ", "Zm-_", "Zm9v\n", "Z=g=",
    ])
    func `what no encoder writes is refused`(text: String) {
        #expect(Base64.decode(Array(text.utf8).span) == nil)
    }
}
