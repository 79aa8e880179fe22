import Logging

/// Watches the script directory on a thread of its own and brings changes to the library.
///
/// A save is seen as it happens and taken once the directory has been quiet for a moment, so that files that were saved
/// together load together. Now and then everything is looked at besides, for what has no event: the target of a link, a
/// network file system.
actor ScriptReloader {
    /// A burst of saves has ended when nothing came for so long…
    static let quiet = Duration.milliseconds(10)
    /// …or it has gone on for so long.
    static let burst = Duration.milliseconds(200)
    /// How often somebody's request is looked for.
    private static let attention = Duration.seconds(1)

    nonisolated let thread = RoleThread("scripts")
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let library: ScriptLibrary
    private let watch: any DirectoryWatch
    private let interval: Duration
    private var saves = SaveTracker()

    /// - Parameter interval: how often everything is looked at without an event.
    init(_ library: ScriptLibrary, watch: any DirectoryWatch, interval: Duration) {
        self.library = library
        self.watch = watch
        self.interval = interval
    }

    /// Until shutdown.
    func run(until shutdown: Latch) async {
        let watch = watch
        let waking = Task {
            await shutdown.wait()
            watch.wake()
        }
        defer { waking.cancel() }
        let clock = ContinuousClock()
        var nextLook = clock.now + interval
        var nextAttention = clock.now + Self.attention
        while !shutdown.isSet, !Task.isCancelled {
            let pause = max(.zero, min(nextLook, nextAttention) - clock.now)
            if saves.note(watch.wait(pause)) {
                settle(clock)
                library.reload(isWhole: !saves.isUnsure, unfinished: saves.unfinished)
            }
            let now = clock.now
            if saves.isUnsure || now >= nextLook {
                library.reload(unfinished: saves.unfinished)
                saves.settle()
                nextLook = now + interval
            }
            if now >= nextAttention {
                library.obey()
                nextAttention = now + Self.attention
            }
            // Lets a test's other tasks on where the watch never waits.
            await Task.yield()
        }
    }

    private func settle(_ clock: ContinuousClock) {
        let end = clock.now + Self.burst
        while clock.now < end {
            let events = watch.wait(Self.quiet)
            if events.isEmpty { return }
            _ = saves.note(events)
        }
    }
}

/// Where the system has no watches to give: looking now and then has to do.
final class NoWatch: DirectoryWatch {
    private let waiting = Latch()

    func wake() { waiting.set() }

    func wait(_ time: Duration) -> [DirectoryEvent] {
        // In short steps, so that `wake` is heard.
        let clock = ContinuousClock()
        let end = clock.now + time
        while clock.now < end, !waiting.isSet { RoleThread.pause(min(.milliseconds(100), end - clock.now)) }
        return []
    }
}
