import GRDB

/// Where the feed's records come from. Used on the feed's own thread only.
protocol PackageSource {
    /// For errors and the log: `simulate`, `stdin`.
    var name: String { get }
    /// Whether a package that was planned and not stored can be filled again with the same records.
    var canRepeat: Bool { get }

    /// What functions of scripts it called, and what they cost.
    var figures: [FunctionFigures] { get }

    /// Writes records of package `number` until it has `limit` of them or there are none now.
    mutating func fill(_ package: inout PackageDraft, number: Int, limit: Int) throws -> Fill

    /// The same records again, for a package that was planned and not stored before a crash. Leaves the draft empty
    /// where they are no longer there.
    mutating func refill(_ package: inout PackageDraft, number: Int, limit: Int) throws

    /// In the transaction that plans the package: what it took, as far as that does not follow from its number.
    func plan(in database: Database) throws

    /// In the transaction that notes the planned package as stored, which may be after a restart: what it took will
    /// not be asked for again.
    func note(in database: Database) throws

    /// After that transaction: tidies up.
    mutating func stored() throws
}

extension PackageSource {
    var figures: [FunctionFigures] { [] }

    mutating func refill(_ package: inout PackageDraft, number: Int, limit: Int) throws {
        _ = try fill(&package, number: number, limit: limit)
    }

    func plan(in database: Database) throws {}
    func note(in database: Database) throws {}
    mutating func stored() throws {}
}

enum Fill: Sendable, Equatable {
    /// The package may be closed, whatever is in it.
    case complete
    /// Nothing more just now; ask again soon.
    case waiting
    /// Nothing more ever.
    case ended
}

/// A package being filled, with what the feed must know of it besides its bytes.
struct PackageDraft: ~Copyable {
    var writer: PackageWriter
    /// Rules by line, for the side file of labels.
    var labels: [(line: Int, rule: String)] = []
    var quarantined: [QuarantinedRecord] = []
    var records: Int { writer.records }
    var isEmpty: Bool { records == 0 && quarantined.isEmpty }
    /// Whether there is no more room for what could not be used; garbage without end must not fill the memory.
    var isFullOfBadRecords: Bool { quarantined.count >= 1_000 }

    init(format: Configuration.PackageFormat, level: Int) throws {
        writer = try PackageWriter(format: format, level: level)
    }

    /// Takes what a reader found: a record into the package, anything else into quarantine.
    mutating func take(_ entry: RecordSplitter.Entry, from source: String) throws {
        switch entry {
        case .record(let bytes, _):
            // Pretty-printed items of an array become one line each.
            try writer.append { output in
                for byte in bytes where byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r") { output.append(byte) }
            }
        case .bad(let line, let reason):
            quarantined.append(
                QuarantinedRecord(role: .feed, source: source, line: line, reason: "the record \(reason)")
            )
        }
    }
}
