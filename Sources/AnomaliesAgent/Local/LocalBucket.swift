import Glibc
import Synchronization

/// A directory that behaves like an S3 bucket: whole objects or none, listed in key order, ETags of content.
///
/// One file an object, its name the percent-encoded key. Files that people copy into the directory are objects too,
/// under the name they have; hidden ones and `….part`, as programs call what they have not finished, are not. Safe
/// between processes, because `put` renames a whole file into place.
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
    /// A longer object is not read to be listed: its ETag is made of time and size, as S3's of an object that was
    /// uploaded in parts is no MD5 either.
    private static let hashLimit = 64 << 20
    /// Nanoseconds after a change until a second one is sure to show in the time of change: file systems keep it in
    /// steps of the kernel's clock (10 ms), some of two seconds.
    private static let settling = 2_000_000_000

    public let name: String
    public let isEmbedded = true
    private let directory: String
    private let files: any FileSystem
    /// The one that the file system stamps changes with.
    private let clock: any PipelineClock
    private let cache = Mutex(Cache())

    public init(
        directory: String,
        files: any FileSystem,
        clock: any PipelineClock = SystemClock()
    ) throws(FileError) {
        self.directory = directory
        self.name = directory
        self.files = files
        self.clock = clock
        try files.makeDirectory(directory)
    }

    public func put(_ body: [UInt8], key: String) async throws -> String {
        let path = "\(directory)/\(key.percentEncoded)"
        try files.replace(path, with: body)
        if body.count <= Self.hashLimit { return Digests.md5(body) }
        return try files.info(path).map(Self.longETag) ?? ""
    }

    public func etag(of key: String) async throws -> String? {
        guard let (path, info) = try find(key) else { return nil }
        return try etag(of: key, path, info)
    }

    public func get(_ key: String, limit: Int) async throws -> StoredObject {
        guard let (path, info) = try find(key) else {
            throw FileError("read", "\(directory)/\(key.percentEncoded)", code: ENOENT)
        }
        guard info.size <= limit else { throw ObjectTooLarge(limit: limit) }
        let body = try files.contents(of: path, limit: limit)
        return StoredObject(body: body, etag: body.count > Self.hashLimit ? Self.longETag(info) : Digests.md5(body))
    }

    public func list(prefix: String, after key: String?) async throws -> [ObjectListing] {
        let keys = try sortedKeys()
        var index = key.map { keys.partitioningIndex(after: $0) } ?? 0
        var page: [ObjectListing] = []
        while index < keys.count, page.count < Self.pageSize {
            let key = keys[index]
            index += 1
            guard key.utf8.starts(with: prefix.utf8), let (path, info) = try find(key) else { continue }
            do {
                page.append(
                    ObjectListing(
                        key: key,
                        etag: try etag(of: key, path, info),
                        size: info.size,
                        modified: Int64(info.modified / 1_000_000)
                    )
                )
            } catch {
                // Removed between the two looks: it is no object any more.
                guard error.objectIsGone else { throw error }
            }
        }
        return page
    }

    /// What all objects take on disk, in bytes, counted in whole blocks.
    func size(blockBytes: Int) throws(FileError) -> Int {
        var size = 0
        for key in try sortedKeys() {
            size += Self.blocks(try find(key)?.info.size ?? 0, blockBytes)
        }
        return size
    }

    /// Removes an object that the agent no longer keeps.
    ///
    /// - Returns: how much less there is then, in bytes of whole blocks.
    func remove(_ key: String, blockBytes: Int) throws(FileError) -> Int {
        guard let (path, info) = try find(key) else { return 0 }
        try files.remove(path)
        return Self.blocks(info.size, blockBytes)
    }

    private static func blocks(_ size: Int, _ blockBytes: Int) -> Int {
        max(1, (size + blockBytes - 1) / blockBytes) * blockBytes
    }

    /// Every key, read again only when the directory has changed.
    private func sortedKeys() throws(FileError) -> [String] {
        let modified = try files.info(directory)?.modified ?? 0
        if let keys = cache.withLock({ $0.modified == modified ? $0.keys : nil }) { return keys }
        let isSettled = isSettled(modified)
        let keys = try files.names(in: directory)
            .filter { !$0.hasSuffix(".part") && !$0.hasPrefix(".") }
            .map(\.keyOfFile)
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        var unique: [String] = []
        unique.reserveCapacity(keys.count)
        // A key can have two files: one that was put, and one of the same name that was copied in.
        for key in keys where unique.last.map({ !$0.utf8.elementsEqual(key.utf8) }) ?? true { unique.append(key) }
        cache.withLock {
            $0.modified = isSettled ? modified : -1; $0.keys = unique
        }
        return unique
    }

    /// Whether a change now would show: what was read just after a change may miss the next one in the same tick.
    private func isSettled(_ modified: Int) -> Bool { Int(clock.now) * 1_000_000 - modified > Self.settling }

    private func etag(of key: String, _ path: String, _ info: FileInfo) throws(FileError) -> String {
        guard info.size <= Self.hashLimit else { return Self.longETag(info) }
        if let known = cache.withLock({ $0.known[key] }), known.size == info.size, known.modified == info.modified {
            return known.etag
        }
        let isSettled = isSettled(info.modified)
        let etag = Digests.md5(try files.contents(of: path, limit: Self.hashLimit))
        if isSettled { remember(etag, of: key, info) }
        return etag
    }

    private func remember(_ etag: String, of key: String, _ info: FileInfo) {
        cache.withLock { cache in
            if cache.known.count >= Self.cacheLimit { cache.known.removeAll(keepingCapacity: true) }
            cache.known[key] = Known(size: info.size, modified: info.modified, etag: etag)
        }
    }

    private static func longETag(_ info: FileInfo) -> String {
        "\(String(UInt64(bitPattern: Int64(info.modified)), radix: 16))-\(info.size)"
    }

    /// The file of a key: as `put` names it, else as somebody copied it in.
    private func find(_ key: String) throws(FileError) -> (path: String, info: FileInfo)? {
        let encoded = key.percentEncoded
        let path = "\(directory)/\(encoded)"
        // No name that long can be there, and to look for it is an error.
        if encoded.utf8.count <= 255, let info = try files.info(path), info.isRegular { return (path, info) }
        guard !key.isEmpty, !key.hasPrefix("."), !key.utf8.contains(UInt8(ascii: "/")), key.utf8.count <= 255,
            key != encoded
        else { return nil }
        let copied = "\(directory)/\(key)"
        guard let info = try files.info(copied), info.isRegular else { return nil }
        return (copied, info)
    }
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
    /// A file name for any key: what is not a letter, digit, `-`, `_` or `.` becomes `%XX`, and so does a leading dot
    /// and that of a final `.part`, so that no key can name another directory, a hidden or an unfinished file.
    var percentEncoded: String {
        var result = ""
        let hidden = utf8.elementsEqual(".part".utf8) || !hasSuffix(".part") ? 0 : utf8.count - 5
        for (index, byte) in utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: ".") where index > 0 && (hidden == 0 || index != hidden):
                result.append(".")
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }

    /// The key of a file: what it was encoded from, or the name itself where nobody encoded it.
    fileprivate var keyOfFile: String {
        guard let key = percentDecoded, key.percentEncoded.utf8.elementsEqual(utf8) else { return self }
        return key
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
