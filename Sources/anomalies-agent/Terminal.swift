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
    static func write(_ text: String, to file: Int32) { _ = write(Array(text.utf8), to: file) }

    /// To standard output, as they are.
    ///
    /// - Returns: false where its reader has gone away.
    static func write(_ bytes: [UInt8]) -> Bool { write(bytes, to: STDOUT_FILENO) }

    private static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
        lock.withLock { _ in
            bytes.withUnsafeBytes { bytes in
                var done = 0
                while done < bytes.count {
                    let written = Foundation.write(file, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                    if written < 0, errno == EINTR { continue }
                    guard written > 0 else { return false }
                    done += written
                }
                return true
            }
        }
    }
}
