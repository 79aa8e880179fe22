import GRDB

/// What the agent knows and must not forget: one SQLite database in the state directory.
///
/// WAL, `synchronous = FULL`: what a transaction has committed survives a power cut.
/// Safe between the four roles as four processes; a writer waits for another at most
/// half a minute. Every call blocks and belongs on a role's own thread.
struct StateStore: Sendable {
    /// The file's own version; a newer one is refused, an older one migrated.
    private static let newestVersion = Migrations.count

    let directory: String
    private let database: DatabaseQueue

    init(directory: String, files: any FileSystem) throws(StateError) {
        self.directory = directory
        let path = "\(directory)/agent.sqlite"
        do {
            database = try .opening("agent.sqlite", in: directory, files: files, durability: .full)
            try database.write { try Self.migrate($0, path) }
        } catch let error as StateError {
            throw error
        } catch {
            throw StateError(
                "open",
                path,
                "\(error)",
                "Check the directory's owner and space, or choose another --state."
            )
        }
    }

    /// In memory, for a rehearsal: gone with the last copy of it.
    init() throws(StateError) {
        directory = ""
        do {
            database = try DatabaseQueue()
            try database.write { try Self.migrate($0, "memory") }
        } catch {
            throw StateError("open", "a database in memory", "\(error)", "Is there memory left?")
        }
    }

    private static func migrate(_ database: Database, _ path: String) throws {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version <= newestVersion else {
            throw StateError(
                "open",
                path,
                "it was written by a newer agent (version \(version))",
                "Run that one."
            )
        }
        for step in Migrations.steps.dropFirst(version) { try database.execute(sql: step) }
        try database.execute(sql: "PRAGMA user_version = \(newestVersion)")
    }

    /// One transaction: all of `body` or nothing.
    func write<Value>(_ body: (Database) throws -> Value) throws(StateError) -> Value {
        do { return try database.write(body) } catch {
            throw StateError("write", "\(directory)/agent.sqlite", "\(error)", "Check the disk's space and health.")
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(StateError) -> Value {
        do { return try database.read(body) } catch {
            throw StateError("read", "\(directory)/agent.sqlite", "\(error)", "Check the disk's health.")
        }
    }
}

/// State that cannot be opened, read or written. The agent stops: going on would lose what it promised to keep.
public struct StateError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ operation: String, _ file: String, _ reason: String, _ advice: String) {
        description = "cannot \(operation) \(file): \(reason). \(advice)"
    }
}
