import Dispatch
import Foundation
import Glibc
import Synchronization

/// A program that a test talks to: started, waited for until it says that it is ready, and gone when the test is.
///
/// Nothing survives a test run, however it ends: `stop()`, `exit` and the death of the test process all close the
/// peer's lifeline, whereupon it gets SIGTERM and, ten seconds later, it and its process group SIGKILL. A daemon that
/// leaves the group must be ended by its own script, in a trap.
public final class PeerProcess: Sendable {
    private struct State {
        var lines: [String] = []
        var hasEnded = false
        var lifeline: CInt?
    }

    /// Lines beyond this are forgotten, oldest first.
    private static let maximumLines = 10_000

    /// Runs the peer until it ends by itself or the lifeline, the wrapper's standard input, is closed.
    ///
    /// A test that runs beside may have a connection open when the wrapper starts. libcurl's sockets are not closed on
    /// exec, and as long as a peer held one too, the other side would not hear that the client has hung up.
    private static let wrapper = """
        for fd in /proc/self/fd/*; do fd=${fd##*/}; [ $fd -gt 2 ] && eval "exec $fd>&-"; done
        "$@" </dev/null & peer=$!
        cat <&0 >/dev/null & lifeline=$!
        wait -n $peer $lifeline
        kill -TERM $peer 2>/dev/null
        { sleep 10; kill -KILL -- -$$; } >/dev/null 2>&1 &
        wait $peer
        kill -KILL -- -$$
        """

    private static let running = Mutex<[pid_t: PeerProcess]>([:])
    private static let stopAtExit: Void = {
        _ = atexit {
            for peer in PeerProcess.running.withLock({ Array($0.values) }) { peer.stop() }
        }
    }()

    public let command: [String]
    private let pid: pid_t
    private let state: Mutex<State>
    private let news = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - command: A program and its arguments; the program is looked up in `PATH`.
    ///   - prefix: How the line begins with which the peer says that it is ready.
    ///   - deadline: How long it may take.
    /// - Returns: The peer, and what followed the prefix on that line.
    /// - Throws: `PeerUnavailable`, with the peer's last words.
    public static func start(
        _ command: [String],
        untilLine prefix: String,
        within deadline: Duration = .seconds(30)
    ) throws -> (peer: PeerProcess, answer: String) {
        let peer = try PeerProcess(command)
        do {
            return (peer, try peer.waitForLine(prefix, within: deadline))
        } catch {
            peer.stop()
            throw error
        }
    }

    private init(_ command: [String]) throws {
        _ = Self.stopAtExit
        self.command = command
        let input = try Self.pipe()
        let output = try Self.pipe()
        pid = try Self.spawn(["bash", "-c", Self.wrapper, "peer"] + command, input: input.read, output: output.write)
        close(input.read)
        close(output.write)
        state = Mutex(State(lifeline: input.write))
        Self.running.withLock { $0[pid] = self }
        Thread { [self] in read(output.read) }.start()
    }

    /// Waits for the first line, past or future, that begins with `prefix`.
    /// - Returns: The rest of that line, without the space between.
    public func waitForLine(_ prefix: String, within deadline: Duration = .seconds(30)) throws -> String {
        let end = DispatchTime.now() + .milliseconds(Int(deadline / .milliseconds(1)))
        while true {
            let (line, hasEnded) = state.withLock { state in
                (state.lines.first { $0.hasPrefix(prefix) }, state.hasEnded)
            }
            if let line { return line.dropFirst(prefix.count).trimmingCharacters(in: .whitespaces) }
            if hasEnded || news.wait(timeout: end) == .timedOut {
                throw PeerUnavailable("\(command[0]) did not say \"\(prefix)\". Its last words: \(lastWords)")
            }
        }
    }

    /// Ends the peer, and returns when all of it is gone. A second call does nothing.
    public func stop() {
        let lifeline = state.withLock { state in
            defer { state.lifeline = nil }
            return state.lifeline
        }
        guard let lifeline else { return }
        close(lifeline)
        let end = DispatchTime.now() + .seconds(15)
        while !state.withLock({ $0.hasEnded }) {
            if news.wait(timeout: end) == .timedOut {
                kill(-pid, SIGKILL)
                break
            }
        }
        Self.running.withLock { $0[pid] = nil }
    }

    private var lastWords: String {
        state.withLock { $0.lines.suffix(20).joined(separator: "\n") }
    }

    /// The peer has ended when nobody holds its output any more.
    private func read(_ output: CInt) {
        var partial: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(output, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            partial += buffer[..<count]
            var lines = partial.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            partial = lines.popLast().map(Array.init) ?? []
            let new = lines.map { String(decoding: $0, as: UTF8.self) }
            state.withLock { state in
                state.lines += new
                state.lines.removeFirst(max(0, state.lines.count - Self.maximumLines))
            }
            news.signal()
        }
        close(output)
        var status: CInt = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        state.withLock { $0.hasEnded = true }
        // One for whoever waits for a line, one for whoever stops the peer.
        news.signal()
        news.signal()
    }

    // MARK: - POSIX

    /// Closed on exec from the start, which Swift's view of Glibc offers for sockets but not for pipes: another
    /// peer that inherited this one's lifeline would keep it alive.
    private static func pipe() throws -> (read: CInt, write: CInt) {
        var ends: [CInt] = [0, 0]
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw PeerUnavailable("no pipe: \(String(cString: strerror(errno)))")
        }
        return (ends[0], ends[1])
    }

    /// In a process group of its own, whose number is the process's.
    private static func spawn(_ arguments: [String], input: CInt, output: CInt) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        posix_spawnattr_setpgroup(&attributes, 0)
        // Dispatch's threads block signals, and a peer that inherited that would never hear SIGTERM.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)

        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { pointers.forEach { free($0) } }
        var pid: pid_t = 0
        let status = posix_spawnp(&pid, arguments[0], &actions, &attributes, &pointers, environ)
        guard status == 0 else {
            throw PeerUnavailable("\(arguments[0]) could not be started: \(String(cString: strerror(status)))")
        }
        return pid
    }
}

/// Why a test has nobody to talk to.
public struct PeerUnavailable: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }

    /// Makes sure that programs are there before a test begins.
    public static func require(_ programs: [String], for peer: String) throws {
        let missing = programs.filter { access($0, X_OK) != 0 }
        guard missing.isEmpty else {
            throw PeerUnavailable(
                "\(peer) needs \(missing.joined(separator: ", ")). Run ./deploy/test.sh, which installs what tests need."
            )
        }
    }
}

/// Files that peers are started from.
public enum PeerFiles {
    /// `Tests/TestSupport/Peers/<name>`.
    public static func path(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Peers/\(name)").path
    }
}
