import Logging
import Synchronization

/// A detector for changed features or another forest, taught on a thread of its own while the one before it goes on
/// judging: scoring is never blind, and no record waits.
///
/// Started and asked by the shard's loop, between two batches.
final class ShardRenewal: Sendable {
    /// The memory, taught what was committed up to batch ``batch``.
    struct Taught {
        var memory: ShardMemory
        var batch: Int
        /// Whether it learned from the records that came last, and not from packages or the redo log.
        var isFromRecent: Bool
    }

    // Proof for both `@unchecked`: what is handed over is used by one thread at a time. The loop gives rules and
    // functions away and does not call them before the outcome is there; the worker keeps no reference to the memory.
    struct Lesson: @unchecked Sendable {
        var rules: DetectRules
        var functions: any DetectFunctions
    }

    private struct Outcome: @unchecked Sendable {
        var result: Result<Taught, any Error>
    }

    /// The detector that is being taught, see ``DetectRules/detectorID``.
    let detectorID: String
    private let outcome = Mutex<Outcome?>(nil)
    private let worker: Worker

    init(_ lesson: Lesson, recovery: ShardRecovery, recent: RecentRecords, limits: RecordLimits, batch: Int) throws {
        detectorID = lesson.rules.detectorID
        worker = Worker(recovery: try recovery.apart(), recent: recent, limits: limits)
        Task { [worker, weak self] in
            let result = await worker.teach(lesson, batch: batch)
            self?.outcome.withLock { $0 = result }
        }
    }

    /// `nil` while it is being taught.
    func takeOutcome() -> Result<Taught, any Error>? {
        outcome.withLock { outcome in
            defer { outcome = nil }
            return outcome?.result
        }
    }

    private actor Worker {
        nonisolated let thread: RoleThread
        nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
        private let recovery: ShardRecovery
        private let recent: RecentRecords
        private let limits: RecordLimits

        init(recovery: ShardRecovery, recent: RecentRecords, limits: RecordLimits) {
            thread = RoleThread("renew \(recovery.shard)")
            self.recovery = recovery
            self.recent = recent
            self.limits = limits
        }

        func teach(_ lesson: Lesson, batch: Int) async -> Outcome {
            do {
                let (rules, functions) = (lesson.rules, lesson.functions)
                let renewed = try await recovery.renew(
                    rules,
                    functions,
                    repeats: RepeatWindow(),
                    batch: batch,
                    isCold: false
                )
                guard let renewed else { preconditionFailure("only a cold detector is taught nothing") }
                var taught = Taught(memory: renewed.memory, batch: batch, isFromRecent: false)
                if renewed.records == 0 {
                    taught.isFromRecent = true
                    taught.batch =
                        try RecentLesson(rules, functions, limits: limits)
                        .teach(taught.memory, recent.batches, after: 0) ?? batch
                } else {
                    // What came in the meantime, until hardly anything is left for the loop to wait for.
                    while let last = try recovery.catchUp(taught.memory, rules, after: taught.batch) {
                        taught.batch = last
                    }
                }
                return Outcome(result: .success(taught))
            } catch {
                return Outcome(result: .failure(error))
            }
        }
    }
}

/// Teaches a detector the records that came last, as they came.
struct RecentLesson {
    private let rules: DetectRules
    private let functions: any DetectFunctions
    private let parser: RecordParser

    init(_ rules: DetectRules, _ functions: any DetectFunctions, limits: RecordLimits) throws(RecordError) {
        self.rules = rules
        self.functions = functions
        parser = try RecordParser(limits: limits)
    }

    /// - Returns: the number of the last batch that was taught; `nil` where there was none. Records that are refused
    ///   teach nothing: the judge tells of those.
    func teach(_ memory: ShardMemory, _ batches: [RecentRecords.Batch], after number: Int) throws -> Int? {
        var last: Int?
        var point: [Double] = []
        for batch in batches where batch.number > number {
            last = batch.number
            for row in batch.rows {
                do {
                    try functions.parse(batch.bytes.span.extracting(row.range), with: parser)
                    switch rules.features {
                    case .declared(let paths): try parser.features(paths, into: &point, absent: rules.absent)
                    case .function: point = try functions.features(of: parser)
                    }
                    if rules.skipsMissing, point.contains(where: \.isNaN) { continue }
                    let key = try rules.forestKey.map { RecordKey(of: try parser.value(), at: $0) }
                    _ = try memory.judge(point.span, of: key, at: row.time, by: rules.border)
                } catch is any RefusesRecord {
                    continue
                }
            }
        }
        return last
    }
}
