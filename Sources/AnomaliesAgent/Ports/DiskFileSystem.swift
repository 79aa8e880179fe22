import Glibc

/// The real one: plain system calls, retried when a signal interrupts them.
public struct DiskFileSystem: FileSystem {
    public init() {}

    public func makeDirectory(_ path: String) throws(FileError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += made.isEmpty || made.hasSuffix("/") ? String(part) : "/\(part)"
            if mkdir(made, 0o700) != 0, errno != EEXIST { throw FileError("make directory", made, code: errno) }
        }
        guard try info(path)?.isDirectory == true else {
            throw FileError("make directory", path, reason: "something else of that name is there")
        }
    }

    public func names(in directory: String) throws(FileError) -> [String] {
        guard let handle = opendir(directory) else {
            if errno == ENOENT { return [] }
            throw FileError("list", directory, code: errno)
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    public func info(_ path: String) throws(FileError) -> FileInfo? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw FileError("look at", path, code: errno)
        }
        return FileInfo(
            size: Int(status.st_size),
            modified: Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec),
            isDirectory: status.st_mode & S_IFMT == S_IFDIR,
            isRegular: status.st_mode & S_IFMT == S_IFREG
        )
    }

    public func resolved(_ path: String) throws(FileError) -> String {
        guard let resolved = realpath(path, nil) else { throw FileError("look at", path, code: errno) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    public func read(_ path: String, from offset: Int, upTo count: Int) throws(FileError) -> [UInt8] {
        // O_NONBLOCK so that a FIFO of that name does not hold the role for ever.
        let file = try open(path, O_RDONLY | O_NONBLOCK, "read")
        defer { close(file) }
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let step = pread(file, buffer.baseAddress.map { $0 + filled }, count - filled, offset + filled)
                if step < 0, errno == EINTR { continue }
                if step < 0 { failure = errno }
                if step <= 0 { break }
                filled += step
            }
        }
        guard failure == 0 else { throw FileError("read", path, code: failure) }
        return bytes
    }

    public func replace(_ path: String, with bytes: [UInt8]) throws(FileError) {
        // The process in the name: two processes that replace one file must not share a temporary one.
        let temporary = "\(path).\(getpid()).part"
        do {
            try write(bytes, to: temporary, at: 0, flags: O_CREAT | O_TRUNC)
            try rename(temporary, to: path)
        } catch {
            // What a full disk left of it is of no use to anybody; the first failure is the one to tell.
            unlink(temporary)
            throw error
        }
    }

    public func write(_ bytes: [UInt8], to path: String, at offset: Int) throws(FileError) {
        let isNew = try info(path) == nil
        try write(bytes, to: path, at: offset, flags: O_CREAT)
        // A file is only as durable as its name.
        if isNew { try synchronizeDirectory(of: path) }
    }

    private func write(_ bytes: [UInt8], to path: String, at offset: Int, flags: Int32) throws(FileError) {
        let file = try open(path, O_WRONLY | flags, "write")
        defer { close(file) }
        var done = 0
        while done < bytes.count {
            let step = bytes.withUnsafeBytes {
                pwrite(file, $0.baseAddress.map { $0 + done }, $0.count - done, offset + done)
            }
            if step < 0, errno == EINTR { continue }
            guard step > 0 else { throw FileError("write", path, code: errno) }
            done += step
        }
        // Never retried: after a failed fsync the kernel may have dropped the pages and report success next time.
        guard fdatasync(file) == 0 else { throw FileError("make durable", path, code: errno) }
    }

    public func truncate(_ path: String, to length: Int) throws(FileError) {
        guard Glibc.truncate(path, length) == 0 else { throw FileError("truncate", path, code: errno) }
    }

    public func rename(_ path: String, to newPath: String) throws(FileError) {
        guard Glibc.rename(path, newPath) == 0 else { throw FileError("rename to \(newPath)", path, code: errno) }
        // A rename is durable only once its directory is.
        try synchronizeDirectory(of: newPath)
    }

    private func synchronizeDirectory(of path: String) throws(FileError) {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let directory = try open(parent.isEmpty ? "/" : parent, O_RDONLY | O_DIRECTORY, "make durable")
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw FileError("make durable", parent, code: errno) }
    }

    public func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileError("remove", path, code: errno) }
    }

    public func lock(_ path: String, wait: Bool) throws(FileError) -> FileLock? {
        let file = try open(path, O_RDWR | O_CREAT, "lock")
        while flock(file, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            close(file)
            if code == EWOULDBLOCK { return nil }
            throw FileError("lock", path, code: code)
        }
        return FileLock { close(file) }
    }

    private func open(_ path: String, _ flags: Int32, _ operation: String) throws(FileError) -> Int32 {
        while true {
            let file = Glibc.open(path, flags | O_CLOEXEC, 0o600)
            if file >= 0 { return file }
            if errno != EINTR { throw FileError(operation, path, code: errno) }
        }
    }
}

extension FileError {
    init(_ operation: String, _ path: String, code: Int32) {
        self.init(operation, path, reason: String(cString: strerror(code)), code: Int(code))
    }
}
