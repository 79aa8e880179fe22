import Testing

@testable import AWS

@Suite struct PercentEncodingTests {
    @Test(arguments: [
        ("plain-._~09azAZ", "plain-._~09azAZ"),
        ("a b+c=d&e%f", "a%20b%2Bc%3Dd%26e%25f"),
        ("ሴ", "%E1%88%B4"),
        ("a/b", "a%2Fb"),
        ("!'()*", "%21%27%28%29%2A"),
    ])
    func `everything but the unreserved is encoded, and comes back`(text: String, encoded: String) {
        #expect(PercentEncoding.encoded(text) == encoded)
        #expect(PercentEncoding.decoded(encoded) == text)
    }

    @Test func `slashes of a path stay`() {
        #expect(PercentEncoding.encoded("/a b//c", keepingSlashes: true) == "/a%20b//c")
    }

    @Test func `a plus is a space only in a form`() {
        #expect(PercentEncoding.decoded("a+b%2B", plusIsSpace: true) == "a b+")
        #expect(PercentEncoding.decoded("a+b%2B") == "a+b+")
    }

    @Test(arguments: ["%", "%1", "%zz", "%E1%88", "a%"])
    func `what no encoder writes is refused`(text: String) {
        #expect(PercentEncoding.decoded(text) == nil)
    }
}
