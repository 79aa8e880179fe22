package import Logging

/// A `derive` without a pipeline around it, for benchmarks.
package struct DerivationSample {
    private let script: DetectScript
    private let limits = RecordLimits()
    private let output = ByteBuffer()

    /// - Parameter derive: what stands behind `derive =` in a detect.lua.
    package init(_ derive: String, configuration: Configuration, log: Logger) throws {
        let environment = ScriptEnvironment(configuration, seed: 1, log: log)
        let text = "return { features = { \"accuracy\" }, derive = \(derive) }"
        let sources = ScriptSources(directory: "benchmark", texts: [.detect: Array(text.utf8)])
        script = try ScriptLoader(sources: sources, environment: environment).detect()
    }

    /// - Returns: how many records `lines` had. What comes out is written to memory and forgotten.
    package func derive(_ lines: [UInt8]) throws -> Int {
        var refusal: String?
        var derivation = try LineDerivation(script, limits: limits) { refusal = "line \($0): \($1)" }
        derivation.append(lines, to: output) { $0.truncate(to: 0) }
        derivation.finish(to: output)
        output.truncate(to: 0)
        if let refusal { throw SetupProblem(refusal) }
        return derivation.records
    }
}
