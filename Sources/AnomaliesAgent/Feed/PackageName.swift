/// What an object key of the feed says: which instant, and the how manyth of it.
///
/// Ordered by creation: by instant, then sequence. Where ``PackageNaming/keysSortByCreation`` holds, keys that one feed
/// made sort the same way byte by byte, as S3 lists them. Names of others may not: `-` sorts before `.`, so
/// `…17_00_00-0001.json.gz` comes before `…17_00_00.json.gz` in a listing, but after it here.
public struct PackageName: Sendable, Hashable {
    /// With its prefix.
    public let key: String
    /// Since 1970-01-01T00:00:00Z, in UTC, to the resolution of `timestamp-format`.
    public let epochMicroseconds: Int64
    /// 0 for a name without `-NNNN`.
    public let sequence: Int
}

extension PackageName: Comparable {
    public static func < (left: Self, right: Self) -> Bool {
        (left.epochMicroseconds, left.sequence, left.key) < (right.epochMicroseconds, right.sequence, right.key)
    }
}

/// How keys of packages are written and recognised: `[AWS] prefix`, `filename-pattern` and `timestamp-format`.
///
/// A sequence number follows the time within `{}`: `data-feed-2026-11-22-17_00_00-0001.json.gz`.
public struct PackageNaming: Sendable, Hashable {
    public let prefix: String
    public let pattern: FilenamePattern
    public let format: TimestampFormat

    public init(prefix: String, pattern: FilenamePattern, format: TimestampFormat) {
        self.prefix = prefix
        self.pattern = pattern
        self.format = format
    }

    public init(_ configuration: Configuration) {
        self.init(
            prefix: configuration.aws.prefix,
            pattern: configuration.general.filenamePattern,
            format: configuration.general.timestampFormat
        )
    }

    /// Digits of a sequence number: enough for 10,000 packages a second for as long as the written time stays the same.
    public var sequenceDigits: Int {
        switch format.resolution {
        case ...Duration.seconds(1): 4
        case ...Duration.seconds(60): 6
        case ...Duration.seconds(3600): 8
        default: 9
        }
    }

    /// Whether byte order of the keys that ``PackageNames`` makes is the order in which it made them. Where it is not,
    /// a listing cannot start after the last key that was seen.
    public var keysSortByCreation: Bool { format.sortsLexicographically }

    /// What every key begins with, for listings: `feeds/data-feed-`.
    public var listingPrefix: String { prefix + pattern.before }

    /// - Parameter sequence: 0 writes no number.
    /// - Precondition: `sequence` has at most ``sequenceDigits`` digits.
    public func name(epochMicroseconds: Int64, sequence: Int = 0) -> PackageName {
        let digits = String(sequence)
        precondition(sequence >= 0 && digits.count <= sequenceDigits, "sequence \(sequence) does not fit")
        let number = sequence == 0 ? "" : "-" + String(repeating: "0", count: sequenceDigits - digits.count) + digits
        let time = format.format(epochMicroseconds: epochMicroseconds)
        return PackageName(
            key: "\(prefix)\(pattern.before)\(time)\(number)\(pattern.after)",
            epochMicroseconds: epochMicroseconds,
            sequence: sequence
        )
    }

    /// What `key` says, or `nil` when it is no package's.
    ///
    /// - Complexity: O(length of `key`). Keys are compared as bytes, as S3 does, not as text that looks alike.
    public func match(_ key: String) -> PackageName? {
        let start = Array(listingPrefix.utf8)
        let end = Array(pattern.after.utf8)
        let bytes = Array(key.utf8)
        let numbered = 1 + sequenceDigits
        let middle = bytes.count - start.count - end.count
        guard middle == format.width || middle == format.width + numbered,
            bytes.starts(with: start), bytes.suffix(end.count).elementsEqual(end)
        else { return nil }

        let time = bytes[start.count..<start.count + format.width]
        guard let text = String(validating: time, as: UTF8.self), let instant = format.parse(text) else { return nil }
        guard middle > format.width else { return PackageName(key: key, epochMicroseconds: instant, sequence: 0) }

        let number = bytes[time.endIndex..<time.endIndex + numbered]
        guard number.first == UInt8(ascii: "-"), number.dropFirst().allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        let sequence = number.dropFirst().reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return PackageName(key: key, epochMicroseconds: instant, sequence: sequence)
    }
}
