import Foundation
import Synchronization

/// A process that a test watches, line by line, and sends signals to.
final class RunningAgent: Sendable {
    private final class Seen: Sendable {
        let text = Mutex("")
    }

    private let process: Process
    private let errors: URL
    private let seen = Seen()
    private let news: AsyncStream<String>
    private let end: AsyncStream<Int32>

    // Held, because the folder goes with it.
    private let place: Workplace

    /// - Parameters:
    ///   - input: All of its standard input.
    ///   - lifetime: Lines of output after which it is killed, or after three seconds when there are no more.
    init(
        _ arguments: [String],
        in place: Workplace,
        environment: [String: String],
        input: String,
        lifetime: Int? = nil
    ) throws {
        self.place = place
        let folder = place.folder
        // Files, so that no pipe can fill up while nobody reads.
        let name = UUID().uuidString
        let inputFile = folder.appending(path: "\(name).in")
        errors = folder.appending(path: "\(name).err")
        try Data(input.utf8).write(to: inputFile)
        try Data().write(to: errors)
        let output = Pipe()
        process = Process()
        process.executableURL = Workplace.agent
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = environment
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)

        let (news, line) = AsyncStream.makeStream(of: String.self)
        let (end, ended) = AsyncStream.makeStream(of: Int32.self)
        (self.news, self.end) = (news, end)
        try process.run()
        // A thread, because reading blocks and the tasks of other tests share a few threads.
        // By that thread too: on a busy machine a task would kill long after the line.
        Thread { [process, seen] in
            var partial = ""
            var left = lifetime ?? .max
            while true {
                let bytes = output.fileHandleForReading.availableData
                if bytes.isEmpty { break }
                partial += String(decoding: bytes, as: UTF8.self)
                var lines = partial.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                partial = lines.popLast() ?? ""
                for text in lines {
                    seen.text.withLock { $0 += text + "\n" }
                    line.yield(text)
                    left -= 1
                    if left == 0 { Self.kill(process) }
                }
            }
            process.waitUntilExit()
            line.finish()
            let status = process.terminationStatus
            ended.yield(process.terminationReason == .uncaughtSignal ? -status : status)
            ended.finish()
        }.start()
        if lifetime != nil {
            DispatchQueue.global().asyncAfter(deadline: .now() + 3) { [process] in Self.kill(process) }
        }
    }

    deinit { Self.kill(process) }

    private static func kill(_ process: Process) {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
    }

    /// Waits for the next line of its output that is wanted.
    /// - Returns: `nil` when it ends, or the test's time is up, before there is one.
    func line(where isWanted: (String) -> Bool) async -> String? {
        for await text in news where isWanted(text) { return text }
        return nil
    }

    func send(_ signal: Int32) { Foundation.kill(process.processIdentifier, signal) }

    /// Waits for its end.
    func outcome() async throws -> Outcome {
        var status: Int32?
        for await code in end { status = code }
        guard let status else {
            send(SIGKILL)
            throw CancellationError()
        }
        let errors = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
        return Outcome(status: status, output: seen.text.withLock { $0 }, errors: errors)
    }
}
