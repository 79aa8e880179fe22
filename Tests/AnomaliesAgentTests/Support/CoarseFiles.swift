import Synchronization

@testable import AnomaliesAgent

/// Files on a file system whose time of change has steps of ten seconds, and which counts how often it is listed.
final class CoarseFiles: FileSystem {
    private let base = DiskFileSystem()
    private let listings = Mutex(0)

    var listingCount: Int { listings.withLock { $0 } }

    func info(_ path: String) throws(FileError) -> FileInfo? {
        guard var info = try base.info(path) else { return nil }
        info.modified = 1_000_000_000_000_000_000
        return info
    }

    func names(in directory: String) throws(FileError) -> [String] {
        listings.withLock { $0 += 1 }
        return try base.names(in: directory)
    }

    func makeDirectory(_ path: String) throws(FileError) { try base.makeDirectory(path) }
    func resolved(_ path: String) throws(FileError) -> String { try base.resolved(path) }
    func read(_ path: String, from offset: Int, upTo count: Int) throws(FileError) -> [UInt8] {
        try base.read(path, from: offset, upTo: count)
    }
    func replace(_ path: String, with bytes: [UInt8]) throws(FileError) { try base.replace(path, with: bytes) }
    func write(_ bytes: [UInt8], to path: String, at offset: Int) throws(FileError) {
        try base.write(bytes, to: path, at: offset)
    }
    func truncate(_ path: String, to length: Int) throws(FileError) { try base.truncate(path, to: length) }
    func rename(_ path: String, to newPath: String) throws(FileError) { try base.rename(path, to: newPath) }
    func remove(_ path: String) throws(FileError) { try base.remove(path) }
    func lock(_ path: String, wait: Bool) throws(FileError) -> FileLock? { try base.lock(path, wait: wait) }
}
