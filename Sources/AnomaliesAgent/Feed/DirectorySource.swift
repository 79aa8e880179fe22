import GRDB
import Transport

/// Takes the files that appear in a directory, in the order of their names: JSON lines or an array, gzipped or not.
///
/// A file is taken once it has not changed between two looks, and moved to `done/` once all of its records are
/// stored. What a package took is part of the transactions that plan it and note it as stored, so that after a crash
/// each record is in one package, whenever it was.
struct DirectorySource: PackageSource {
    private struct OpenFile {
        var name: String
        var reader: PackageReader
        /// Records and bad ones that were given out.
        var taken = 0
    }

    /// What one package takes of one file: the items after `from` up to `to`.
    private struct Share {
        var file: String
        var from: Int
        var to: Int
        /// Nothing is left of the file then.
        var ends = false

        var json: JSONValue {
            ["file": .string(file), "from": .integer(Int64(from)), "to": .integer(Int64(to)), "ends": .boolean(ends)]
        }
    }

    private static let planned = "directory plan"
    private static let atEnd = "end"

    let name: String
    let canRepeat = true
    private let directory: String
    private let files: any FileSystem
    private let limits: RecordLimits
    private let gzipLimits: GzipLimits
    private let state: StateStore
    private var open: OpenFile?
    private var share: Share?
    /// What each waiting file looked like last time.
    private var seen: [String: FileInfo] = [:]
    /// Done with, and moved when that is noted.
    private var finished: [String] = []

    init(
        directory: String,
        files: any FileSystem,
        limits: RecordLimits,
        gzipLimits: GzipLimits,
        state: StateStore
    ) throws {
        name = directory
        self.directory = directory
        self.files = files
        self.limits = limits
        self.gzipLimits = gzipLimits
        self.state = state
        guard try files.info(directory)?.isDirectory == true else {
            throw FileError("read", directory, reason: "it is not a directory. Make it, or set [Feed] directory")
        }
        try files.makeDirectory("\(directory)/done")
        // The position in a file that is gone must not be taken for one in a new file of that name.
        let names = Set(try files.names(in: directory).map(Self.position))
        try state.write { database in
            for known in try Meta.names(prefix: Self.position(of: ""), in: database) where !names.contains(known) {
                try Meta.set(known, to: nil, in: database)
            }
        }
    }

    mutating func fill(_ package: inout PackageDraft, number: Int, limit: Int) throws -> Fill {
        while package.records < limit, !package.isFullOfBadRecords {
            guard try open != nil || openNext(&package) else { break }
            guard let entry = open?.reader.next() else {
                if let name = open?.name { finished.append(name) }
                open = nil
                share?.ends = true
                // A package does not mix files, so that one share says what it takes.
                if !package.isEmpty { return .complete }
                try stored()
                continue
            }
            try take(entry, into: &package)
        }
        return package.isEmpty ? .waiting : .complete
    }

    mutating func refill(_ package: inout PackageDraft, number: Int, limit: Int) throws {
        guard let plan = try state.read({ try Meta.value(Self.planned, in: $0) }).map({ try JSONValue(parsing: $0) }),
            let file = plan["file"]?.string, let from = plan["from"]?.integer, let to = plan["to"]?.integer,
            try files.info("\(directory)/\(file)")?.isRegular == true
        else { return }
        open = try read(file, after: Int(from))
        while let taken = open?.taken, taken < to, let entry = open?.reader.next() { try take(entry, into: &package) }
        share?.ends = plan["ends"]?.boolean == true
        if share?.ends == true {
            finished.append(file)
            open = nil
        }
    }

    func plan(in database: Database) throws {
        try Meta.set(Self.planned, to: share?.json.display, in: database)
    }

    /// From the plan and not from memory: the process that planned may be another.
    func note(in database: Database) throws {
        if let plan = try Meta.value(Self.planned, in: database).map({ try JSONValue(parsing: $0) }),
            let file = plan["file"]?.string, let end = plan["to"]?.integer
        {
            let position = plan["ends"]?.boolean == true ? Self.atEnd : "\(end)"
            try Meta.set(Self.position(of: file), to: position, in: database)
        }
        for name in finished { try Meta.set(Self.position(of: name), to: Self.atEnd, in: database) }
        try Meta.set(Self.planned, to: nil, in: database)
    }

    mutating func stored() throws {
        share = nil
        for name in finished {
            try files.rename("\(directory)/\(name)", to: "\(directory)/done/\(name)")
            try state.write { try Meta.set(Self.position(of: name), to: nil, in: $0) }
        }
        finished = []
    }

    private static func position(of file: String) -> String { "directory position \(file)" }

    private mutating func take(_ entry: PackageEntry, into package: inout PackageDraft) throws {
        guard let file = open else { return }
        switch entry {
        case .record(let range, let line):
            try package.take(.record(Array(file.reader.bytes[range]), line: line), from: file.name)
        case .bad(let line, let reason): try package.take(.bad(line: line, reason: reason), from: file.name)
        }
        open?.taken += 1
        if share == nil { share = Share(file: file.name, from: file.taken, to: file.taken) }
        share?.to = file.taken + 1
    }

    /// - Returns: whether there is a file to read now.
    private mutating func openNext(_ package: inout PackageDraft) throws -> Bool {
        var looks: [String: FileInfo] = [:]
        defer { seen = looks }
        for name in try files.names(in: directory) where !name.hasPrefix(".") && !finished.contains(name) {
            guard let info = try files.info("\(directory)/\(name)"), info.isRegular else { continue }
            looks[name] = info
            guard seen[name] == info else { continue }
            let stored = try state.read { try Meta.value(Self.position(of: name), in: $0) }
            if stored == Self.atEnd {
                // All of it was stored, and a crash kept it from being moved.
                finished.append(name)
                try self.stored()
                continue
            }
            do {
                open = try read(name, after: stored.flatMap { Int($0) } ?? 0)
                return true
            } catch let error as any RejectsPackage {
                package.quarantined.append(QuarantinedRecord(role: .feed, source: name, reason: "\(error)"))
                finished.append(name)
                return false
            }
        }
        return false
    }

    private func read(_ name: String, after taken: Int) throws -> OpenFile {
        let path = "\(directory)/\(name)"
        if let info = try files.info(path), info.size > limits.package {
            throw PackageError.tooLarge(limit: limits.package)
        }
        var bytes = try files.contents(of: path, limit: limits.package)
        if bytes.starts(with: [0x1f, 0x8b]) { bytes = try GzipDecoder.decode(bytes, limits: gzipLimits) }
        var file = OpenFile(name: name, reader: try PackageReader(bytes, limits: limits))
        while file.taken < taken, file.reader.next() != nil { file.taken += 1 }
        return file
    }
}

/// Errors that say that a package as a whole cannot be used: it goes to quarantine, and the work goes on.
protocol RejectsPackage: Error {}
extension GzipError: RejectsPackage {}
extension PackageError: RejectsPackage {}
