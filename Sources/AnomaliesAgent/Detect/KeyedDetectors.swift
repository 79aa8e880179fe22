import Detection
import Logging
import RandomCutForest

/// A detector for each key: those used last in memory, within a stated limit, the others in the key store.
///
/// Which of them are in memory changes no score: what is read back continues bit by bit. A key that was never seen
/// before starts cold. Where more keys are known than may be, the one used longest ago is forgotten, which the redo
/// log says, so that a replay forgets it at the same record.
///
/// A batch's keys stay in memory until its end, because a half-learned batch must not reach the store;
/// ``batchLimit`` says how many records surely fit.
final class KeyedDetectors {
    private final class Resident {
        var detector: Detector
        /// The border, then features, and for a series the time, of what it learned by that border since its stored
        /// snapshot, or ever; `nil` where they would be too many, or of several borders.
        var tail: [Double]?
        var used: UInt64 = 0
        var isSaved = true
        /// When it was used last, counted in batches of this process.
        var turn = 0

        init(_ detector: consuming Detector, tail: [Double] = []) {
            self.detector = detector
            self.tail = tail
        }

        /// Snapshot first, then tail: the same records in the same order make the same detector.
        convenience init(_ stored: KeyStore.Stored, _ options: DetectorOptions) throws {
            if let snapshot = stored.snapshot {
                self.init(try Detector(snapshot: snapshot, options: options), tail: stored.tail)
            } else {
                self.init(try Detector(options), tail: stored.tail)
            }
            let features = options.forest.features
            let width = features + (options.model == .series ? 1 : 0)
            guard !stored.tail.isEmpty else { return }
            guard let border = FindingBorder(numbers: stored.tail.prefix(FindingBorder.count)) else {
                throw SnapshotRefused(reason: "it is damaged")
            }
            for start in stride(from: FindingBorder.count, to: stored.tail.count, by: width) {
                let end = start + features
                guard start + width <= stored.tail.count else { throw SnapshotRefused(reason: "it is damaged") }
                let time = width > features ? stored.tail[end] : nil
                let point = stored.tail.span.extracting(start..<end)
                _ = try detector.judge(point, time: time, by: border.rule, above: border.level)
            }
        }

        /// - Parameter tailBytes: the most that its tail may come to.
        func learn(
            _ point: borrowing Span<Double>,
            at time: Milliseconds,
            by border: FindingBorder,
            tailBytes: Int
        ) throws(DetectorError) -> Judgement {
            let seconds = EventTime.seconds(time)
            let judgement = try detector.judge(point, time: seconds, by: border.rule, above: border.level)
            let isSeries = detector.options.model == .series
            let width = point.count + (isSeries ? 1 : 0)
            guard let count = tail?.count, (count + width) * MemoryLayout<Double>.stride <= tailBytes else {
                tail = nil
                return judgement
            }
            if count == 0 {
                tail?.append(contentsOf: border.numbers)
            } else if let tail, FindingBorder(numbers: tail.prefix(FindingBorder.count)) != border {
                self.tail = nil
                return judgement
            }
            for index in point.indices { tail?.append(point[index]) }
            if isSeries { tail?.append(seconds) }
            return judgement
        }
    }

    /// A checkpoint writes what is in memory: once in so many records a key, writing costs less than judging.
    private static let recordsPerSavedKey = 20
    /// Snapshots that are written in one transaction.
    private static let savedTogether = 64
    private static let deletedTogether = 1_000
    /// Detectors that leave memory together: one transaction for all of them.
    private static let evictedTogether = 16
    /// Of a detector besides forest and tail: the histogram of its scores, its places in the orders below.
    private static let overheadBytes = 2_048

    let keyBytes: Int
    private let options: DetectorOptions
    private let id: String
    private let limits: KeyHome.Limits
    private let capacity: Int
    private let store: KeyStore
    private let log: Logger

