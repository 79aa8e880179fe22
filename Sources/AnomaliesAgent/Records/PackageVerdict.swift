/// What `inspect` tells of a package: how many records it has and what is wrong with the rest.
public struct PackageVerdict: Sendable, Equatable {
    public enum Outcome: String, Sendable {
        case ok
        /// Nothing of the package can be read.
        case reject
        /// The package is larger than it may be.
        case limit
    }

    public struct BadRecord: Sendable, Equatable {
        /// Counted from 1: the line, or in a package that is an array the item.
        public let line: Int
        /// In words, without anything of the record.
        public let reason: String
    }

    public private(set) var records = 0
    public private(set) var bad = 0
    public private(set) var outcome = Outcome.ok
    /// Why the outcome is not `ok`, or that not all bad records are listed.
    public private(set) var reason: String?
    /// The first bad records.
    public private(set) var badRecords: [BadRecord] = []

    /// Reads a whole package.
    ///
    /// - Parameters:
    ///   - bytes: The package without compression.
    ///   - listing: How many bad records are listed; all are counted.
    public init(of bytes: [UInt8], limits: RecordLimits = RecordLimits(), listing: Int = 1_000) {
        var reader: PackageReader
        do {
            reader = try PackageReader(bytes, limits: limits)
        } catch {
            self.init(error)
            return
        }
        self.init()
        while let entry = reader.next() {
            switch entry {
            case .record: records += 1
            case .bad(let line, let why):
                bad += 1
                if bad <= listing { badRecords.append(BadRecord(line: line, reason: "the record \(why)")) }
            }
        }
        if bad > listing { reason = "only the first \(listing) of \(bad) bad records are listed" }
    }

    /// The verdict on a package of which nothing can be read.
    public init(_ error: PackageError) {
        switch error {
        case .tooLarge: self.init(.limit, reason: error.description)
        case .encoding, .outOfMemory: self.init(.reject, reason: error.description)
        }
    }

    /// The verdict on a package that could not be opened, as when it is not gzip.
    ///
    /// - Parameter outcome: `.reject`, or `.limit` when it grew too large in decompression.
    public init(_ outcome: Outcome, reason: String) {
        self.outcome = outcome
        self.reason = reason
    }

    private init() {}

    /// One row `{"file", "records", "bad", "verdict", "reason"}`, where `reason` may be null, and one row
    /// `{"file", "line", "reason"}` for each bad record that is listed.
    public func rows(file: String) -> [JSONValue] {
        let summary: JSONValue = [
            "file": .string(file),
            "records": .integer(Int64(records)),
            "bad": .integer(Int64(bad)),
            "verdict": .string(outcome.rawValue),
            "reason": reason.map(JSONValue.string) ?? .null,
        ]
        return [summary]
            + badRecords.map { bad in
                ["file": .string(file), "line": .integer(Int64(bad.line)), "reason": .string(bad.reason)]
            }
    }
}
