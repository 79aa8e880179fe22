#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Why a configuration file could not be read.
public enum ConfigurationFileError: Error, Sendable, Equatable, CustomStringConvertible {
    case missing
    case isDirectory
    case tooLarge
    /// `reason` in the system's words, for example "Permission denied".
    case unreadable(reason: String)

    public var description: String {
        switch self {
        case .missing: "there is no such file. Check the path given with --config."
        case .isDirectory: "it is a directory. Name the file in it: --config DIRECTORY/anomalies.cfg."
        case .tooLarge: "it is larger than 1 MiB, so it is no configuration file. Check the path."
        case .unreadable(let reason): "it cannot be read: \(reason). Check the path and its permissions."
        }
    }
}

/// Reads small files for ``ConfigurationLoader``; in tests a dictionary takes its place.
public enum ConfigurationFile {
    /// The most that is read, in bytes: 1 MiB.
    public static let limit = 1 << 20

    /// The content of the file, or what comes out of the pipe (`--config <(…)`), up to ``limit``.
    public static func read(_ path: String) throws(ConfigurationFileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }

        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = chunk.withUnsafeMutableBytes { unistdRead(descriptor, $0) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(errno) }
            if count == 0 { return content }
            content += chunk[..<count]
            guard content.count <= limit else { throw .tooLarge }
        }
    }

    private static func unistdRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #else
            Musl.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }

    private static func failure(_ code: Int32) -> ConfigurationFileError {
        switch code {
        case ENOENT, ENOTDIR: .missing
        case EISDIR: .isDirectory
        default: .unreadable(reason: String(cString: strerror(code)))
        }
    }
}