    private var residents: [RecordKey: Resident] = [:]
    private var inMemory = UseOrder<RecordKey>()
    private var known = UseOrder<RecordKey>()
    private(set) var uses: UInt64 = 0
    /// The last record that was judged, by the learned threshold of its key.
    private(set) var usual = Reading(score: 0, level: 0, typical: 0, threshold: nil)
    private var turn = 0
    /// The last batch that is committed: what is in memory and not of this turn has learned up to it.
    private var committed = 0
    private var isRelearning = false
    /// What a stored detector has learned up to, while the redo log is replayed.
    private var learnedUpTo: [RecordKey: Int] = [:]
    /// Forgotten by the batch in hand; its commit tells.
    private var dropped: [RecordKey] = []
    private var told = 0
    /// Forgotten by committed batches, and perhaps still in the store.
    private var deletions: Set<RecordKey> = []
    private var counts = KeyFigures()

    /// With nothing learned; what the store held is gone.
    init(_ options: DetectorOptions, id: String, in home: KeyHome) throws {
        (self.options, self.id, log) = (options, id, home.log)
        limits = home.limits
        keyBytes = try Detector(options).memoryBytes + Self.overheadBytes + limits.tail
        capacity = max(1, home.limits.memory / keyBytes)
        store = try home.open()
        try store.reset(id)
    }

    /// As of a checkpoint, with the store as it is now: ahead of it by what was evicted since.
    ///
    /// - Parameter uses: what ``uses`` was at the checkpoint.
    init(_ options: DetectorOptions, id: String, uses: UInt64, in home: KeyHome) throws {
        (self.options, self.id, log) = (options, id, home.log)
        limits = home.limits
        keyBytes = try Detector(options).memoryBytes + Self.overheadBytes + limits.tail
        capacity = max(1, home.limits.memory / keyBytes)
        store = try home.open()
        guard try store.isComplete(id) else { throw SnapshotRefused(reason: "the detectors of its keys are gone") }
        self.uses = uses
        for entry in try store.entries() {
            known.use(entry.key)
            learnedUpTo[entry.key] = entry.batch
        }
    }

    /// Records that may be read at once.
    var batchLimit: Int { capacity }

    /// Records between two checkpoints, at least.
    var checkpointInterval: Int { Self.recordsPerSavedKey * residents.count }

    var figures: KeyFigures {
        var figures = counts
        figures.known = known.count
        figures.inMemory = residents.count
        figures.bytesPerKey = keyBytes
        return figures
    }

    // MARK: - Judging

    /// Batch `number` is about to be judged; those before it are committed.
    func begin(batch number: Int) throws {
        committed = number - 1
        turn += 1
        deletions.formUnion(dropped)
        dropped = []
        told = 0
        if deletions.count >= Self.deletedTogether { try save([]) }
    }

    func judge(
        _ point: borrowing Span<Double>,
        of key: RecordKey,
        at time: Milliseconds,
        by border: FindingBorder? = nil
    ) throws -> Judgement {
        let border = border ?? FindingBorder(rule: options.rule, level: options.border)
        if isRelearning { turn += 1 }
        let resident = try residents[key] ?? admit(key)
        // A record that is refused leaves no trace, not even its key.
        let judgement = try resident.learn(point, at: time, by: border, tailBytes: limits.tail)
        usual = resident.detector.usual
        use(resident, of: key)
        while known.count > limits.keys, let oldest = known.oldest { forget(oldest) }
        return judgement
    }

    /// The keys forgotten since this was asked last.
    func takeForgotten() -> [RecordKey] {
        defer { told = dropped.count }
        return Array(dropped[told...])
    }

    private func use(_ resident: Resident, of key: RecordKey) {
        uses += 1
        resident.used = uses
        resident.turn = turn
        resident.isSaved = false
        residents[key] = resident
        inMemory.use(key)
        known.use(key)
    }

