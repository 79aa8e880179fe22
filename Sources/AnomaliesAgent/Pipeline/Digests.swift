import AWS

/// Names for things, from their content.
enum Digests {
    /// 32 hexadecimal digits: the first 128 bits of SHA-256.
    static func short(_ text: String) -> String { PackageID(digest: Digest.sha256(Array(text.utf8))).description }
    static func md5(_ bytes: [UInt8]) -> String { Digest.hexadecimal(Digest.md5(bytes.span).span) }
    static func sha256(_ bytes: [UInt8]) -> String { Digest.hexadecimal(Digest.sha256(bytes).span) }
    static func short(_ bytes: [UInt8]) -> String { PackageID(digest: Digest.sha256(bytes)).description }
}

extension UInt128 {
    /// The first 128 bits of a digest, most significant first.
    init(leading digest: InlineArray<32, UInt8>) {
        var value: UInt128 = 0
        for index in 0..<16 { value = value << 8 | UInt128(digest[index]) }
        self = value
    }
}
