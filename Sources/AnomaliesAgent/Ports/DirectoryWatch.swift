/// What happened to an entry of a watched directory.
enum DirectoryEvent: Sendable, Equatable {
    /// Somebody began to write it, or goes on writing.
    case opened(String)
    /// It is whole: whoever wrote it closed it, or it was moved or linked here.
    case whole(String)
    /// It is gone.
    case gone(String)
    /// Events were lost, or the directory itself went or came: look at everything.
    case unknown
}

/// Tells of changes in a directory while they happen. One thread waits; any may wake it.
protocol DirectoryWatch: Sendable {
    /// Waits for events, at most so long.
    ///
    /// - Returns: none where nothing happened, or somebody called ``wake()``.
    func wait(_ time: Duration) -> [DirectoryEvent]
    func wake()
}

/// Which files are being written, from the events of their directory.
///
/// A file counts as whole when whoever wrote it closes it or moves it here; that it was modified says nothing.
struct SaveTracker: Sendable {
    /// Names that are followed; beyond it all are forgotten, and files then are whole when they read the same twice.
    private static let limit = 1_000

    private(set) var unfinished: Set<String> = []
    /// Whether what was missed makes a look at everything due, and files must read the same twice.
    private(set) var isUnsure = false

    /// - Returns: whether something may have changed that is whole.
    mutating func note(_ events: [DirectoryEvent]) -> Bool {
        var isWhole = false
        for event in events {
            switch event {
            case .opened(let name):
                if unfinished.count < Self.limit { unfinished.insert(name) } else { isUnsure = true }
            case .whole(let name), .gone(let name):
                unfinished.remove(name)
                isWhole = true
            case .unknown:
                unfinished = []
                isUnsure = true
            }
        }
        return isWhole
    }

    /// Everything was looked at, twice.
    mutating func settle() { isUnsure = false }
}
