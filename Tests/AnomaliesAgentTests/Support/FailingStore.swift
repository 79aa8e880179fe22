import Synchronization

@testable import AnomaliesAgent

/// A failure of something outside; trying again may help.
struct Outage: RetryableFailure, Equatable {
    var isRetryable = true
}

/// A bucket that fails when it is told to, before or after it has done what was asked.
final class FailingStore: ObjectStore {
    enum Fault: Sendable { case before, after }

    private struct State {
        var faults: [Fault?] = []
        var puts: [(key: String, body: [UInt8])] = []
        var pageSize = 1_000
        var lists = 0
    }

    let base: LocalBucket
    private let state = Mutex(State())

    init(_ base: LocalBucket) { self.base = base }

    var name: String { base.name }
    var isEmbedded: Bool { true }
    /// Every body that was asked to be stored, also where the answer was a failure.
    var puts: [(key: String, body: [UInt8])] { state.withLock { $0.puts } }
    var lists: Int { state.withLock { $0.lists } }

    /// What the next puts do; `nil` is none.
    func fail(_ faults: Fault?...) { state.withLock { $0.faults += faults } }
    func limitPages(to size: Int) { state.withLock { $0.pageSize = size } }

    func put(_ body: [UInt8], key: String) async throws -> String {
        let fault = state.withLock { state -> Fault? in
            state.puts.append((key, body))
            return state.faults.isEmpty ? nil : state.faults.removeFirst()
        }
        if fault == .before { throw Outage() }
        let etag = try await base.put(body, key: key)
        if fault == .after { throw Outage() }
        return etag
    }

    func etag(of key: String) async throws -> String? { try await base.etag(of: key) }
    func get(_ key: String, limit: Int) async throws -> StoredObject { try await base.get(key, limit: limit) }

    func list(prefix: String, after key: String?) async throws -> [ObjectListing] {
        let size = state.withLock { state in
            state.lists += 1
            return state.pageSize
        }
        return Array(try await base.list(prefix: prefix, after: key).prefix(size))
    }
}

/// A stream that fails when it is told to.
final class FailingStream: RecordStream {
    private let base: LocalStream
    private let faults = Mutex([FailingStore.Fault?]())

    init(_ base: LocalStream) { self.base = base }

    var name: String { base.name }
    var recordLimit: Int { base.recordLimit }
    func fail(_ fault: FailingStore.Fault?...) { faults.withLock { $0 += fault } }
    func shards() async throws -> [String] { try await base.shards() }

    func put(_ entries: [StreamEntry]) async throws {
        let fault = faults.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if fault == .before { throw Outage() }
        try await base.put(entries)
        if fault == .after { throw Outage() }
    }

    func read(shard: String, after sequenceNumber: String?, limit: Int) async throws -> StreamBatch {
        try await base.read(shard: shard, after: sequenceNumber, limit: limit)
    }
}
