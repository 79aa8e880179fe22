import Transport

/// Takes the files that appear in a directory, in the order of their names: JSON lines or an array, gzipped or not.
///
/// A file is taken once it has not changed between two looks, and moved to `done/` once all of its records are
/// stored. After a crash its stored records are skipped, so nothing is stored twice.
struct DirectorySource: PackageSource {
    private struct OpenFile {
        var name: String
        var reader: PackageReader
        /// Records that were given out, and how many of them are stored.
        var taken = 0
    }

    let name: String
    let canRepeat = true
    private let directory: String
    private let files: any FileSystem
    private let limits: RecordLimits
    private let gzipLimits: GzipLimits
    private let state: StateStore
    private var open: OpenFile?
    /// What each waiting file looked like last time.
    private var seen: [String: FileInfo] = [:]
    private var finished: [String] = []

    init(
        directory: String,
        files: any FileSystem,
        limits: RecordLimits,
        gzipLimits: GzipLimits,
        state: StateStore
    ) throws(FileError) {
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
    }

    mutating func fill(_ package: inout PackageDraft, number: Int, limit: Int) throws -> Fill {
        while package.records < limit {
            guard try open != nil || openNext(&package) else { break }
            guard let entry = open?.reader.next() else {
                if let name = open?.name { finished.append(name) }
                open = nil
                // A package does not mix files, so that one position says what is stored.
                if package.records > 0 || !package.quarantined.isEmpty { return .complete }
                try stored()
                continue
            }
            open?.taken += 1
            try take(entry, into: &package)
        }
        return package.records > 0 || !package.quarantined.isEmpty ? .complete : .waiting
    }

    mutating func stored() throws {
        for name in finished {
            try files.rename("\(directory)/\(name)", to: "\(directory)/done/\(name)")
            try state.write { try Meta.set("directory \(name)", to: nil, in: $0) }
        }
        finished = []
        if let open { try state.write { try Meta.set("directory \(open.name)", to: "\(open.taken)", in: $0) } }
    }

    private mutating func take(_ entry: PackageEntry, into package: inout PackageDraft) throws {
        guard let open else { return }
        switch entry {
        case .record(let range, let line):
            try package.take(.record(Array(open.reader.bytes[range]), line: line), from: open.name)
        case .bad(let line, let reason): try package.take(.bad(line: line, reason: reason), from: open.name)
        }
    }

    /// - Returns: whether there is a file to read now.
    private mutating func openNext(_ package: inout PackageDraft) throws -> Bool {
        var looks: [String: FileInfo] = [:]
        defer { seen = looks }
        for name in try files.names(in: directory) where !name.hasPrefix(".") && !finished.contains(name) {
            guard let info = try files.info("\(directory)/\(name)"), info.isRegular else { continue }
            looks[name] = info
            guard seen[name] == info else { continue }
            do {
                var bytes = try files.contents(of: "\(directory)/\(name)", limit: limits.package)
                if bytes.starts(with: [0x1f, 0x8b]) { bytes = try GzipDecoder.decode(bytes, limits: gzipLimits) }
                var file = OpenFile(name: name, reader: try PackageReader(bytes, limits: limits))
                let stored = try state.read { try Meta.value("directory \(name)", in: $0) }.flatMap { Int($0) } ?? 0
                while file.taken < stored, file.reader.next() != nil { file.taken += 1 }
                open = file
                return true
            } catch let error as any RejectsPackage {
                package.quarantined.append(QuarantinedRecord(role: .feed, source: name, reason: "\(error)"))
                finished.append(name)
                return false
            }
        }
        return false
    }
}

/// Errors that say that a package as a whole cannot be used: it goes to quarantine, and the work goes on.
protocol RejectsPackage: Error {}
extension GzipError: RejectsPackage {}
extension PackageError: RejectsPackage {}
