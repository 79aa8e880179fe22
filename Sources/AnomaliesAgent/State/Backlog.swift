import GRDB

/// Whether a role is so far ahead of the next one that it should wait: what lies between them stays bounded, however
/// fast the one in front is. Only for parts that are embedded and roles that run together; elsewhere nobody here can
/// tell how far the other is.
struct Backlog: Sendable {
    /// Packages between feed and relay.
    private static let packages = 256
    /// Bytes of records between relay and detection, a shard.
    private static let streamBytes = 64 << 20

    let state: StateStore
    /// `nil` where the relay does not wait for detection.
    let stream: LocalStream?
    /// Whether the feed waits for the relay.
    let feedWaits: Bool

    /// - Parameter number: of the package that the feed is about to make.
    func feedIsAhead(at number: Int) throws -> Bool {
        guard feedWaits, number > Self.packages else { return false }
        return try state.read { database in
            try Bool.fetchOne(
                database,
                // Any of them: one that somebody removed before it was relayed must not hold up the feed for ever.
                sql: """
                    SELECT NOT EXISTS (
                        SELECT 1 FROM feed JOIN relayed ON relayed.package = feed.package WHERE feed.number >= ?)
                    """,
                arguments: [number - Self.packages]
            ) ?? false
        }
    }

    func relayIsAhead() async throws -> Bool {
        guard let stream else { return false }
        for shard in try await stream.shards() {
            let read = try state.read { try ShardPosition.load(shard: shard, in: $0) }?.sequenceNumber.flatMap {
                Int($0)
            }
            if try stream.end(of: shard) - (read ?? 0) > Self.streamBytes { return true }
        }
        return false
    }
}
