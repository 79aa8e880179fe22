/// What `score` is asked to do.
public struct ScoreOptions: Sendable {
    /// Files and directories.
    public var inputs: [String]
    /// The directory that the scores go to.
    public var output: String
    /// Columns of CSV, or the ways to fields of JSON (`sensor.temperature`); `nil` takes those of the script.
    public var features: [String]?
    /// The directory with the detect.lua to score with; `nil` takes the built-in detector.
    public var scripts: String?

    public init(inputs: [String], output: String, features: [String]?, scripts: String?) {
        self.inputs = inputs
        self.output = output
        self.features = features
        self.scripts = scripts
    }
}

/// How far a file has been scored.
public struct ScoreProgress: Sendable, Equatable {
    public let rows: Int
    /// Of the file as it is stored, so that `size` is reached whether it is gzipped or not.
    public let bytes: Int
    public let size: Int
}

/// What came of one file.
public struct ScoreResult: Sendable, Equatable {
    public let file: String
    public let output: String
    /// All of them, skipped ones included.
    public internal(set) var rows = 0
    public internal(set) var alerts = 0
    public internal(set) var skipped = 0
    /// Findings that are no alerts, by reason.
    public internal(set) var suppressed: [String: Int] = [:]
    /// The first skipped rows as `file:line: reason`, without anything of the row.
    public internal(set) var problems: [String] = []
    /// Findings that `decide` failed on.
    public internal(set) var failed = 0
    /// The first of them as `file:line: reason`.
    public internal(set) var failures: [String] = []

    init(_ file: ScoreFile) {
        self.file = file.input
        output = file.output
    }

    /// One line, for people or as JSON.
    public func text(asJSON: Bool) -> String {
        guard asJSON else { return "\(file): \(rows) rows, \(alerts) alerts, \(skipped) skipped; scores in \(output)" }
        let reasons = suppressed.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.integer(Int64($0.value))) }
        let row: JSONValue = [
            "file": .string(file), "output": .string(output), "rows": .integer(Int64(rows)),
            "alerts": .integer(Int64(alerts)), "skipped": .integer(Int64(skipped)),
            "suppressed": .object(JSONObject(reasons)),
        ]
        return row.display
    }
}
