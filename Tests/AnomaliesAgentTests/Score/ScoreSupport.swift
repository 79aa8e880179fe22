import Foundation
import Logging
import Transport

@testable import AnomaliesAgent

/// A folder to score in, gone with the value.
final class ScoreFolder {
    let path: String
    private let files = DiskFileSystem()

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "score-\(UUID())").path
        try files.makeDirectory("\(path)/in")
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, _ name: String, gzipped: Bool = false) throws {
        var bytes = Array(text.utf8)
        if gzipped {
            var encoder = try GzipEncoder()
            var packed: [UInt8] = []
            try encoder.append(bytes.span.bytes, to: &packed)
            try encoder.finish(into: &packed)
            bytes = packed
        }
        let file = URL(filePath: "\(path)/in/\(name)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }

    /// Scores what `names` name in the folder `in` into the folder `out`.
    func score(
        _ names: [String] = [""],
        features: [String]? = ["value"],
        scripts: String? = nil
    ) throws -> [ScoreResult] {
        let scorer = try scorer(names, features: features, scripts: scripts)
        return try scorer.scored.map { try scorer.score($0) }
    }

    func scorer(
        _ names: [String] = [""],
        features: [String]? = ["value"],
        scripts: String? = nil,
        output: String = "out"
    ) throws -> OfflineScorer {
        let inputs = names.map { $0.isEmpty ? "\(path)/in" : "\(path)/in/\($0)" }
        return try OfflineScorer(
            ScoreOptions(
                inputs: inputs,
                output: "\(path)/\(output)",
                features: features,
                scripts: scripts.map { "\(path)/in/\($0)" }
            ),
            configuration: try ConfigurationLoader.load(file: nil, environment: [:], overrides: []),
            outside: .process(environment: [:], json: false) { _ in },
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    func output(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/out/\(name)", encoding: .utf8) }

    func rows(_ name: String) throws -> [String] {
        let lines = try output(name).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.dropFirst().dropLast().map(String.init)
    }

    func outputs() -> [String] {
        let all = FileManager.default.enumerator(atPath: "\(path)/out")?.compactMap { $0 as? String } ?? []
        return all.filter { !((try? files.info("\(path)/out/\($0)"))??.isDirectory ?? true) }.sorted()
    }
}

/// Twelve hundred plain values and, from row 900 on, one of a thousand now and then.
func sampleValues(_ count: Int = 1_200) -> [Double] {
    var state: UInt64 = 5
    return (0..<count).map { row in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return row == 900 || row == 901 || row == 1_100 ? 1_000 : Double(state >> 54) / 100
    }
}

func csv(_ values: [Double]) -> String {
    "timestamp,value\n" + values.enumerated().map { "t\($0.offset),\($0.element)\n" }.joined()
}
