import Testing

@testable import AWS

@Suite struct DigestTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `SHA-256 gives NIST's examples`(message: String, digest: String) {
        #expect(Digest.hexadecimal(Digest.sha256(Array(message.utf8)).span) == digest)
    }

    @Test(arguments: [1, 63, 64, 65, 999_983, 1_000_000])
    func `a message in pieces has the digest of the whole`(piece: Int) {
        var stream = Digest.SHA256Stream()
        var rest = 1_000_000
        while rest > 0 {
            let count = min(piece, rest)
            // One byte at a time would only prove patience.
            stream.append([UInt8](repeating: UInt8(ascii: "a"), count: piece == 1 ? rest : count).span)
            rest -= piece == 1 ? rest : count
        }
        // FIPS 180-2, appendix B.3: one million times `a`.
        let digest = Digest.hexadecimal(stream.finish().span)
        #expect(digest == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `a stream that is dropped half-way frees what it held`() {
        for _ in 0..<1000 {
            var stream = Digest.SHA256Stream()
            stream.append([1, 2, 3].span)
        }
    }

    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
    ])
    func `MD5 gives the examples of RFC 1321`(message: String, digest: String) {
        #expect(Digest.hexadecimal(Digest.md5(Array(message.utf8).span).span) == digest)
    }

    struct Keyed: CustomTestStringConvertible {
        let key: [UInt8], message: String, digest: String
        var testDescription: String { message }
    }

    @Test(arguments: [
        Keyed(
            key: [UInt8](repeating: 0x0B, count: 20),
            message: "Hi There",
            digest: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        Keyed(
            key: Array("Jefe".utf8),
            message: "what do ya want for nothing?",
            digest: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        Keyed(
            key: [UInt8](repeating: 0xAA, count: 131),
            message: "Test Using Larger Than Block-Size Key - Hash Key First",
            digest: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        // RFC 2104 with nothing in both: as published by Wikipedia, “HMAC”, examples until 2012.
        Keyed(key: [], message: "", digest: "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ])
    func `HMAC-SHA-256 gives the examples of RFC 4231`(example: Keyed) {
        let digest = Digest.hmacSHA256(key: example.key.span, Array(example.message.utf8).span)
        #expect(Digest.hexadecimal(digest.span) == example.digest)
    }
}
