import Transport

/// Teaches a detector from recorded packages, so that it is not blind when it is new.
///
/// What is learned here is in no ledger, is never alerted, and is not remembered as seen: the same record coming
/// through the stream later is judged as any other. One package is in memory at a time.
struct WarmStart: Sendable {
    /// What came of it.
    struct Lesson: Sendable {
        var source: String
        var records = 0
        var packages = 0
        var refused = 0
        var firstRefusal: String?
        /// Packages of the bucket that could not be read.
        var unread = 0
        var firstFailure: String?
        /// Packages whose records are still to come through the stream: learning them now would be once too often.
        var pending = 0
        /// Packages before the most recent ones that are learned at once.
        var beyond = 0
    }

    /// Objects of the bucket that are learned at once, the newest.
    private static let objectLimit = 100_000
    /// What a detector takes by itself when its features changed.
    private static let usual = WarmSource.last(.seconds(86_400), named: "last 24h")

    /// What was asked for with `--warm-from`.
    private let asked: WarmSource?
    private let limits: PackageLimits
    private let objects: any ObjectStore
    private let window: RelayWindow
    private let shards: [String]
    /// Whether `shards` divide the space of hash keys equally.
    private let dividesEqually: Bool
    private let state: StateStore
    private let files: any FileSystem
    private let clock: any PipelineClock

    struct PackageLimits: Sendable {
        var object: Int
        var record: RecordLimits
        var gzip: GzipLimits

        init(_ configuration: Configuration) {
            object = configuration.relay.maxObjectBytes
            record = configuration.recordLimits
            gzip = configuration.gzipLimits
        }
    }

    init(
        _ asked: WarmSource?,
        configuration: Configuration,
        ports: Ports,
        shards: [String],
        state: StateStore,
        outside: Outside
    ) {
        self.asked = asked
        self.shards = shards
        self.state = state
        limits = PackageLimits(configuration)
        objects = ports.objects
        window = RelayWindow(configuration)
        dividesEqually = ports.stream is LocalStream
        files = outside.files
        clock = outside.clock
    }

    var isAskedFor: Bool { asked != nil }

    /// Reading it costs no money and no network.
    var isAtHand: Bool { objects.isEmbedded }

    var source: String { (asked ?? Self.usual).description }

    /// Opens every file that is to be learned, before anything starts.
    ///
    /// - Throws: ``SetupProblem`` for one that is no package.
    static func check(_ source: WarmSource, limits: PackageLimits, files: any FileSystem) throws(SetupProblem) {
        guard case .files(let paths, _) = source else { return }
        for path in paths {
            do {
                var reader = try open(try files.contents(of: path, limit: limits.object), limits)
                var hasRecord = false
                while !hasRecord, let entry = reader.next() { if case .record = entry { hasRecord = true } }
                guard hasRecord else { throw SetupProblem("--warm-from \(path): it holds no record.") }
            } catch let problem as SetupProblem {
                throw problem
            } catch let error as FileError {
                throw SetupProblem("--warm-from: \("\(error)".asSentence)")
            } catch {
                throw SetupProblem("--warm-from \(path): \("\(error)".asSentence)")
            }
        }
    }

    func teach(
        _ memory: ShardMemory,
        _ rules: DetectRules,
        _ functions: any DetectFunctions,
        shard: String
    ) async throws -> Lesson {
        var lesson = Lesson(source: source)
        let parser = try RecordParser(limits: limits.record)
        switch asked ?? Self.usual {
        case .files(let paths, _):
            for path in paths {
                let reader = try Self.open(try files.contents(of: path, limit: limits.object), limits)
                let arrival = (try files.info(path)?.modified).map { Int64($0 / 1_000_000) } ?? clock.now
                try learn(reader, named: path, at: arrival, parser, memory, rules, functions, shard, &lesson)
                try Task.checkCancellation()
            }
        case .last(let period, _):
            for object in try await recent(period, &lesson) {
                try Task.checkCancellation()
                do {
                    let reader = try Self.open(try await objects.get(object.key, limit: limits.object).body, limits)
                    let arrival = object.modified
                    try learn(reader, named: object.key, at: arrival, parser, memory, rules, functions, shard, &lesson)
                } catch let error as any RejectsPackage {
                    lesson.unread += 1
                    lesson.firstFailure = lesson.firstFailure ?? "\(object.key): \(error)"
                } catch let error as any SaysObjectIsGone where error.objectIsGone {
                    lesson.unread += 1
                    lesson.firstFailure = lesson.firstFailure ?? "\(object.key): \(error)"
                }
            }
        }
        return lesson
    }

    private static func open(_ body: [UInt8], _ limits: PackageLimits) throws -> PackageReader {
        try PackageReader(try PackageText.unpack(body, limits: limits.gzip), limits: limits.record)
    }

