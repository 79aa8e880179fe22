import AWS

/// Which record this is: the object it came in and its line, never its content, of which there may be few.
///
/// Travels through the stream as the partition key. Alerts and Message-IDs derive from it.
struct RecordIdentity: Sendable, Hashable {
    var package: PackageID
    /// From 1: the line, or the position in an array.
    var line: UInt32

    init(package: PackageID, line: Int) {
        self.package = package
        self.line = UInt32(clamping: line)
    }

    /// `r-` and 32 hexadecimal digits and the line; `h-…` for the simulator's warm-up history, which is learned
    /// without alerts wherever it is read.
    func partitionKey(isHistory: Bool) -> String { "\(isHistory ? "h" : "r")-\(package)-\(line)" }

    /// `nil` for a record that another producer put into the stream.
    static func parse(partitionKey: String) -> (identity: RecordIdentity, isHistory: Bool)? {
        let bytes = Array(partitionKey.utf8)
        guard bytes.count > 35, bytes[1] == UInt8(ascii: "-"), bytes[34] == UInt8(ascii: "-"),
            bytes[0] == UInt8(ascii: "r") || bytes[0] == UInt8(ascii: "h"),
            let package = PackageID(hexadecimal: bytes[2..<34]),
            let line = UInt32(String(decoding: bytes[35...], as: UTF8.self))
        else { return nil }
        return (RecordIdentity(package: package, line: Int(line)), bytes[0] == UInt8(ascii: "h"))
    }

    /// Where the record goes when no key is declared: uniform over the stream's 128-bit space.
    var hashKey: UInt128 { Self.hashKey(of: "\(package)-\(line)") }

    /// Where records of a declared key go.
    static func hashKey(of key: String) -> UInt128 { UInt128(leading: Digest.sha256(Array(key.utf8))) }

    func append(to bytes: inout [UInt8]) {
        bytes.appendLittleEndian(package.value)
        bytes.appendLittleEndian(line)
    }

    init?(reading reader: inout ByteReader) {
        guard let package = reader.next(UInt128.self), let line = reader.next(UInt32.self) else { return nil }
        self.package = PackageID(value: package)
        self.line = line
    }
}

/// One object in one version: the first 128 bits of SHA-256 over key and ETag.
struct PackageID: Sendable, Hashable, CustomStringConvertible {
    let value: UInt128

    init(value: UInt128) { self.value = value }

    init(key: String, etag: String) {
        // A zero byte between them: keys and ETags hold none, so no two pairs run together.
        self.init(digest: Digest.sha256(Array(key.utf8) + [0] + Array(etag.utf8)))
    }

    init(digest: InlineArray<32, UInt8>) { value = UInt128(leading: digest) }

    init?(hexadecimal bytes: ArraySlice<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var value: UInt128 = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt128(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt128(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        self.value = value
    }

    /// 32 lowercase hexadecimal digits.
    var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 32 - digits.utf8.count) + digits
    }
}
