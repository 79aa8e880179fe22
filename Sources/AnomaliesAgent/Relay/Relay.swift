import Logging
import Transport

/// Takes each new object apart and puts its records into the stream: list → get → gunzip → split → put → note.
///
/// An object is noted as relayed only after the stream has acknowledged all of its records. A crash
/// before that relays it again, under the same identities, which detection recognises.
actor Relay: PipelineStep {
    struct Options: Sendable {
        var window: RelayWindow
        var pollInterval: Duration
        var recordLimits: RecordLimits
        var gzipLimits: GzipLimits
        var objectBytes: Int
        /// Stop after so many objects; `nil` goes on for ever.
        var objects: Int?
        /// Objects last changed before this instant are not ours to relay.
        var start: Milliseconds
    }

    /// How often the whole look-back window is listed; in between only what sorts after everything seen.
    static let sweepInterval: Milliseconds = 60_000
    /// Keys and ETags of the window that are remembered in memory; the state has all of them.
    private static let memoryLimit = 200_000
    /// Bad records of one package that are kept one by one; the rest is counted.
    private static let quarantineLimit = 1_000
    private static let backlogPause = Duration.milliseconds(100)
    /// Records put into the stream at once.
    private static let putLimit = 5_000

    nonisolated let name = "relay"
    nonisolated let thread = RoleThread("relay")
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let options: Options
    private let objects: any ObjectStore
    private let stream: any RecordStream
    private let keys: any ShardKeyProvider
    private let decoders: PluginDecoders?
    private let state: StateStore
    private let backlog: Backlog
    private let clock: any PipelineClock
    private let report: RoleReport
    private let log: Logger

    private var pending: ArraySlice<ObjectListing> = []
    private var seen: [String: String] = [:]
    private var greatestKey: String?
    private var cursor: String?
    private var swept: Milliseconds?
    private var isListing = false
    /// Prefixes that are still to be listed in this look: those of decoders, at a sweep.
    private var places: [String] = []
    private var place = ""
    private var done = 0

    init(
        options: Options,
        objects: any ObjectStore,
        stream: any RecordStream,
        keys: any ShardKeyProvider,
        decoders: sending PluginDecoders? = nil,
        state: StateStore,
        backlog: Backlog,
        clock: any PipelineClock,
        report: RoleReport,
        log: Logger
    ) throws {
        self.options = options
        self.objects = objects
        self.stream = stream
        self.keys = keys
        self.decoders = decoders
        self.state = state
        self.backlog = backlog
        self.clock = clock
        self.report = report
        self.log = log
        greatestKey = try state.read {
            try RelayMemory.greatestKey(prefix: options.window.naming.listingPrefix, in: $0)
        }
    }

    func step() async throws -> StepOutcome {
        if options.objects.map({ done >= $0 }) == true { return .finished }
        if pending.isEmpty { return try await look() }
        if try await backlog.relayIsAhead() { return .waiting(Self.backlogPause) }
        guard let object = pending.popFirst() else { return .worked }
        do {
            try await relay(object)
        } catch {
            // Put back: whatever was wrong, this object is still to be relayed.
            pending.insert(object, at: pending.startIndex)
            throw error
        }
        return .worked
    }

    func finish() async throws {
        try decoders?.finish()
        try report.write(isLast: true)
    }

    // MARK: - Finding new objects

    private func look() async throws -> StepOutcome {
        if !isListing {
            let now = clock.now
            let sweeps =
                swept.map { now - $0 >= Self.sweepInterval } ?? true || !options.window.naming.keysSortByCreation
            if sweeps { swept = now }
            cursor = sweeps ? options.window.start(newest: newest()) : newest()?.key
            place = options.window.naming.listingPrefix
            places = sweeps ? decoders?.prefixes() ?? [] : []
            isListing = true
        }
        let page = try await objects.list(prefix: place, after: cursor)
        guard let last = page.last else {
            if !places.isEmpty {
                (place, cursor) = (places.removeFirst(), nil)
                return .worked
            }
            isListing = false
            return .idle(options.pollInterval)
        }
        // Page by page to the end, so that a key that is never relayed is passed over once a look and not for ever.
        cursor = last.key
        pending = try newObjects(in: page)[...]
        return .worked
    }

    private func newest() -> PackageName? {
        options.window.newest(greatestKey, now: clock.now, margin: Self.sweepInterval)
    }

    private func newObjects(in page: [ObjectListing]) throws -> [ObjectListing] {
        try page.filter { object in
            guard seen[object.key] != object.etag, object.modified >= options.start, takes(object) else { return false }
            guard try state.read({ try RelayMemory.contains(key: object.key, etag: object.etag, in: $0) }) else {
                return true
            }
            remember(object)
            return false
        }
    }

    private func takes(_ object: ObjectListing) -> Bool {
        decoders?.takes(object, now: clock.now) ?? (options.window.naming.match(object.key) != nil)
    }

    private func remember(_ object: ObjectListing) {
        if seen.count >= Self.memoryLimit { seen.removeAll(keepingCapacity: true) }
        seen[object.key] = object.etag
        // What a decoder takes says nothing of where packages go on.
        guard options.window.naming.match(object.key) != nil else { return }
        if greatestKey.map({ $0.utf8.lexicographicallyPrecedes(object.key.utf8) }) ?? true { greatestKey = object.key }
    }

    // MARK: - One object

    private func relay(_ listed: ObjectListing) async throws {
        var object = listed
        var outcome = Outcome()
        do {
            let stored = try await objects.get(object.key, limit: options.objectBytes)
            // It may have been overwritten since it was listed; the identity is that of what was read.
            object.etag = stored.etag
            let package = PackageID(key: object.key, etag: object.etag)
            let isHistory = try state.read { try FeedJournal.isHistory(key: object.key, package: "\(package)", in: $0) }
            var text = try PackageText.unpack(stored.body, limits: options.gzipLimits)
            var undecoded: [(line: Int, reason: String)] = []
            if let decoded = try decoders?.decode(text, key: object.key, limits: options.recordLimits) {
                (text, undecoded) = (decoded.text, decoded.refused)
            }
            let reader = try PackageReader(text, limits: options.recordLimits)
            outcome = try await put(reader, package: package, isHistory: isHistory)
            for (line, reason) in undecoded { outcome.refuse(line, reason) }
        } catch let failure as PluginFailure {
            // Told already; the object stays where it is until the decoder is well again.
            log.warning("relay \(object.key): \(failure) It waits for its decoder.")
            return
        } catch let error as any RejectsPackage {
            log.error("relay \(object.key): \(error) The package is in quarantine, the work goes on.")
            outcome.quarantined = [QuarantinedRecord(role: .relay, source: object.key, reason: "\(error)")]
        } catch let error as any SaysObjectIsGone where error.objectIsGone {
            log.warning("relay \(object.key): it was listed and is gone. If it comes back it will be relayed.")
            return
        }
        try note(object, outcome)
    }

    private struct Outcome {
        var relayed = 0
        var refused = 0
        var quarantined: [QuarantinedRecord] = []

        mutating func refuse(_ line: Int, _ reason: String) {
            refused += 1
            guard quarantined.count < Relay.quarantineLimit else { return }
            // The source is filled in when the object is noted.
            quarantined.append(QuarantinedRecord(role: .relay, source: "", line: line, reason: reason))
        }
    }

    private func put(_ package: consuming PackageReader, package id: PackageID, isHistory: Bool) async throws -> Outcome
    {
        var reader = package
        var outcome = Outcome()
        let keys = try keys.current()
        let recordLimit = stream.recordLimit - 256
        var entries: [StreamEntry] = []
        while let entry = reader.next() {
            switch entry {
            case .record(let range, let line):
                let identity = RecordIdentity(package: id, line: line)
                let data = Array(reader.bytes[range])
                guard data.count <= recordLimit else {
                    outcome.refuse(line, "the record is longer than the \(recordLimit) bytes that \(stream.name) takes")
                    continue
                }
                entries.append(
                    StreamEntry(
                        data: data,
                        partitionKey: identity.partitionKey(isHistory: isHistory),
                        hashKey: try keys.hashKey(of: data) ?? identity.hashKey
                    )
                )
                outcome.relayed += 1
            case .bad(let line, let reason):
                outcome.refuse(line, "the record \(reason)")
            }
            if entries.count >= Self.putLimit {
                try await stream.put(entries)
                entries.removeAll(keepingCapacity: true)
            }
        }
        if !entries.isEmpty { try await stream.put(entries) }
        return outcome
    }

    private func note(_ object: ObjectListing, _ outcome: Outcome) throws {
        let now = clock.now
        let package = PackageID(key: object.key, etag: object.etag).description
        let quarantined = outcome.quarantined.map { record in
            var record = record
            record.source = object.key
            return record
        }
        try state.write { database in
            try RelayMemory.add(object, package: package, time: now, in: database)
            try Ledger.add(outcome.relayed + outcome.refused, .read, package: package, in: database)
            try Ledger.add(outcome.relayed, .relayed, package: package, in: database)
            try Ledger.add(outcome.refused, .refused, package: package, in: database)
            try Quarantine.add(quarantined, time: now, in: database)
        }
        remember(object)
        done += 1
        if outcome.refused > 0 {
            log.warning("relay \(object.key): \(outcome.refused) bad records are in quarantine, the others went on.")
        }
        report.progress(outcome.relayed, position: object.key, lag: max(0, now - object.modified))
        try report.write()
    }
}

/// A failure that may say that an object no longer exists.
protocol SaysObjectIsGone: Error {
    var objectIsGone: Bool { get }
}

extension FileError: SaysObjectIsGone {
    // ENOENT
    var objectIsGone: Bool { code == 2 }
}

/// How records are spread over shards, as the newest valid scripts have it.
protocol ShardKeyProvider {
    func current() throws -> any ShardKeys
}

protocol ShardKeys {
    /// `nil` where no key is declared or the record has none: its identity decides then.
    func hashKey(of record: [UInt8]) throws -> UInt128?
}
