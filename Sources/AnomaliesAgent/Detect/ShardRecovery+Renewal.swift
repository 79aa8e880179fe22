import Logging

/// A detector that is new, or whose rules changed, need not be blind: it is taught what was recorded.
extension ShardRecovery {
    /// A memory for rules that no memory is there for, warmed from whatever there is:
    ///
    /// 1. the packages that were asked for (`--warm-from`),
    /// 2. else, for a detector that was changed, the redo log, as far as it has the same features and keys,
    /// 3. else the packages of the last day, where they are on this disk.
    ///
    /// - Parameters:
    ///   - repeats: which records have been seen, whatever was made of them.
    ///   - batch: the last one that is committed.
    ///   - isCold: nothing was ever learned; the redo log is empty.
    /// - Returns: the memory, and how many records it was taught; `nil` for a cold one that there is nothing for. It is
    ///   to be saved at once.
    /// - Throws: what reading packages throws; nothing was changed then that a next try would miss.
    func renew(
        _ rules: DetectRules,
        _ functions: any DetectFunctions,
        repeats: RepeatWindow,
        batch: Int,
        isCold: Bool
    ) async throws -> (memory: ShardMemory, records: Int)? {
        if let warmStart, warmStart.isAskedFor {
            let memory = try fresh(rules, repeats: repeats, batch: batch)
            let lesson = try await warmStart.teach(memory, rules, functions, shard: shard)
            tell(lesson)
            if lesson.records > 0 { return (memory, lesson.records) }
        }
        guard !isCold else { return nil }
        var relearned = try relearn(rules, repeats: repeats, batch: batch)
        if relearned.records == 0, let warmStart, !warmStart.isAskedFor, warmStart.isAtHand {
            let lesson = try await warmStart.teach(relearned.memory, rules, functions, shard: shard)
            tell(lesson)
            relearned.records = lesson.records
        }
        return relearned
    }

    /// Asked for in vain: a detector that knows its records must not learn them twice.
    func tellThatItIsWarm(records: Int) {
        guard let warmStart, warmStart.isAskedFor else { return }
        log.notice(
            "detect \(shard): the detector has learned \(records) records before and goes on with them; nothing is taken from \(warmStart.source)."
        )
    }

    private func tell(_ lesson: WarmStart.Lesson) {
        var text =
            "detect \(shard): warmed with \(lesson.records) records of \(lesson.packages) packages from \(lesson.source); none of them is alerted."
        if lesson.refused > 0 {
            text += " \(lesson.refused) were refused, the first because \(lesson.firstRefusal ?? "")."
        }
        if lesson.unread > 0 {
            text += " \(lesson.unread) packages could not be read, the first because \(lesson.firstFailure ?? "")."
        }
        if lesson.pending > 0 {
            text += " \(lesson.pending) packages are left out, because their records are still to come."
        }
        if lesson.beyond > 0 { text += " \(lesson.beyond) older packages are left out." }
        if lesson.records == 0 || lesson.refused + lesson.unread > 0 {
            log.warning("\(text)")
        } else {
            log.notice("\(text)")
        }
    }
}
