import Foundation

/// Runs a program to its end: the second opinion in a test.
/// - Returns: Its standard output.
/// - Throws: `PeerUnavailable` with its error output when it fails or is not there.
public func run(_ command: [String], input: [UInt8] = []) throws -> [UInt8] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Through files: two pipes that one thread fills and empties can wait for each other.
    let files = ["in", "out", "err"].map { folder.appending(path: $0) }
    try Data(input).write(to: files[0])
    try Data().write(to: files[1])
    try Data().write(to: files[2])

    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.standardInput = try FileHandle(forReadingFrom: files[0])
    process.standardOutput = try FileHandle(forWritingTo: files[1])
    process.standardError = try FileHandle(forWritingTo: files[2])
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        let words = String(decoding: try Data(contentsOf: files[2]).suffix(2000), as: UTF8.self)
        throw PeerUnavailable("\(command[0]) failed with status \(process.terminationStatus): \(words)")
    }
    return [UInt8](try Data(contentsOf: files[1]))
}
