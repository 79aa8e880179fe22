import Foundation
import Testing

@testable import AnomaliesAgent

/// The JSON files of `shared/kit/bad_inputs`, which lies beside the package or further up.
@Suite(.enabled(if: BadInput.folder != nil, "NOT CHECKED: there is no shared/kit/bad_inputs above this package"))
struct BadInputTests {
    @Test(arguments: BadInput.all)
    func `a file of the corpus has one of the verdicts of its manifest`(input: BadInput) throws {
        let verdict = PackageVerdict(of: try input.bytes())
        let outcome =
            verdict.outcome == .ok
            ? "records=\(verdict.records)" + (verdict.bad > 0 ? " bad=\(verdict.bad)" : "") : verdict.outcome.rawValue
        #expect(input.expected.contains(outcome), "\(outcome)")
    }

    @Test func `the corpus has JSON files`() {
        #expect(BadInput.all.count >= 30)
    }
}

struct BadInput: Sendable, CustomTestStringConvertible {
    let file: URL
    /// As in the manifest: `records=1 bad=2`, `reject` or `limit`; any of them will do.
    let expected: [String]

    var testDescription: String { file.lastPathComponent }

    static let folder: URL? = {
        var folder = URL(filePath: #filePath).deletingLastPathComponent()
        while folder.pathComponents.count > 1 {
            let corpus = folder.appending(path: "shared/kit/bad_inputs")
            if FileManager.default.fileExists(atPath: corpus.path) { return corpus }
            folder.deleteLastPathComponent()
        }
        return nil
    }()

    static let all: [BadInput] = {
        guard let folder,
            let manifest = try? String(contentsOf: folder.appending(path: "manifest.tsv"), encoding: .utf8)
        else { return [] }
        return manifest.split(separator: "\n").compactMap { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard columns.count >= 4, columns[0] == "json" else { return nil }
            return BadInput(
                file: folder.appending(path: String(columns[1])),
                expected: columns[3].split(separator: "|").map(String.init)
            )
        }
    }()

    func bytes() throws -> [UInt8] {
        guard file.pathExtension == "gz" else { return [UInt8](try Data(contentsOf: file)) }
        return [UInt8](try output(of: ["gzip", "-dc", file.path]))
    }
}

/// What a program writes to its standard output.
func output(of command: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(command[0]) failed")
    return data
}
