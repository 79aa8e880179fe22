/// Whose record it is: the value of the field that detect.lua names as `key`, as 128 bits.
///
/// A digest, so that what is remembered of a key has one size however long its values are.
package struct RecordKey: Sendable, Hashable {
    /// Records without the field belong together: they have one forest between them.
    static let missing = RecordKey(value: 0)

    let value: UInt128

    init(value: UInt128) { self.value = value }

    /// The same 128 bits by which the relay chooses the shard.
    package init(_ text: String) { value = RecordIdentity.hashKey(of: text) }

    init(of record: JSONValue, at path: FeaturePath) {
        self = record[path].map { RecordKey($0.string ?? $0.display) } ?? .missing
    }

    /// 16 bytes, little endian.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(value)
        return bytes
    }

    /// `nil` for anything but 16 bytes.
    init?(bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard let key = RecordKey(reading: &reader), reader.isAtEnd else { return nil }
        self = key
    }

    init?(reading reader: inout ByteReader) {
        guard let value = reader.next(UInt128.self) else { return nil }
        self.value = value
    }
}
