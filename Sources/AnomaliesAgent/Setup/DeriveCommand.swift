public import Logging

/// What the command `derive` does: JSON lines of standard input, each with the fields that detect.lua derives.
public struct DeriveCommand: Sendable {
    /// How many lines came through, and how many did not.
    public struct Outcome: Sendable, Equatable {
        public var records: Int
        public var refused: Int
    }

    private static let pieceBytes = 256 << 10

    private let script: ScriptSources
    private let environment: ScriptEnvironment
    private let limits: RecordLimits
    private let input: any ByteInput

    /// - Throws: ``SetupProblem`` where the scripts do not load or derive nothing.
    public init(scripts directory: String, configuration: Configuration, outside: Outside, log: Logger) throws {
        environment = ScriptEnvironment(configuration, seed: 0, log: log)
        limits = configuration.recordLimits
        input = outside.input
        do throws(FileError) {
            script = try ScriptSources.read(directory, files: outside.files)
        } catch {
            throw SetupProblem("\(error)")
        }
        _ = try loaded()
    }

    /// - Parameters:
    ///   - write: takes lines, each with its end; returns false once nobody wants any more.
    ///   - report: takes why a line was left out, as `line 3: …`.
    /// - Throws: when the input cannot be read.
    public func run(write: ([UInt8]) -> Bool, report: @escaping (String) -> Void) throws -> Outcome {
        var derivation = try LineDerivation(try loaded(), limits: limits) { report("line \($0): \($1)") }
        let output = ByteBuffer()
        var isWanted = true
        func drain(_ output: ByteBuffer) {
            if isWanted, output.count > 0 { isWanted = write(output.array) }
            output.truncate(to: 0)
        }
        while isWanted, let piece = try input.read(upTo: Self.pieceBytes) {
            derivation.append(piece, to: output, drain: drain)
            drain(output)
        }
        derivation.finish(to: output)
        drain(output)
        return Outcome(records: derivation.records, refused: derivation.refused)
    }

    private func loaded() throws(SetupProblem) -> DetectScript {
        let detect: DetectScript
        do {
            detect = try ScriptLoader(sources: script, environment: environment).detect()
        } catch {
            throw SetupProblem("\(error)")
        }
        guard detect.derives else {
            throw SetupProblem(
                "\(script.path(.detect)) has no derive. Add one, such as derive = { high = above(\"accuracy\", 50) }."
            )
        }
        return detect
    }
}
