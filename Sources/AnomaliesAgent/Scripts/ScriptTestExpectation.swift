import Scripting

/// What a test expects, compared with what came.
struct ScriptTestExpectation {
    enum Items {
        case count(Int)
        /// All of them, in their order; only the fields that are given count.
        case list([LuaTable])
    }

    /// What can be said of each kind of item.
    private static let fields: [(kind: String, fields: [String])] = [
        (
            "findings",
            [
                "line", "severity", "rule", "message", "score", "grade", "key", "alerted", "suppressed", "label",
                "record",
                "level", "threshold", "likelihood", "direction", "expected", "attribution", "view", "script",
            ]
        ),
        (
            "alerts",
            [
                "line", "severity", "rule", "message", "score", "grade", "key", "suppressed", "label", "record",
                "level",
                "threshold", "likelihood", "direction", "expected", "attribution", "view", "script", "time",
            ]
        ),
        ("mails", ["line", "to", "subject", "text", "html"]),
        ("quarantined", ["line", "reason"]),
    ]

    /// By kind; what is not said is not compared, except that nothing may go to quarantine.
    private var items: [String: Items] = [:]
    private var precision: Double?
    private var recall: Double?

    init() {}

    init(_ table: LuaTable, _ reader: inout TableReader) {
        var inner = reader.inner("expect", table)
        for (kind, fields) in Self.fields {
            switch inner.value(kind) {
            case nil: break
            case .table(let list)? where list.fields.isEmpty:
                items[kind] = .list(
                    list.array.enumerated().compactMap { index, item in
                        guard case .table(let pattern) = item, pattern.array.isEmpty else {
                            inner.refuse(kind, "item \(index + 1): expected a table of fields, got \(item.shown)")
                            return nil
                        }
                        var names = inner.inner("\(kind)[\(index + 1)]", pattern)
                        names.refuseUnknown(alsoAllowing: fields)
                        inner.add(names.problems)
                        return pattern
                    }
                )
            case let value?:
                if let count = value.double.flatMap({ Int(exactly: $0) }), count >= 0 {
                    items[kind] = .count(count)
                } else {
                    inner.refuse(kind, "expected a count or a list of tables, got \(value.shown)")
                }
            }
        }
        precision = inner.number("precision", in: 0...1)
        recall = inner.number("recall", in: 0...1)
        inner.refuseUnknown()
        reader.add(inner.problems)
    }

    /// - Parameters:
    ///   - actual: by kind, as objects.
    ///   - injected: how many records have a label, and `hits` how many of those were found.
    /// - Returns: what differs, as lines with `-` for what did not come and `+` for what did; none where all is well.
    func difference(_ actual: [String: [JSONValue]], injected: Int, hits: Int) -> [String] {
        var lines: [String] = []
        for (kind, _) in Self.fields {
            let came = actual[kind] ?? []
            switch items[kind] ?? (kind == "quarantined" ? .count(0) : nil) {
            case nil: break
            case .count(let count)?:
                guard count != came.count else { continue }
                lines.append("\(kind): expected \(count), got \(came.count)")
                lines += came.prefix(5).map { "  + \(Self.text($0, of: []))" }
                if came.count > 5 { lines.append("  + and \(came.count - 5) more") }
            case .list(let patterns)?: lines += Self.compare(kind, patterns, came)
            }
        }
        let found = (actual["findings"] ?? []).count
        for (name, least, part, whole) in [
            ("precision", precision, hits, found), ("recall", recall, hits, injected),
        ] {
            guard let least else { continue }
            let value = whole == 0 ? 0 : Double(part) / Double(whole)
            if value < least || whole == 0 {
                let what = name == "recall" ? "labelled" : "found"
                lines.append(
                    "\(name): expected at least \(least), got \(MailTemplate.rounded(value)) (\(part) of \(whole) \(what))"
                )
            }
        }
        return lines
    }

