import GRDB

/// What plugins remember: a few JSON values each.
enum PluginState {
    static func load(_ plugin: String, in database: Database) throws -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        for row in try Row.fetchAll(
            database,
            sql: "SELECT name, value FROM plugin_state WHERE plugin = ?",
            arguments: [plugin]
        ) { values[row["name"]] = try JSONValue(parsing: row["value"] as String) }
        return values
    }

    /// - Parameter changes: null forgets.
    static func save(_ plugin: String, _ changes: [String: JSONValue], in database: Database) throws {
        for (name, value) in changes.sorted(by: { $0.key < $1.key }) {
            if value == .null {
                try database.execute(
                    sql: "DELETE FROM plugin_state WHERE plugin = ? AND name = ?",
                    arguments: [plugin, name]
                )
            } else {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO plugin_state VALUES (?, ?, ?)",
                    arguments: [plugin, name, value.display]
                )
            }
        }
    }
}

/// How a plugin fares: its line in `status`.
struct PluginStatus: Sendable, Equatable {
    var kind: String
    var generation: String
    /// Alerts delivered, records decoded, points scored, or whatever its kind does.
    var done = 0
    var failures = 0
    var lastError: String?
    var lastErrorTime: Milliseconds?
    /// Why it is switched off; `nil` while it runs.
    var off: String?

    func save(_ name: String, in database: Database) throws {
        var object: JSONObject = [
            "name": .string(name), "kind": .string(kind), "generation": .string(generation),
            "running": .boolean(off == nil), "done": .integer(Int64(done)), "failures": .integer(Int64(failures)),
        ]
        object["last_error"] = lastError.map(JSONValue.string)
        object["last_error_time"] = lastErrorTime.map(JSONValue.integer)
        object["off"] = off.map(JSONValue.string)
        try database.execute(
            sql: "INSERT OR REPLACE INTO plugins VALUES (?, ?)",
            arguments: [name, JSONValue.object(object).display]
        )
    }

    /// Those of plugins that are no longer asked for.
    static func forget(except names: [String], in database: Database) throws {
        for name in try String.fetchAll(database, sql: "SELECT name FROM plugins") where !names.contains(name) {
            try database.execute(sql: "DELETE FROM plugins WHERE name = ?", arguments: [name])
            // Should it come back, it hears of what happens from then on.
            try Meta.set(Deliveries.start(of: name), to: nil, in: database)
        }
    }

    static func all(in database: Database) throws -> [JSONValue] {
        try Row.fetchAll(database, sql: "SELECT name, status FROM plugins ORDER BY name").map { row in
            var object = try JSONValue(parsing: row["status"] as String).object ?? JSONObject()
            let waiting = try Deliveries.waiting(of: row["name"], in: database)
            if waiting > 0 { object["waiting"] = .integer(Int64(waiting)) }
            return .object(object)
        }
    }

    static func line(_ status: JSONValue) -> String {
        let name = status["name"]?.string ?? ""
        var line =
            "plugin   \(name.singleLine), \(status["kind"]?.string ?? ""): \(status["done"]?.display ?? "0") done"
        if let waiting = status["waiting"]?.integer { line += ", \(waiting) to be tried again" }
        if let failures = status["failures"]?.integer, failures > 0 { line += ", \(failures) failures" }
        if let off = status["off"]?.string { return line + "\n         OFF: \(off.singleLine)" }
        guard let error = status["last_error"]?.string else { return line }
        let time = EventTime.text(status["last_error_time"]?.integer ?? 0)
        return line + "\n         last error \(time): \(error.singleLine)"
    }
}
