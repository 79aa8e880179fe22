/// Everything the agent writes outside SQLite goes through here, so that a test
/// can count the writes, cut the power at one of them, or fail it.
///
/// Paths are as the operating system takes them. Every call is synchronous and
/// belongs on a role's own thread.
public protocol FileSystem: Sendable {
    /// Makes the directory and its parents, each with mode 0700; one that exists is fine.
    func makeDirectory(_ path: String) throws(FileError)
    /// The names in a directory, sorted by bytes; none for a directory that does not exist.
    func names(in directory: String) throws(FileError) -> [String]
    /// `nil` when nothing is there.
    func info(_ path: String) throws(FileError) -> FileInfo?
    /// The path of what is there, absolute and without links.
    func resolved(_ path: String) throws(FileError) -> String
    /// At most `count` bytes from `offset`; fewer at the end of the file.
    func read(_ path: String, from offset: Int, upTo count: Int) throws(FileError) -> [UInt8]
    /// The file then holds `bytes` or what it held before, whatever happens: temporary file, fsync, rename,
    /// fsync of the directory. Mode 0600.
    func replace(_ path: String, with bytes: [UInt8]) throws(FileError)
    /// Writes at `offset` and makes it durable; the file is made when absent.
    func write(_ bytes: [UInt8], to path: String, at offset: Int) throws(FileError)
    func truncate(_ path: String, to length: Int) throws(FileError)
    func rename(_ path: String, to newPath: String) throws(FileError)
    /// Removing what is not there is fine.
    func remove(_ path: String) throws(FileError)
    /// An exclusive lock on a file of its own, held until the token goes.
    ///
    /// - Parameter wait: whether to wait for another holder; otherwise `nil` says there is one.
    func lock(_ path: String, wait: Bool) throws(FileError) -> FileLock?
}

public struct FileInfo: Sendable, Equatable {
    public var size: Int
    /// Nanoseconds since 1970, as the file system keeps it.
    public var modified: Int
    public var isDirectory: Bool
    public var isRegular: Bool

    public init(size: Int, modified: Int, isDirectory: Bool, isRegular: Bool) {
        self.size = size
        self.modified = modified
        self.isDirectory = isDirectory
        self.isRegular = isRegular
    }
}

extension FileSystem {
    /// The whole file, if it is no longer than `limit`.
    public func contents(of path: String, limit: Int) throws(FileError) -> [UInt8] {
        guard let info = try info(path) else { throw FileError("read", path, code: 2) }
        guard info.isRegular else { throw FileError("read", path, reason: "it is not a regular file") }
        guard info.size <= limit else {
            throw FileError("read", path, reason: "it has \(info.size) bytes; the limit is \(limit)")
        }
        return try read(path, from: 0, upTo: info.size)
    }
}

/// Held while it exists; the operating system releases it when the process dies.
public final class FileLock: Sendable {
    private let release: @Sendable () -> Void

    public init(release: @escaping @Sendable () -> Void) { self.release = release }

    deinit { release() }
}

/// A file operation that failed, in words.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
    public let operation: String
    public let path: String
    public let reason: String
    /// The `errno`, 0 where the agent itself refused.
    public let code: Int

    public init(_ operation: String, _ path: String, reason: String, code: Int = 0) {
        self.operation = operation
        self.path = path
        self.reason = reason
        self.code = code
    }

    public var description: String { "cannot \(operation) \(path): \(reason)" }
}
