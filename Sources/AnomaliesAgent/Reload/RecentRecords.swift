import Detection
import Synchronization

/// The last scored records of a shard, as they came: what a change of the scripts is tried on, and what a changed
/// detector is taught where nothing else is left of them.
///
/// The shard adds batches, whoever reloads scripts reads them. Batches are kept whole and shared, not copied; the
/// oldest goes when a limit is passed.
final class RecentRecords: Sendable {
    struct Row: Sendable {
        var sequenceNumber: String
        /// Within the batch's bytes.
        var range: Range<Int>
        var time: Milliseconds
        /// By the learned threshold, whatever rule judged it.
        var usual: Reading
        /// `nil` where it was no finding.
        var explanation: Explanation?
        /// Whether people heard of it.
        var isAlert = false
        var isHistory: Bool
    }

    struct Batch: Sendable {
        var number: Int
        /// Which detector judged it, see ``DetectRules/detectorID``.
        var detector: String
        var bytes: [UInt8]
        var rows: [Row]
    }

    private struct State {
        var batches: [Batch] = []
        var rows = 0
        var bytes = 0
    }

    /// Rows of all shards together that a change is tried on.
    static let rowLimit = 5_000
    private let rows: Int
    private let bytes: Int
    private let state = Mutex(State())

    /// - Parameter shards: how many share the limits.
    init(shards: Int, bytes: Int = 32 << 20) {
        rows = max(100, Self.rowLimit / max(1, shards))
        self.bytes = max(1 << 20, bytes / max(1, shards))
    }

    /// A committed batch.
    func add(_ batch: Batch) {
        guard !batch.rows.isEmpty else { return }
        state.withLock { state in
            state.batches.append(batch)
            state.rows += batch.rows.count
            state.bytes += batch.bytes.count
            var surplus = 0
            while surplus < state.batches.count - 1 {
                let oldest = state.batches[surplus]
                guard state.rows - oldest.rows.count >= rows || state.bytes > bytes else { break }
                state.rows -= oldest.rows.count
                state.bytes -= oldest.bytes.count
                surplus += 1
            }
            state.batches.removeFirst(surplus)
        }
    }

    /// Oldest first.
    var batches: [Batch] { state.withLock { $0.batches } }
}
