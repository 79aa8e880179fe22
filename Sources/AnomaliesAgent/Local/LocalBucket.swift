import Synchronization

/// A directory that behaves like an S3 bucket: whole objects or none, listed in key order, ETags of content.
///
/// One file an object, its name the percent-encoded key; files that people copy into
/// the directory are objects too. Safe between processes, because `put` renames a
/// whole file into place.
public final class LocalBucket: ObjectStore {
    /// What is known about a file as long as its size and time of change stay the same.
    private struct Known {
        var size: Int
        var modified: Int
        var etag: String
    }

    private struct Cache {
        var modified = -1
        var keys: [String] = []
        var known: [String: Known] = [:]
    }

    /// Hashing an object again is cheap; remembering millions of them is not.
    private static let cacheLimit = 10_000
    private static let pageSize = 1_000
    /// The most that is read to compute an ETag; the relay has a limit of its own before it reads to use it.
    private static let objectLimit = 1 << 30

    public let name: String
    public let isEmbedded = true
    private let directory: String
    private let files: any FileSystem
    private let cache = Mutex(Cache())

    public init(directory: String, files: any FileSystem) throws(FileError) {
        self.directory = directory
        self.name = directory
        self.files = files
        try files.makeDirectory(directory)
    }

    public func put(_ body: [UInt8], key: String) async throws -> String {
        try files.replace(path(of: key), with: body)
        return Digests.md5(body)
    }

    public func etag(of key: String) async throws -> String? {
        let path = path(of: key)
        guard let info = try files.info(path), info.isRegular else { return nil }
        return try etag(of: key, info)
    }

    public func get(_ key: String, limit: Int) async throws -> StoredObject {
        let body = try files.contents(of: path(of: key), limit: limit)
        return StoredObject(body: body, etag: Digests.md5(body))
    }

    public func list(prefix: String, after key: String?) async throws -> [ObjectListing] {
        let keys = try sortedKeys()
        var index = key.map { keys.partitioningIndex(after: $0) } ?? 0
        var page: [ObjectListing] = []
        while index < keys.count, page.count < Self.pageSize {
            let key = keys[index]
            index += 1
            guard key.utf8.starts(with: prefix.utf8), let info = try files.info(path(of: key)), info.isRegular
            else { continue }
            page.append(
                ObjectListing(
                    key: key,
                    etag: try etag(of: key, info),
                    size: info.size,
                    modified: Int64(info.modified / 1_000_000)
                )
            )
        }
        return page
    }

    /// What all objects take on disk, in bytes, counted in whole blocks.
    func size(blockBytes: Int) throws(FileError) -> Int {
        var size = 0
        for key in try sortedKeys() {
            size += Self.blocks(try files.info(path(of: key))?.size ?? 0, blockBytes)
        }
        return size
    }

    /// Removes an object that the agent no longer keeps.
    ///
    /// - Returns: how much less there is then, in bytes of whole blocks.
    func remove(_ key: String, blockBytes: Int) throws(FileError) -> Int {
        guard let info = try files.info(path(of: key)) else { return 0 }
        try files.remove(path(of: key))
        return Self.blocks(info.size, blockBytes)
    }

    private static func blocks(_ size: Int, _ blockBytes: Int) -> Int {
        max(1, (size + blockBytes - 1) / blockBytes) * blockBytes
    }

    /// Every key, read again only when the directory has changed.
    private func sortedKeys() throws(FileError) -> [String] {
        let modified = try files.info(directory)?.modified ?? 0
        if let keys = cache.withLock({ $0.modified == modified ? $0.keys : nil }) { return keys }
        let keys = try files.names(in: directory)
            .filter { !$0.hasSuffix(".part") && !$0.hasPrefix(".") }
            .compactMap(\.percentDecoded)
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        cache.withLock { $0.modified = modified; $0.keys = keys }
        return keys
    }

    private func etag(of key: String, _ info: FileInfo) throws(FileError) -> String {
        if let known = cache.withLock({ $0.known[key] }), known.size == info.size, known.modified == info.modified {
            return known.etag
        }
        let etag = Digests.md5(try files.contents(of: path(of: key), limit: Self.objectLimit))
        cache.withLock { cache in
            if cache.known.count >= Self.cacheLimit { cache.known.removeAll(keepingCapacity: true) }
            cache.known[key] = Known(size: info.size, modified: info.modified, etag: etag)
        }
        return etag
    }

    private func path(of key: String) -> String { "\(directory)/\(key.percentEncoded)" }
}

extension [String] {
    /// The index of the first element after `key`, in byte order.
    fileprivate func partitioningIndex(after key: String) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if key.utf8.lexicographicallyPrecedes(self[middle].utf8) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension String {
    /// A file name for any key: what is not a letter, digit, `-`, `_` or `.` becomes `%XX`, and a leading dot too,
    /// so that no key can name another directory or a hidden file.
    var percentEncoded: String {
        var result = ""
        for (index, byte) in utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: ".") where index > 0:
                result.append(".")
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }

    /// `nil` when it is not valid percent-encoding of UTF-8.
    var percentDecoded: String? {
        guard utf8.contains(UInt8(ascii: "%")) else { return self }
        var bytes: [UInt8] = []
        var rest = Array(utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
