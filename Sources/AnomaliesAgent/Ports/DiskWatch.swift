import Glibc
import Synchronization

/// Linux's inotify on one directory.
///
/// Sees what is done to the directory's own entries. What a link points to may change without an event here, and so may
/// files on network file systems: whoever watches also looks now and then.
final class DiskWatch: DirectoryWatch {
    private static let mask = UInt32(
        IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF
    )
    private static let bufferBytes = 64 << 10

    private let path: String
    private let notifier: Int32
    /// A pipe: what is written into it ends a wait.
    private let (wakerOut, wakerIn): (Int32, Int32)
    /// The watch descriptor; negative while there is no directory to watch.
    private let descriptor = Mutex<Int32>(-1)

    /// - Throws: where the system has no more watches to give.
    init(_ path: String) throws(FileError) {
        self.path = path
        notifier = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        var ends: [Int32] = [-1, -1]
        let isPiped = pipe(&ends) == 0
        (wakerOut, wakerIn) = (ends[0], ends[1])
        guard notifier >= 0, isPiped else { throw FileError("watch", path, code: errno) }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        if !watch() { throw FileError("watch", path, code: errno) }
    }

    deinit {
        close(notifier)
        close(wakerOut)
        close(wakerIn)
    }

    func wake() {
        // Full is as good as written.
        _ = write(wakerIn, "!", 1)
    }

    func wait(_ time: Duration) -> [DirectoryEvent] {
        // The directory went: whether it is back is looked at whenever somebody waits.
        if descriptor.withLock({ $0 < 0 }), watch() { return [.unknown] }
        var files = [
            pollfd(fd: notifier, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakerOut, events: Int16(POLLIN), revents: 0),
        ]
        let milliseconds = Int32(clamping: max(0, time.milliseconds))
        guard poll(&files, 2, milliseconds) > 0 else { return [] }
        if files[1].revents != 0 {
            var bytes = [UInt8](repeating: 0, count: 64)
            while read(wakerOut, &bytes, bytes.count) > 0 {}
        }
        return files[0].revents == 0 ? [] : readEvents()
    }

    private func watch() -> Bool {
        let added = inotify_add_watch(notifier, path, Self.mask | UInt32(IN_ONLYDIR))
        guard added >= 0 else { return false }
        descriptor.withLock { $0 = added }
        return true
    }

    private func readEvents() -> [DirectoryEvent] {
        var events: [DirectoryEvent] = []
        withUnsafeTemporaryAllocation(byteCount: Self.bufferBytes, alignment: 8) { buffer in
            let count = read(notifier, buffer.baseAddress, buffer.count)
            var offset = 0
            while count > 0, offset + MemoryLayout<inotify_event>.size <= count {
                let head = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                offset += MemoryLayout<inotify_event>.size
                let name = buffer[offset..<offset + Int(head.len)].prefix { $0 != 0 }
                offset += Int(head.len)
                if let event = event(head.mask, String(decoding: name, as: UTF8.self)) { events.append(event) }
            }
        }
        return events
    }

    private func event(_ mask: UInt32, _ name: String) -> DirectoryEvent? {
        func has(_ flag: some BinaryInteger) -> Bool { mask & UInt32(flag) != 0 }
        if has(IN_IGNORED) || has(IN_DELETE_SELF) || has(IN_MOVE_SELF) {
            // A directory that was moved is still watched, under a name that is no longer ours.
            descriptor.withLock { descriptor in
                if descriptor >= 0, !has(IN_IGNORED) { inotify_rm_watch(notifier, descriptor) }
                descriptor = -1
            }
            return .unknown
        }
        if has(IN_Q_OVERFLOW) { return .unknown }
        if has(IN_CLOSE_WRITE) || has(IN_MOVED_TO) { return .whole(name) }
        if has(IN_DELETE) || has(IN_MOVED_FROM) { return .gone(name) }
        if has(IN_CREATE) {
            // A link has no writer who would close it.
            var status = stat()
            let isFile = lstat("\(path)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            return isFile && status.st_nlink == 1 ? .opened(name) : .whole(name)
        }
        return has(IN_MODIFY) ? .opened(name) : nil
    }
}
