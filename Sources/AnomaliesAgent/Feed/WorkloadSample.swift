package import Detection
package import Logging

/// The workload of a script directory without a pipeline around it, for benchmarks.
///
/// Packages are made exactly as the feed makes them.
package struct WorkloadSample {
    /// What detect.lua makes of the forest and the threshold.
    package let detector: DetectorOptions
    private let features: [FeaturePath]
    private let scripts: FeedScripts
    private var source: SimulatedSource
    private let seed: UInt64

    /// - Throws: when the scripts do not load, or detect.lua computes its features.
    package init(scripts directory: String, configuration: Configuration, seed: UInt64, log: Logger) throws {
        let environment = ScriptEnvironment(configuration, seed: seed, log: log)
        let library = try ScriptLibrary(directory, files: DiskFileSystem(), environment: environment, log: log)
        scripts = try FeedScripts(library, environment: environment)
        source = SimulatedSource(scripts: scripts, seed: seed)
        self.seed = seed
        let rules = try DetectScripts(library, environment: environment).current().0
        guard case .declared(let paths) = rules.features else {
            throw SetupProblem(
                "\(directory)/detect.lua: its features are a function. The benchmark needs declared ones."
            )
        }
        features = paths
        detector = rules.detector
    }

    /// A package as it is stored.
    package mutating func package(number: Int, records: Int, level: Int) throws -> [UInt8] {
        var draft = try PackageDraft(format: .lines, level: level)
        _ = try source.fill(&draft, number: number, limit: records)
        return try draft.writer.close()
    }

    /// The same package as text, which is never compressed.
    package func lines(number: Int, records: Int) throws -> [UInt8] {
        let (workload, functions) = try scripts.current()
        var generator = try RecordGenerator(
            workload,
            seed: seed,
            package: number,
            size: records,
            functions: functions
        )
        var lines: [UInt8] = []
        for _ in 0..<records {
            _ = try generator.write(to: &lines)
            lines.append(UInt8(ascii: "\n"))
        }
        return lines
    }

    /// The features of all records of a package, one record after another.
    package func features(of lines: [UInt8]) throws -> [Double] {
        let parser = try RecordParser()
        var reader = try PackageReader(lines)
        var (points, point): ([Double], [Double]) = ([], [])
        while let entry = reader.next() {
            guard case .record(let range, _) = entry else { continue }
            try parser.parse(lines.span.extracting(range))
            try parser.features(features, into: &point)
            points += point
        }
        return points
    }

    /// Takes a package apart as the relay does.
    ///
    /// - Returns: how many records it has.
    package static func split(_ lines: [UInt8]) throws -> Int {
        var reader = try PackageReader(lines)
        var records = 0
        while let entry = reader.next() { if case .record = entry { records += 1 } }
        return records
    }
}
