import Foundation
import GRDB

/// Packages that are to be looked at again: files, or those of the bucket of so long before now. One is in memory at a
/// time.
struct RecordedPackages {
    struct Package {
        /// As people know it: a path, or a key.
        var name: String
        /// The keys under which its labels may stand.
        var keys: [String]
        var id: PackageID
        /// When it was stored.
        var time: Milliseconds
        var body: [UInt8]
    }

    private struct Listed {
        var path: String?
        var name: String
        var keys: [String]
        var id: PackageID
        var time: Milliseconds
    }

    private static let packageLimit = 100_000

    /// The oldest first.
    private var listed: [Listed] = []
    private let objects: (any ObjectStore)?
    private let configuration: Configuration
    private let files: any FileSystem

    /// - Parameter words: files, directories and patterns, or `last 24h`.
    /// - Throws: ``SetupProblem`` for words that stand for nothing.
    init(_ words: [String], configuration: Configuration, outside: Outside) async throws {
        self.configuration = configuration
        files = outside.files
        let source: WarmSource
        do { source = try WarmSource(words.isEmpty ? ["last", "24h"] : words, files: outside.files) } catch {
            throw SetupProblem(
                error.description.replacing("--warm-from ", with: "").replacing("--warm-from: ", with: "")
            )
        }
        switch source {
        case .files(let paths, _):
            objects = nil
            for path in paths {
                let file = path.split(separator: "/").last.map(String.init) ?? path
                let key = file.removingPercentEncoding ?? file
                let time = (try outside.files.info(path)?.modified).map { Int64($0 / 1_000_000) } ?? outside.clock.now
                listed.append(
                    Listed(
                        path: path,
                        name: path,
                        keys: [key, configuration.aws.prefix + key],
                        id: PackageID(key: path, etag: ""),
                        time: time
                    )
                )
            }
        case .last(let period, _):
            let directory = configuration.state.directory
            guard try !configuration.aws.bucketName.isEmpty || outside.files.info("\(directory)/bucket") != nil else {
                throw SetupProblem("there are no packages in \(directory). Name files, or the state with --state.")
            }
            let store = try await Ports(
                configuration,
                plan: Agent.Plan(roles: []),
                outside: outside
            ).objects
            objects = store
            try await list(store, since: outside.clock.now - period.milliseconds)
        }
        guard listed.count <= Self.packageLimit else {
            throw SetupProblem("\(listed.count) packages are more than the \(Self.packageLimit) that are read at once.")
        }
    }

    private mutating func list(_ store: any ObjectStore, since oldest: Milliseconds) async throws {
        let naming = PackageNaming(configuration)
        var last: String?
        while true {
            let page = try await store.list(prefix: naming.listingPrefix, after: last)
            guard let end = page.last else { break }
            last = end.key
            for object in page where object.modified >= oldest && naming.match(object.key) != nil {
                listed.append(
                    Listed(
                        path: nil,
                        name: object.key,
                        keys: [object.key],
                        id: PackageID(key: object.key, etag: object.etag),
                        time: object.modified
                    )
                )
            }
            if listed.count > Self.packageLimit { break }
        }
        // In the order of the names' times, as they were relayed.
        listed.sort { one, other in
            let (left, right) = (naming.match(one.name)?.epochMicroseconds, naming.match(other.name)?.epochMicroseconds)
            return (left ?? 0, one.name) < (right ?? 0, other.name)
        }
    }

    var count: Int { listed.count }

    /// The labelled lines, by the name of the package.
    func labels() throws -> [String: Set<Int>] {
        let all = try LabelFile.all(
            in: configuration.state.directory,
            of: Set(listed.flatMap(\.keys)),
            files: files
        )
        var labels: [String: Set<Int>] = [:]
        for package in listed {
            labels[package.name] = package.keys.lazy.compactMap { all[$0] }.first
        }
        return labels
    }

    /// The names of those that the simulator made for a forest to learn, and not to alert.
    func history() throws -> Set<String> {
        let directory = configuration.state.directory
        guard try files.info("\(directory)/agent.sqlite") != nil else { return [] }
        let state = try StateStore(directory: directory, files: files)
        let keys = try state.read { try String.fetchSet($0, sql: "SELECT key FROM feed WHERE history = 1") }
        return Set(listed.filter { !keys.isDisjoint(with: $0.keys) }.map(\.name))
    }

    /// - Returns: package number `index`, with its text unpacked.
    /// - Throws: ``SetupProblem`` where it cannot be read.
    func package(_ index: Int) async throws -> Package {
        let listed = listed[index]
        do {
            let limit = configuration.relay.maxObjectBytes
            let body: [UInt8]
            if let path = listed.path {
                body = try files.contents(of: path, limit: limit)
            } else if let objects {
                body = try await objects.get(listed.name, limit: limit).body
            } else {
                body = []
            }
            return Package(
                name: listed.name,
                keys: listed.keys,
                id: listed.id,
                time: listed.time,
                body: try PackageText.unpack(body, limits: configuration.gzipLimits)
            )
        } catch {
            throw SetupProblem("\(listed.name): \(error).")
        }
    }

    /// The records of a package, in their order; what is none is left out.
    ///
    /// - Parameter isHistory: whether they are only to be learned.
    static func records(
        of package: Package,
        limits: RecordLimits,
        isHistory: Bool = false
    ) throws -> (records: [Rehearsal.Record], bad: Int) {
        var reader = try PackageReader(package.body, limits: limits)
        var records: [Rehearsal.Record] = []
        var bad = 0
        while let entry = reader.next() {
            switch entry {
            case .record(let range, let line):
                records.append(
                    Rehearsal.Record(
                        bytes: Array(reader.bytes[range]),
                        identity: RecordIdentity(package: package.id, line: line),
                        arrival: package.time,
                        isHistory: isHistory
                    )
                )
            case .bad: bad += 1
            }
        }
        return (records, bad)
    }
}
