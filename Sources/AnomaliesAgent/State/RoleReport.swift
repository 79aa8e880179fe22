import Foundation
import GRDB
import Synchronization

/// What a role tells `status`: kept in memory, written to the state at most once a second and at the end.
final class RoleReport: Sendable {
    private struct Contents {
        var status = RoleStatus()
        var written: Milliseconds = 0
        var counted = 0
        var keys = KeyReport()
        /// By shard, or whatever else has scripts of its own.
        var functions: [String: [FunctionFigures]] = [:]
    }

    private let role: Role
    private let state: StateStore
    private let clock: any PipelineClock
    private let contents = Mutex(Contents())

    init(_ role: Role, state: StateStore, clock: any PipelineClock) {
        self.role = role
        self.state = state
        self.clock = clock
        contents.withLock { $0.status.started = clock.now }
    }

    /// `records` more were taken all the way, up to `position`.
    func progress(_ records: Int, position: String, lag: Milliseconds?) {
        contents.withLock { contents in
            contents.status.records += records
            contents.status.position = position
            contents.status.lag = lag
        }
    }

    /// What the keys of a shard came to; shown as one for all shards.
    func note(_ keys: KeyFigures, shard: String) { contents.withLock { $0.keys.note(keys, shard: shard) } }

    /// What the functions of a loaded script have cost so far.
    func note(_ functions: [FunctionFigures], of loader: String) {
        guard !functions.isEmpty else { return }
        contents.withLock { $0.functions[loader] = functions }
    }

    /// The keys of all shards, with the rates of the last second that was reported.
    var keyText: String { KeyReport.text(contents.withLock { $0.keys.json }) }

    func failed(_ message: String) {
        let now = clock.now
        contents.withLock {
            $0.status.lastError = message; $0.status.lastErrorTime = now
        }
    }

    /// - Parameter threshold: the score above which records of the shard are findings now; `nil` before it is known.
    func judging(_ shard: String, above threshold: Double?) {
        contents.withLock { $0.status.thresholds[shard] = threshold }
    }

    /// The generation in use, and how many records have been taken all the way.
    var progress: (generation: String, records: Int) {
        contents.withLock { ($0.status.generation ?? "", $0.status.records) }
    }

    func loaded(generation: String) { contents.withLock { $0.status.generation = generation } }

    /// - Parameter isLast: the role stops; otherwise writes only when a second has passed.
    func write(isLast: Bool = false) throws {
        let now = clock.now
        let due: RoleStatus? = contents.withLock { contents in
            guard isLast || now - contents.written >= 1000 else { return nil }
            let elapsed = Double(now - (contents.written == 0 ? contents.status.started : contents.written)) / 1000
            if elapsed > 0 { contents.status.rate = Double(contents.status.records - contents.counted) / elapsed }
            contents.counted = contents.status.records
            contents.keys.settle(seconds: elapsed)
            if !contents.keys.isEmpty { contents.status.keys = contents.keys.json }
            contents.status.functions = FunctionFigures.summed(
                contents.functions.sorted { $0.key < $1.key }.map(\.value)
            )
            contents.written = now
            contents.status.updated = now
            contents.status.isRunning = !isLast
            return contents.status
        }
        guard let due else { return }
        let text = due.json.display
        try state.write { database in
            try database.execute(sql: "INSERT OR REPLACE INTO roles VALUES (?, ?)", arguments: [role.rawValue, text])
        }
    }

    static func all(in database: Database) throws -> [(role: Role, status: JSONValue)] {
        try Row.fetchAll(database, sql: "SELECT role, status FROM roles").compactMap { row in
            guard let role = Role(rawValue: row["role"]) else { return nil }
            return (role, try JSONValue(parsing: row["status"] as String))
        }.sorted { Role.allCases.firstIndex(of: $0.role) ?? 0 < Role.allCases.firstIndex(of: $1.role) ?? 0 }
    }
}

/// One role's line in `status`.
struct RoleStatus: Sendable {
    var process = Int(ProcessInfo.processInfo.processIdentifier)
    var started: Milliseconds = 0
    var updated: Milliseconds = 0
    var isRunning = true
    var records = 0
    /// Records a second since the last report.
    var rate = 0.0
    var position = ""
    var lag: Milliseconds?
    var generation: String?
    /// As ``KeyReport`` writes it.
    var keys: JSONValue?
    /// Of the scripts in use.
    var functions: [FunctionFigures] = []
    /// By shard.
    var thresholds: [String: Double] = [:]
    var lastError: String?
    var lastErrorTime: Milliseconds?
}
