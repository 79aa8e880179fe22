import GRDB

/// What scripts remember, saved in the transaction of the batch, or of the mail, whose calls changed it.
enum ScriptStates {
    /// - Parameter scope: the shard; empty for notify.lua.
    static func load(_ script: ScriptSources.Name, scope: String, in database: Database) throws -> ScriptState {
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT key, value, expires, age FROM script_state WHERE script = ? AND scope = ? ORDER BY age",
            arguments: [script.rawValue, scope]
        )
        let saved = try rows.map { row -> (key: [UInt8], entry: ScriptState.Entry) in
            let key = DatabaseBytes.decode(row["key"])
            let text: String = row["value"]
            let entry = ScriptState.Entry(
                key: key,
                value: try JSONValue(parsing: text),
                text: text,
                expires: row["expires"],
                age: row["age"]
            )
            return (key, entry)
        }
        let counts = (try Meta.value(countsName(script, scope), in: database) ?? "").split(separator: " ")
        return ScriptState(
            version: counts.first.flatMap { Int($0) } ?? 1,
            changes: counts.last.flatMap { Int64($0) } ?? 0,
            saved: saved
        )
    }

    /// Writes what changed since the last save; ``ScriptState/saved()`` is to be called when it is committed.
    static func save(_ state: ScriptState, _ script: ScriptSources.Name, scope: String, in database: Database) throws {
        guard state.hasChanged else { return }
        if state.isReplaced {
            try database.execute(
                sql: "DELETE FROM script_state WHERE script = ? AND scope = ?",
                arguments: [script.rawValue, scope]
            )
        }
        try Meta.set(countsName(script, scope), to: "\(state.version) \(state.changes)", in: database)
        let insert = try database.cachedStatement(sql: "INSERT OR REPLACE INTO script_state VALUES (?, ?, ?, ?, ?, ?)")
        let delete = try database.cachedStatement(
            sql: "DELETE FROM script_state WHERE script = ? AND scope = ? AND key = ?"
        )
        for (key, entry) in state.changed {
            if let entry {
                try insert.execute(arguments: [
                    script.rawValue, scope, DatabaseBytes.encode(key[...]), try entry.value.text(), entry.expires,
                    entry.age,
                ])
            } else {
                try delete.execute(arguments: [script.rawValue, scope, DatabaseBytes.encode(key[...])])
            }
        }
    }

    /// A copy of what detect.lua remembers in one of the shards, to try a change of the scripts on.
    static func sample(in database: Database) throws -> ScriptState {
        let scope = try String.fetchOne(
            database,
            sql: "SELECT scope FROM script_state WHERE script = ? ORDER BY scope LIMIT 1",
            arguments: [ScriptSources.Name.detect.rawValue]
        )
        return try scope.map { try load(.detect, scope: $0, in: database) } ?? ScriptState()
    }

    /// The version of the entries, and how many changes there were.
    private static func countsName(_ script: ScriptSources.Name, _ scope: String) -> String {
        "script state \(script.rawValue) \(scope)"
    }
}
