public import Logging

/// What `test` does: runs the tests beside the scripts, and takes records for them.
public struct TestCommand: Sendable {
    public struct Report: Sendable {
        public var lines: [String]
        public var hasPassed: Bool
        /// What the files held, so that a change can be told.
        var sources: ScriptSources
    }

    private let configuration: Configuration
    private let outside: Outside
    private let environment: ScriptEnvironment

    public init(configuration: Configuration, outside: Outside, log: Logger) {
        self.configuration = configuration
        self.outside = outside
        environment = ScriptEnvironment(configuration, seed: 0, log: log)
    }

    /// - Returns: a line a test and the difference below those that fail; as JSON one object a test, then the counts.
    /// - Throws: ``SetupProblem`` for a directory that cannot be read or has no tests.
    public func run(_ directory: String, asJSON: Bool) throws -> Report {
        let sources: ScriptSources
        do { sources = try ScriptSources.read(directory, files: outside.files) } catch {
            throw SetupProblem("\(error)")
        }
        guard !sources.tests.tests.isEmpty else {
            throw SetupProblem(
                "\(directory)/\(ScriptTestFiles.folder): there is no test. See scripts/tests/detect_test.lua."
            )
        }
        var report = Report(lines: [], hasPassed: false, sources: sources)
        do throws(ScriptProblems) {
            try ScriptCheck(environment: environment).check(sources)
            let results = try ScriptTests(sources, environment: environment, limits: configuration.recordLimits).run()
            report.hasPassed = results.allSatisfy(\.hasPassed)
            if asJSON {
                let summary: JSONValue = [
                    "event": "summary", "tests": .integer(Int64(results.count)),
                    "failed": .integer(Int64(results.count { !$0.hasPassed })),
                ]
                report.lines = results.map(\.json.display) + [summary.display]
            } else {
                report.lines = results.map { $0.hasPassed ? "ok    \($0.name)" : "FAIL  \($0.failure)" }
                report.lines.append(results.summary)
            }
        } catch {
            report.lines = error.problems.map { problem in
                asJSON ? JSONValue.object(["problem": .string("\(problem)")]).display : "\(problem)"
            }
        }
        return report
    }

    /// Runs again whenever a file has changed, until the task is cancelled.
    public func watch(_ directory: String, asJSON: Bool, print: (String) -> Void) async throws {
        var last: ScriptSources?
        while !Task.isCancelled {
            // While somebody saves, a file may be gone for a moment: it is looked for again.
            if let sources = try? ScriptSources.read(directory, files: outside.files), sources != last {
                let report = try run(directory, asJSON: asJSON)
                last = report.sources
                for line in report.lines { print(line) }
                if !asJSON { print("") }
            } else if last == nil {
                _ = try run(directory, asJSON: asJSON)
            }
            await outside.clock.sleep(.milliseconds(300))
        }
    }

    /// Writes the newest records of the last day to a file of JSON lines, for a test to name.
    ///
    /// - Parameters:
    ///   - count: as many at most.
    ///   - quarantined: what could not be used, instead of the packages' records.
    /// - Returns: a line that says what was done.
    public func capture(to file: String, count: Int, quarantined: Bool) async throws -> String {
        let records = try await quarantined ? self.quarantined(count) : newest(count)
        guard !records.isEmpty else {
            throw SetupProblem(
                quarantined ? "nothing is in quarantine." : "there were no packages in the last 24 hours."
            )
        }
        var bytes: [UInt8] = []
        for record in records {
            bytes += record.filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
            bytes.append(UInt8(ascii: "\n"))
        }
        do {
            guard try outside.files.info(file) == nil else {
                throw SetupProblem("\(file) is there already. Choose another name, or remove it.")
            }
            try outside.files.replace(file, with: bytes)
        } catch let error as FileError {
            throw SetupProblem("\(error)")
        }
        return "\(records.count) records are in \(file); name it as `records` of a test in the same folder"
    }

    private func newest(_ count: Int) async throws -> [[UInt8]] {
        let packages = try await RecordedPackages([], configuration: configuration, outside: outside)
        var newest: [[UInt8]] = []
        for index in (0..<packages.count).reversed() where newest.count < count {
            let package = try await packages.package(index)
            let records = try RecordedPackages.records(of: package, limits: configuration.recordLimits).records
            newest = records.suffix(count - newest.count).map(\.bytes) + newest
        }
        return newest
    }

    private func quarantined(_ count: Int) throws -> [[UInt8]] {
        let directory = configuration.state.directory
        guard try outside.files.info("\(directory)/agent.sqlite") != nil else {
            throw SetupProblem("there is no state in \(directory). Name it with --state.")
        }
        let state = try StateStore(directory: directory, files: outside.files)
        return try state.read { try Quarantine.records(newest: count, in: $0) }
    }
}
