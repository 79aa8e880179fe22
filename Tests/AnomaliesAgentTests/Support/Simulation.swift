@testable import AnomaliesAgent

/// Records that the simulator makes of Lua declarations.
struct Simulation {
    struct Record: Equatable {
        var text: String
        var rule: String?
    }

    /// Held, because the files beside the scripts are read when the scripts load.
    private let bench: Workbench
    private let library: ScriptLibrary
    private let environment: ScriptEnvironment

    /// - Parameters:
    ///   - record: the fields of the shape, as in `record { … }`.
    ///   - rules: the list that inject.lua returns.
    ///   - files: more files beside the scripts.
    init(_ record: String, rules: String? = nil, files: [String: String] = [:], bench: Workbench? = nil) throws {
        let bench = try bench ?? Workbench()
        self.bench = bench
        var texts = files
        texts["record.lua"] = "return record { \(record) }"
        if let rules { texts["inject.lua"] = "return { \(rules) }" }
        library = try bench.library(texts)
        environment = bench.environment()
    }

    /// Packages `first`…, `count` records in all, `size` in each.
    func records(_ count: Int, size: Int? = nil, seed: UInt64 = 1, first: Int = 1) throws -> [Record] {
        let size = size ?? count
        let (workload, functions) = try FeedScripts(library, environment: environment).current()
        var records: [Record] = []
        for package in 0..<(count + size - 1) / size {
            var generator = try RecordGenerator(
                workload,
                seed: seed,
                package: first + package,
                size: size,
                functions: functions
            )
            for _ in 0..<min(size, count - package * size) {
                var bytes: [UInt8] = []
                let rule = try generator.write(to: &bytes)
                records.append(Record(text: String(decoding: bytes, as: UTF8.self), rule: rule))
            }
        }
        return records
    }

    func values(_ count: Int, of field: String = "x", size: Int? = nil, seed: UInt64 = 1) throws -> [JSONValue] {
        try records(count, size: size, seed: seed).map { try $0.json[field] ?? .null }
    }

    func numbers(_ count: Int, of field: String = "x", size: Int? = nil, seed: UInt64 = 1) throws -> [Double] {
        try values(count, of: field, size: size, seed: seed).map { $0.double ?? .nan }
    }
}

extension Simulation.Record {
    var json: JSONValue { get throws { try JSONValue(parsing: Array(text.utf8)) } }
}

extension [Double] {
    var mean: Double { reduce(0, +) / Double(count) }

    var variance: Double {
        let mean = mean
        return reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    }

    /// How values `lag` apart go together, −1…1.
    func correlation(lag: Int) -> Double { Array(dropLast(lag)).correlation(with: Array(dropFirst(lag))) }

    func correlation(with other: [Double]) -> Double {
        let (mean, otherMean) = (mean, other.mean)
        let covariance = zip(self, other).reduce(0.0) { sum, pair in sum + (pair.0 - mean) * (pair.1 - otherMean) }
        return covariance / Double(count) / (variance * other.variance).squareRoot()
    }
}
