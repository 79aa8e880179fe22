import Foundation

/// Python's standard library as the source of known answers: `configparser` and `strftime` are what people's files were
/// written for.
enum Python {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: executable)
    private static let executable = "/usr/bin/python3"

    /// What `program` prints when it is given `input`. Throws when Python fails.
    static func run(_ program: String, input: Data = Data()) throws -> Data {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "input")
        try input.write(to: file)

        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: executable)
        process.arguments = ["-c", program]
        process.standardInput = try FileHandle(forReadingFrom: file)
        process.standardOutput = output
        try process.run()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus) }
        return answer
    }

    struct Failure: Error { let status: Int32 }
}
