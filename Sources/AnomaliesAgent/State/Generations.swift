import GRDB

/// The generations of scripts that ran, wait or were refused, with their whole text: what can be shown, compared and
/// gone back to.
enum Generations {
    enum State: String, Sendable, CaseIterable {
        case running, replaced
        /// For somebody to approve: it would alert much more often.
        case waiting
        /// And somebody did.
        case approved
        case refused
        /// Somebody went back to another.
        case withdrawn
    }

    struct Entry: Sendable {
        var id: Int64
        var state: State
        var time: Milliseconds
        /// What the trial said, or why it was refused.
        var report: String
        var sources: ScriptSources
    }

    /// As many are kept; the running one always is.
    static let limit = 50

    /// Takes note of a generation; the one that ran before it is then replaced.
    static func note(
        _ sources: ScriptSources,
        _ state: State,
        report: String,
        now: Milliseconds,
        in database: Database
    ) throws {
        if try newest(of: sources.generation, in: database)?.state == state { return }
        if state == .running {
            try database.execute(
                sql: "UPDATE generations SET state = ? WHERE state = ?",
                arguments: [State.replaced.rawValue, State.running.rawValue]
            )
        }
        try database.execute(
            sql: "INSERT INTO generations (generation, state, time, report, texts) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                sources.generation, state.rawValue, now, String(report.prefix(4_000)),
                DatabaseBytes.encode(sources.encoded()[...]),
            ]
        )
        try database.execute(
            sql: """
                DELETE FROM generations WHERE state <> ?1 AND id <= (SELECT max(id) FROM generations) - ?2
                """,
            arguments: [State.running.rawValue, limit]
        )
    }

    static func set(_ state: State, id: Int64, in database: Database) throws {
        try database.execute(
            sql: "UPDATE generations SET state = ? WHERE id = ?",
            arguments: [state.rawValue, id]
        )
    }

    /// Newest first.
    static func all(in database: Database) throws -> [Entry] {
        try entries("", [], in: database)
    }

    static func running(in database: Database) throws -> Entry? {
        try entries("WHERE state = ?", [State.running.rawValue], in: database).first
    }

    /// The last that was noted of this text.
    static func newest(of generation: String, in database: Database) throws -> Entry? {
        try entries("WHERE generation = ?", [generation], in: database).first
    }

    private static func entries(
        _ condition: String,
        _ arguments: StatementArguments,
        in database: Database
    ) throws -> [Entry] {
        try Row.fetchAll(
            database,
            sql: "SELECT id, state, time, report, texts FROM generations \(condition) ORDER BY id DESC",
            arguments: arguments
        ).compactMap { row in
            guard let state = State(rawValue: row["state"]),
                let sources = ScriptSources(decoding: DatabaseBytes.decode(row["texts"]))
            else { return nil }
            return Entry(id: row["id"], state: state, time: row["time"], report: row["report"], sources: sources)
        }
    }
}

extension ScriptSources {
    private static let absent = UInt32.max

    /// The directory, then each of ``Name`` in turn: length u32 and bytes, or ``absent``.
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(UInt32(directory.utf8.count))
        bytes += directory.utf8
        for name in Name.allCases {
            bytes.appendLittleEndian(texts[name].map { UInt32($0.count) } ?? Self.absent)
            bytes += texts[name] ?? []
        }
        return bytes
    }

    /// `nil` when it is not what ``encoded()`` writes.
    init?(decoding bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard let length = reader.next(UInt32.self), let directory = reader.next(count: Int(length)) else { return nil }
        var texts: [Name: [UInt8]] = [:]
        for name in Name.allCases {
            guard let length = reader.next(UInt32.self) else { return nil }
            guard length != Self.absent else { continue }
            guard let text = reader.next(count: Int(length)) else { return nil }
            texts[name] = text
        }
        guard reader.isAtEnd else { return nil }
        self.init(directory: String(decoding: directory, as: UTF8.self), texts: texts)
    }
}