    private func forget(_ key: RecordKey) {
        known.remove(key)
        inMemory.remove(key)
        residents[key] = nil
        dropped.append(key)
        counts.forgotten += 1
        if isRelearning {
            deletions.insert(key)
            dropped = []
        }
    }

    // MARK: - Between memory and store

    private func admit(_ key: RecordKey) throws -> Resident {
        try makeRoom()
        guard known.contains(key) else {
            counts.created += 1
            return Resident(try Detector(options))
        }
        counts.loads += 1
        do {
            guard let stored = try store.stored(key) else { throw SnapshotRefused(reason: "it is gone") }
            return try Resident(stored, options)
        } catch let error as StateError {
            throw error
        } catch {
            log.error("the stored detector of a key is refused and the key starts cold: \(error)")
            counts.damaged += 1
            deletions.insert(key)
            return Resident(try Detector(options))
        }
    }

    private func makeRoom() throws {
        guard residents.count >= capacity else { return }
        let least = capacity - max(1, min(Self.evictedTogether, capacity / 32))
        var evicted: [RecordKey] = []
        while residents.count - evicted.count > least, let oldest = inMemory.oldest,
            residents[oldest].map({ $0.turn != turn }) ?? true
        {
            inMemory.remove(oldest)
            evicted.append(oldest)
        }
        try save(evicted.filter { residents[$0]?.isSaved == false })
        for key in evicted { residents[key] = nil }
        counts.evictions += evicted.count
    }

    private func save(_ keys: [RecordKey]) throws {
        guard !keys.isEmpty || !deletions.isEmpty else { return }
        let changes = keys.compactMap { key in
            residents[key].map { resident in
                KeyStore.Change(
                    entry: KeyStore.Entry(key: key, batch: committed, used: resident.used),
                    snapshot: resident.tail == nil ? resident.detector.snapshot() : nil,
                    tail: resident.tail ?? []
                )
            }
        }
        try store.save(changes, forgetting: deletions)
        deletions = []
        for key in keys {
            residents[key]?.isSaved = true
            residents[key]?.tail = residents[key]?.tail ?? []
        }
    }

    /// Brings the store to batch number `batch`, the last one committed, durably.
    func checkpoint(batch: Int) throws {
        try begin(batch: batch + 1)
        isRelearning = false
        let unsaved = residents.filter { !$0.value.isSaved }.map(\.key)
        for start in stride(from: 0, to: max(unsaved.count, 1), by: Self.savedTogether) {
            try save(Array(unsaved[start..<min(start + Self.savedTogether, unsaved.count)]))
        }
        try store.complete(id)
    }

    // MARK: - Learning again

    /// What a committed batch taught; a detector that was stored later leaves out what it knows.
    func replay(_ entry: RedoEntry, batch number: Int) throws {
        try begin(batch: number)
        var forgotten = entry.forgotten[...]
        for (index, record) in entry.records.enumerated() {
            if record.outcome == .scored, let key = record.key {
                try replay(record, of: key, by: entry.border, batch: number)
            }
            while let next = forgotten.first, next.record == index {
                forgotten.removeFirst()
                // Stored later than it was forgotten: that is its next life.
                if learnedUpTo[next.key].map({ $0 < number }) ?? true {
                    learnedUpTo[next.key] = nil
                    forget(next.key)
                }
            }
        }
    }

    private func replay(
        _ record: RedoEntry.Record,
        of key: RecordKey,
        by border: FindingBorder,
        batch number: Int
    ) throws {
        guard (learnedUpTo[key] ?? 0) < number else {
            uses += 1
            known.use(key)
            return
        }
        let resident = try residents[key] ?? admit(key)
        _ = try resident.learn(record.features.span, at: record.time, by: border, tailBytes: limits.tail)
        use(resident, of: key)
    }

    func endReplay() { learnedUpTo = [:] }

    /// What is judged from here to the next checkpoint is of no batch: it counts as known at batch `number`.
    func beginRelearning(at number: Int) {
        isRelearning = true
        committed = number
    }
}