    private static func compare(_ kind: String, _ patterns: [LuaTable], _ came: [JSONValue]) -> [String] {
        // The longest way through both in which everything fits, so that one item too many is one line.
        var best = [[Int]](repeating: [Int](repeating: 0, count: came.count + 1), count: patterns.count + 1)
        guard patterns.count * came.count <= 1_000_000 else {
            return ["\(kind): expected \(patterns.count), got \(came.count), too many to compare; expect a count"]
        }
        for row in patterns.indices.reversed() {
            for column in came.indices.reversed() {
                best[row][column] =
                    fits(.table(patterns[row]), came[column])
                    ? best[row + 1][column + 1] + 1 : max(best[row + 1][column], best[row][column + 1])
            }
        }
        guard best[0][0] < max(patterns.count, came.count) else { return [] }
        var lines = ["\(kind): expected \(patterns.count), got \(came.count)"]
        var (row, column) = (0, 0)
        let names = Set(patterns.flatMap { $0.fields.map(\.key) })
        while row < patterns.count || column < came.count {
            if row < patterns.count, column < came.count, fits(.table(patterns[row]), came[column]) {
                (row, column) = (row + 1, column + 1)
            } else if column == came.count || row < patterns.count && best[row + 1][column] >= best[row][column + 1] {
                lines.append("  - \(text(patterns[row]))")
                row += 1
            } else {
                lines.append("  + \(text(came[column], of: names))")
                column += 1
            }
        }
        return lines
    }

    /// Whether a value is what was asked for: `*` in a text stands for anything, `{ min, max }` for a range, a table for
    /// an object with at least these fields, false and null for what is not there.
    static func fits(_ pattern: LuaValue, _ value: JSONValue?) -> Bool {
        switch pattern {
        case .nil, .null: return value == nil || value == .null
        case .boolean(let wanted): return wanted ? value == .boolean(true) : value == nil || value == .boolean(false)
        case .integer, .number: return value?.double == pattern.double
        case .string(let text):
            return value.map { Self.matches($0.string ?? $0.display, text) } ?? false
        case .table(let table):
            if !table.array.isEmpty {
                guard let items = value?.array, items.count == table.array.count else { return false }
                return zip(table.array, items).allSatisfy { fits($0, $1) }
            }
            if table["min"] != nil || table["max"] != nil, let number = value?.double {
                return number >= table["min"]?.double ?? -.infinity && number <= table["max"]?.double ?? .infinity
            }
            guard let object = value?.object else { return false }
            return table.fields.allSatisfy { fits($0.value, object[$0.key]) }
        case .bytes, .function: return false
        }
    }

    /// `*` stands for anything, also for nothing.
    private static func matches(_ text: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false).map { Array($0.utf8) }
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return text == pattern }
        let bytes = Array(text.utf8)
        guard bytes.count >= first.count + last.count, bytes.starts(with: first),
            bytes.suffix(last.count).elementsEqual(last)
        else { return false }
        var rest = bytes[first.count..<bytes.count - last.count]
        for part in parts[1..<parts.count - 1] where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }

    private static func text(_ pattern: LuaTable) -> String {
        pattern.fields.map { "\($0.key) \($0.value.shownWhole)" }.joined(separator: ", ")
    }

    /// What was asked about, and enough besides to see what it is.
    private static func text(_ value: JSONValue, of names: Set<String>) -> String {
        let usual: Set<String> = ["line", "severity", "score", "suppressed", "subject", "reason"]
        let fields = value.object?.fields ?? []
        return fields.filter { names.contains($0.name) || usual.contains($0.name) }
            .map { field in
                var text = field.value.display
                if case .number(let number) = field.value { text = MailTemplate.rounded(number) }
                return "\(field.name) \(text.count > 300 ? text.prefix(300) + "…" : text[...])"
            }
            .joined(separator: ", ")
    }
}

extension LuaValue {
    /// As in the script, strings in quotes.
    fileprivate var shownWhole: String {
        if case .string(let text) = self { return "\"\(text)\"" }
        return "\(self)"
    }
}