    /// Every record of a package, as far as it is this shard's.
    private func learn(
        _ package: consuming PackageReader,
        named name: String,
        at arrival: Milliseconds,
        _ parser: RecordParser,
        _ memory: ShardMemory,
        _ rules: DetectRules,
        _ functions: any DetectFunctions,
        _ shard: String,
        _ lesson: inout Lesson
    ) throws {
        var package = package
        var point: [Double] = []
        lesson.packages += 1
        while let entry = package.next() {
            do {
                let (range, line) = try entry.place
                do {
                    try functions.parse(package.bytes.span.extracting(range), with: parser)
                    let key = try rules.forestKey.map { RecordKey(of: try parser.value(), at: $0) }
                    guard belongs(key, to: shard) else { continue }
                    switch rules.features {
                    case .declared(let paths): try parser.features(paths, into: &point, absent: rules.absent)
                    case .function: point = try functions.features(of: parser)
                    }
                    if rules.skipsMissing, point.contains(where: \.isNaN) { continue }
                    let time = try rules.time.map { try EventTime.milliseconds(at: $0, of: parser) } ?? arrival
                    _ = try memory.judge(point.span, of: key, at: time, by: rules.border)
                    lesson.records += 1
                } catch let error as any RefusesRecord {
                    throw RefusedLine(line: line, reason: error.refusal)
                }
            } catch let refused as RefusedLine {
                lesson.refused += 1
                lesson.firstRefusal = lesson.firstRefusal ?? "\(name):\(refused.line): \(refused.reason)"
            }
        }
    }

    /// Without keys, what all shards saw tells each of them most.
    private func belongs(_ key: RecordKey?, to shard: String) -> Bool {
        guard let key, key != .missing, dividesEqually, shards.count > 1 else { return true }
        return shards[LocalStream.shard(of: key.value, among: shards.count)] == shard
    }

    /// The bucket's packages of the last `period` whose records have all been judged, or will never come.
    private func recent(_ period: Duration, _ lesson: inout Lesson) async throws -> [ObjectListing] {
        let oldest = clock.now - period.milliseconds
        let naming = window.naming
        let coming = try coming()
        var found: [ObjectListing] = []
        var last =
            naming.keysSortByCreation ? naming.name(epochMicroseconds: max(0, oldest * 1000 - 86_400_000_000)).key : nil
        while true {
            let page = try await objects.list(prefix: naming.listingPrefix, after: last)
            guard let end = page.last else { break }
            last = end.key
            for object in page where object.modified >= oldest && naming.match(object.key) != nil {
                if try isStillToCome(object, coming) { lesson.pending += 1 } else { found.append(object) }
            }
            if found.count > 2 * Self.objectLimit { Self.trim(&found, &lesson) }
        }
        Self.trim(&found, &lesson)
        return found
    }

    private static func trim(_ found: inout [ObjectListing], _ lesson: inout Lesson) {
        found.sort { ($0.modified, $0.key) < ($1.modified, $1.key) }
        let surplus = max(0, found.count - objectLimit)
        found.removeFirst(surplus)
        lesson.beyond += surplus
    }

    /// Which objects the relay takes, of those that it has not taken.
    private struct Coming {
        /// Changed at this instant or later; `nil` where no relay of this state has ever started.
        var start: Milliseconds?
        /// From this key on; `nil` for any.
        var key: String?
    }

    private func coming() throws -> Coming {
        let now = clock.now
        return try state.read { database in
            let greatest = try RelayMemory.greatestKey(prefix: window.naming.listingPrefix, in: database)
            return Coming(
                start: try Meta.value("relay start", in: database).flatMap { Int64($0) },
                key: window.start(newest: window.newest(greatest, now: now, margin: Relay.sweepInterval))
            )
        }
    }

    private func isStillToCome(_ object: ObjectListing, _ coming: Coming) throws -> Bool {
        let package = PackageID(key: object.key, etag: object.etag).description
        return try state.read { database in
            guard try RelayMemory.contains(key: object.key, etag: object.etag, in: database) else {
                guard let start = coming.start, object.modified >= start else { return false }
                return coming.key.map { !object.key.utf8.lexicographicallyPrecedes($0.utf8) } ?? true
            }
            return try !Ledger.isJudged(package, in: database)
        }
    }
}

/// A line that teaches nothing.
private struct RefusedLine: Error {
    let line: Int
    let reason: String
}

extension PackageEntry {
    fileprivate var place: (range: Range<Int>, line: Int) {
        get throws {
            switch self {
            case .record(let range, let line): (range, line)
            case .bad(let line, let reason): throw RefusedLine(line: line, reason: reason.refusal)
            }
        }
    }
}
