/// Which records of recent packages have been seen, so that a redelivery is neither learned nor alerted twice.
///
/// A set of lines for each of the last packages: one bit a record. Bounded by packages and by bits; what is forgotten
/// first is the package that was heard of first. Part of every snapshot, and rebuilt by the redo log behind it.
struct RepeatWindow: Sendable, Equatable {
    /// Over an hour of one package a second.
    static let packageLimit = 4_096
    /// 2 MiB of bits.
    static let wordLimit = 1 << 18

    private var lines: [PackageID: [UInt64]] = [:]
    private var order: [PackageID] = []
    private var first = 0
    private var words = 0

    /// - Returns: whether the record is new; it is remembered either way.
    mutating func insert(_ identity: RecordIdentity) -> Bool {
        let word = Int(identity.line >> 6)
        let bit: UInt64 = 1 << UInt64(identity.line & 63)
        // A line number beyond all bounds is some other producer's imitation of our keys: learned, not remembered.
        guard word < Self.wordLimit else { return true }
        if lines[identity.package] == nil {
            lines[identity.package] = []
            order.append(identity.package)
        }
        let held = lines[identity.package]?.count ?? 0
        if held <= word {
            lines[identity.package]?.append(contentsOf: repeatElement(0, count: word + 1 - held))
            words += word + 1 - held
            trim(keeping: identity.package)
        }
        guard let seen = lines[identity.package]?[word], seen & bit == 0 else { return false }
        lines[identity.package]?[word] = seen | bit
        return true
    }

    /// What a committed batch brought, in its order.
    mutating func insert(_ entry: RedoEntry) {
        for record in entry.records { if let identity = record.identity { _ = insert(identity) } }
    }

    private mutating func trim(keeping current: PackageID) {
        while order.count - first > Self.packageLimit || words > Self.wordLimit, order[first] != current {
            words -= lines.removeValue(forKey: order[first])?.count ?? 0
            first += 1
        }
        if first > Self.packageLimit {
            order.removeFirst(first)
            first = 0
        }
    }

    // Little endian: packages u32, then for each: package 16 bytes, words u32, words u64 each.
    func append(to bytes: inout [UInt8]) {
        let packages = order[first...]
        bytes.appendLittleEndian(UInt32(packages.count))
        for package in packages {
            bytes.appendLittleEndian(package.value)
            let words = lines[package] ?? []
            bytes.appendLittleEndian(UInt32(words.count))
            for word in words { bytes.appendLittleEndian(word) }
        }
    }

    init() {}

    /// `nil` when the bytes are not a whole window.
    init?(reading reader: inout ByteReader) {
        guard let packages = reader.next(UInt32.self), packages <= Self.packageLimit + 1 else { return nil }
        for _ in 0..<packages {
            guard let package = reader.next(UInt128.self), let count = reader.next(UInt32.self),
                words + Int(count) <= 2 * Self.wordLimit
            else { return nil }
            var set: [UInt64] = []
            for _ in 0..<count {
                guard let word = reader.next(UInt64.self) else { return nil }
                set.append(word)
            }
            lines[PackageID(value: package)] = set
            order.append(PackageID(value: package))
            words += set.count
        }
    }

    static func == (one: RepeatWindow, other: RepeatWindow) -> Bool {
        one.order[one.first...].elementsEqual(other.order[other.first...]) && one.lines == other.lines
    }
}
