/// The declaration as people read it: Markdown for plugins/README.md, and lines for a terminal.
extension AgentAPI {
    /// The functions, as plugins/README.md has them.
    static var markdown: String {
        (functions + stateFunctions).map { function in
            "### `\(function.usage)`\n\n\(function.summary)\n"
                + (function.keys.isEmpty ? "" : "\n\(rows(function.keys))")
        }
        .joined(separator: "\n")
    }

    /// The tables, as plugins/README.md has them.
    static var tablesMarkdown: String {
        tables.map { "### `\($0.name)`\n\n\($0.summary)\n\n\(rows($0.keys))" }.joined(separator: "\n")
    }

    private static func rows(_ keys: [APIKey]) -> String {
        // In a table cell a bar ends the cell, even within code.
        let cell = { (text: String) in text.replacing("|", with: "\\|") }
        let rows = keys.map { key in
            let bounds = [key.standard.map { "default \($0)" }, key.allowed].compactMap { $0 }.joined(separator: "; ")
            let cells = ["`\(key.name)\(key.isRequired ? "" : "?")`", "`\(key.type)`", bounds, key.summary]
            return "| \(cells.map(cell).joined(separator: " | ")) |\n"
        }
        return "| key | type | values | meaning |\n|---|---|---|---|\n" + rows.joined()
    }

    /// The reference of one function or table, or of a key wherever there is one; of everything without a name.
    ///
    /// - Returns: `nil` where nothing is called that.
    static func reference(_ name: String?) -> String? {
        let functions = (functions + stateFunctions).filter { function in
            name == nil || function.name == name || name == "state" && function.name.hasPrefix("state.")
        }
        let tables = tables.filter { name == nil || $0.name == name || "\($0.name).lua" == name }
        var parts = functions.map { function in
            ([function.usage, "    \(function.summary)"] + lines(function.keys)).joined(separator: "\n")
        }
        parts += tables.map { ([$0.name, "    \($0.summary)"] + lines($0.keys)).joined(separator: "\n") }
        if let name, !name.isEmpty {
            // `trees`, or `forest.trees`.
            for (owner, keys) in owners where owner != name {
                for key in keys where key.name == name || "\(owner).\(key.name)" == name {
                    parts.append((["in \(owner)"] + lines([key])).joined(separator: "\n"))
                }
            }
            if let library = libraries.first(where: { $0.name == name && name != "state" }) {
                parts.append("\(name)\n    Of Lua 5.4: \(library.members.joined(separator: ", ")).")
            } else if globals.contains(name) {
                parts.append("\(name)\n    \(sandboxWords[name] ?? "As in Lua 5.4.")")
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: "\n\n")
    }

    /// Everything that ``reference(_:)`` knows.
    static var referenceNames: [String] { names + tables.map(\.name) + owners.flatMap { $0.keys.map(\.name) } }

    private static var owners: [(name: String, keys: [APIKey])] {
        tables.map { ($0.name, $0.keys) } + functions.map { ($0.name, $0.keys) }
    }

    private static func lines(_ keys: [APIKey]) -> [String] {
        let width = keys.map(\.name.count).max() ?? 0
        return keys.map { key in
            let name = key.name + String(repeating: " ", count: width - key.name.count)
            let bounds = key.bounds.isEmpty ? "" : " (\(key.bounds))"
            return "    \(name)  \(key.type)\(bounds)\n    \(String(repeating: " ", count: width))  \(key.summary)"
        }
    }

    static let sandboxWords: [String: String] = [
        "null": "JSON's null: a field of a record that is null is this value, and not nil.",
        "array": "array { … }: a list that stays one where it is empty; {} is an empty object.",
        "config": "config.general holds the options of [General]: config.general[\"anomalies-frequency\"].",
        "print": "Writes a line to the log, up to 100 of 1,000 bytes a call.",
        "pairs": "As in Lua 5.4, in a fixed order: numbers, then texts sorted.",
        "pcall": "As in Lua 5.4; a budget that is spent goes through it.",
    ]
}

extension AgentAPI.Function {
    /// Declared beside it, see ``AgentAPI/arguments``.
    var keys: [APIKey] { AgentAPI.arguments[name]?.keys ?? [] }
}
