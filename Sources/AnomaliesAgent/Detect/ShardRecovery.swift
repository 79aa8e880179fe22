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
        enum Start {
            /// Exactly where the last commit left off.
            case continued
            /// Nothing was ever learned by a detector like this.
            case cold
            /// The rules changed while nobody ran: the memory has learned less than was committed.
            case changed
        }

        var memory: ShardMemory
        var start: Start
        var position: ShardPosition
        /// Records that the redo log holds behind the snapshot.
        var unsnapshotted: Int
    }

    let shard: String
    private(set) var state: StateStore
    let snapshots: Snapshots
    let files: any FileSystem
    let keys: KeyHome
    /// `nil` where there are no packages to learn from.
    let warmStart: WarmStart?
    let log: Logger

    func recover(_ rules: DetectRules) throws -> Recovered {
        let position = try state.read { try ShardPosition.load(shard: shard, in: $0) } ?? ShardPosition()
        let newest = try newestSnapshot(rules)
        let memory = try newest?.memory ?? ShardMemory(rules, keys: keys)
        var batch = newest?.batch ?? 0
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
                try memory.replay(entry, batch: number)
                batch = number
                unsnapshotted += entry.records.count
            }
        }
        memory.endReplay()
        return Recovered(
            memory: memory,
            start: foreign > 0 ? .changed : newest == nil && unsnapshotted == 0 ? .cold : .continued,
            position: position,
            unsnapshotted: unsnapshotted + foreign
        )
    }

    /// The same with a connection of its own, so that reading a long log holds up nobody's commit.
    func apart() throws -> ShardRecovery {
        var copy = self
        copy.state = try StateStore(directory: state.directory, files: files)
        return copy
    }

    /// Teaches what was committed after batch `batch`, as far as it has the features of the rules.
    ///
    /// - Returns: the last batch; `nil` where there was nothing new.
    func catchUp(_ memory: ShardMemory, _ rules: DetectRules, after batch: Int) throws -> Int? {
        var last: Int?
        try state.read { database in
            try RedoLog.replay(shard: shard, after: batch, in: database) { number, entry in
                last = number
                if entry.canTeach(rules) { try memory.learn(entry) }
            }
        }
        return last
    }

    /// A new detector that has learned nothing yet of what was committed up to batch `batch`.
    func fresh(_ rules: DetectRules, repeats: RepeatWindow, batch: Int) throws -> ShardMemory {
        let memory = try ShardMemory(rules, keys: keys)
        memory.beginRelearning(at: batch)
        memory.repeats = repeats
        return memory
    }

    /// A new detector, warmed from the recent records as far as they have the same features.
    ///
    /// - Parameters:
    ///   - repeats: which records have been seen, whatever was made of them.
    ///   - batch: the last one that is committed.
    func relearn(
        _ rules: DetectRules,
        repeats: RepeatWindow,
        batch: Int
    ) throws -> (memory: ShardMemory, records: Int) {
        let memory = try fresh(rules, repeats: repeats, batch: batch)
        var learned = 0
        try state.read { database in
            try RedoLog.replay(shard: shard, after: 0, in: database) { _, entry in
                guard entry.canTeach(rules) else { return }
                try memory.learn(entry)
                learned += entry.records.count
            }
        }
        log.notice(
            "detect \(shard): features or forest changed; the new detector was warmed with \(learned) recent records."
        )
        return (memory, learned)
    }

    /// The window of repeats as of the last commit; unlike the detector it does not depend on the rules.
    func repeats() throws -> RepeatWindow {
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
    private func newestSnapshot(_ rules: DetectRules) throws -> (memory: ShardMemory, batch: Int)? {
        for reference in try state.read({ try snapshots.references(shard: shard, in: $0) }) {
            guard reference.detector == rules.detectorID else { continue }
            do {
                let bytes = try snapshots.load(reference.file)
                return (try ShardMemory(snapshot: bytes, rules: rules, keys: keys), reference.batch)
            } catch {
                log.error("detect \(shard): \(error). Going on with the one before it.")
            }
        }
        return nil
    }
}
