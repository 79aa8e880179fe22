import Logging

/// How far a shard was read and committed.
struct ShardPosition: Sendable, Equatable {
    /// `nil` before the first batch.
    var sequenceNumber: String?
    /// Batches are numbered from 1 without gaps.
    var batch = 0
    var records = 0
}

/// Builds a shard's memory from what was committed: the newest good snapshot, then the redo log behind it.
///
/// Neither the stream nor Lua is needed, and the result is equal bit by bit to what a process had that never stopped.
struct ShardRecovery: Sendable {
    struct Recovered {
        var memory: ShardMemory
        var position: ShardPosition
        /// Records that the redo log holds behind the snapshot.
        var unsnapshotted: Int
    }

    let shard: String
    let state: StateStore
    let snapshots: Snapshots
    let log: Logger

    func recover(_ rules: DetectRules) throws -> Recovered {
        let position = try state.read { try ShardPosition.load(shard: shard, in: $0) } ?? ShardPosition()
        var (memory, batch) = try newestSnapshot(rules)
        var unsnapshotted = 0
        var foreign = 0
        try state.read { database in
            try RedoLog.replay(shard: shard, after: batch, in: database) { number, entry in
                guard entry.detector == rules.detectorID else {
                    foreign += entry.records.count
                    return
                }
                if number != batch + 1 {
                    log.warning(
                        "detect \(shard): redo batches \(batch + 1)–\(number - 1) are missing and were not learned."
                    )
                }
                try memory.replay(entry)
                batch = number
                unsnapshotted += entry.records.count
            }
        }
        if foreign > 0 {
            // The rules changed while nobody ran: what the old detector learned is taught to the new one.
            memory = try relearn(rules, repeats: try repeats())
        }
        return Recovered(memory: memory, position: position, unsnapshotted: unsnapshotted + foreign)
    }

    /// A new detector, warmed from the recent records as far as they have the same features.
    ///
    /// - Parameter repeats: which records have been seen, whatever was made of them.
    func relearn(_ rules: DetectRules, repeats: RepeatWindow) throws -> ShardMemory {
        let memory = try ShardMemory(rules)
        var learned = 0
        try state.read { database in
            try RedoLog.replay(shard: shard, after: 0, in: database) { _, entry in
                guard entry.featuresID == rules.featuresID else { return }
                try memory.learn(entry)
                learned += entry.records.count
            }
        }
        memory.repeats = repeats
        log.notice(
            "detect \(shard): features or forest changed; the new detector was warmed with \(learned) recent records."
        )
        return memory
    }

    /// The window of repeats as of the last commit; unlike the detector it does not depend on the rules.
    private func repeats() throws -> RepeatWindow {
        var (window, batch) = (RepeatWindow(), 0)
        for reference in try state.read({ try snapshots.references(shard: shard, in: $0) }) {
            do {
                window = try ShardMemory.repeats(ofSnapshot: try snapshots.load(reference.file))
                batch = reference.batch
                break
            } catch {
                log.error("detect \(shard): \(error). Going on with the one before it.")
            }
        }
        try state.read { database in
            try RedoLog.replay(shard: shard, after: batch, in: database) { window.insert($1) }
        }
        return window
    }

    /// A damaged or foreign one is told by name, and the one before it is used.
    private func newestSnapshot(_ rules: DetectRules) throws -> (ShardMemory, batch: Int) {
        for reference in try state.read({ try snapshots.references(shard: shard, in: $0) }) {
            guard reference.detector == rules.detectorID else { continue }
            do {
                let bytes = try snapshots.load(reference.file)
                return (try ShardMemory(snapshot: bytes, rules: rules), reference.batch)
            } catch {
                log.error("detect \(shard): \(error). Going on with the one before it.")
            }
        }
        return (try ShardMemory(rules), 0)
    }
}
