import Foundation
import Synchronization

/// Standard output and error. A reader that has gone away is no failure of the work.
enum Terminal {
    private static let lock = Mutex(())

    static func line(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    static func error(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// On standard error, as it is.
    static func raw(_ text: String) { write(text, to: STDERR_FILENO) }

    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    /// Whole lines, whoever else is writing.
    static func write(_ text: String, to file: Int32) {
        var bytes = Array(text.utf8)[...]
        lock.withLock { _ in
            while !bytes.isEmpty {
                let written = bytes.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return }
                bytes = bytes.dropFirst(written)
            }
        }
    }
}
