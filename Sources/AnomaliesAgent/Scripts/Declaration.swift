import Scripting

/// What a constructor call declared: `integer { min = 1, max = 6 }`.
struct Declaration {
    let kind: String
    let order: Int64
    /// `scripts/record.lua:3`
    let place: String
    let table: LuaTable

    /// `nil` for a value that no constructor made.
    init?(_ value: LuaValue) {
        guard case .table(var table) = value, case .string(let kind) = table[AgentAPI.kind],
            case .integer(let order) = table[AgentAPI.order], case .string(let place) = table[AgentAPI.place]
        else { return nil }
        self.kind = kind
        self.order = order
        self.place = place
        table[AgentAPI.kind] = nil
        table[AgentAPI.order] = nil
        table[AgentAPI.place] = nil
        self.table = table
    }
}

/// Reads the fields of a script's table, remembering every problem instead of stopping at the first.
struct TableReader {
    private let table: LuaTable
    /// `forest.` for a table inside another.
    private let path: String
    private let place: (String) -> String
    private(set) var problems: [ScriptProblem] = []
    private var known: [String] = []

    /// - Parameter place: `file:line` of a key.
    init(_ table: LuaTable, path: String = "", place: @escaping (String) -> String) {
        self.table = table
        self.path = path
        self.place = place
    }

    /// The value of a key, `nil` where it is not set.
    mutating func value(_ key: String) -> LuaValue? {
        if !known.contains(key) { known.append(key) }
        guard let value = table[key], value != .nil, value != .null else { return nil }
        return value
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>, default value: Int) -> Int {
        guard let given = self.value(key) else { return value }
        let integer: Int? =
            switch given {
            case .integer(let integer): Int(exactly: integer)
            case .number(let number): Int(exactly: number)
            default: nil
            }
        guard let integer, range.contains(integer) else {
            let form = "a whole number from \(range.lowerBound) to \(range.upperBound)"
            refuse(key, "expected \(form), got \(given.shown)\(given.quotesAdvice)")
            return value
        }
        return integer
    }

    /// A whole number whose range is somebody else's to check.
    mutating func integer(_ key: String, default value: Int) -> Int {
        guard let given = self.value(key) else { return value }
        guard let integer = given.double.flatMap(Int.init(exactly:)) else {
            refuse(key, "expected a whole number, got \(given.shown)\(given.quotesAdvice)")
            return value
        }
        return integer
    }

    /// A number whose range is somebody else's to check; infinities are refused here.
    mutating func number(_ key: String) -> Double? {
        guard let given = value(key) else { return nil }
        guard let number = given.double else {
            refuse(key, "expected a number, got \(given.shown)\(given.quotesAdvice)")
            return nil
        }
        return number
    }

    mutating func number(_ key: String, in range: ClosedRange<Double>) -> Double? {
        guard let given = value(key) else { return nil }
        guard let number = given.double, range.contains(number) else {
            let form =
                range.upperBound == .greatestFiniteMagnitude
                ? "a number, \(range.lowerBound.short) or more"
                : "a number from \(range.lowerBound.short) to \(range.upperBound.short)"
            let percent = range == 0...1 ? given.percentAdvice : ""
            refuse(key, "expected \(form), got \(given.shown)\(percent)\(given.quotesAdvice)")
            return nil
        }
        return number
    }

    mutating func string(_ key: String) -> String? {
        guard let given = value(key) else { return nil }
        guard case .string(let text) = given, !text.isEmpty else {
            refuse(key, "expected a text, got \(given.shown)")
            return nil
        }
        return text
    }

    mutating func boolean(_ key: String, default value: Bool) -> Bool {
        guard let given = self.value(key) else { return value }
        guard case .boolean(let boolean) = given else {
            refuse(key, "expected true or false, got \(given.shown)\(given.quotesAdvice)")
            return value
        }
        return boolean
    }

    /// One of some words.
    mutating func choice(_ key: String, of words: [String]) -> String? {
        guard let given = value(key) else { return nil }
        guard case .string(let word) = given, words.contains(word) else {
            let near = NearestName.suggestion(given, among: words)
            refuse(
                key,
                "expected one of \(words.map { "\"\($0)\"" }.joined(separator: ", ")), got \(given.shown)\(near)"
            )
            return nil
        }
        return word
    }

    /// A reader of a table inside this one; its problems are to be added.
    func inner(_ key: String, _ table: LuaTable) -> TableReader {
        TableReader(table, path: "\(path)\(key).") { [place] in place("\(key).\($0)") }
    }

    /// A number of seconds, or a text such as `"90s"`, `"5m"`, `"2h"`, `"1d"`.
    mutating func duration(_ key: String, default value: Duration) -> Duration {
        guard let given = self.value(key) else { return value }
        var seconds = given.double
        if case .string(let text) = given, let unit = text.last,
            let factor = ["s": 1.0, "m": 60, "h": 3600, "d": 86_400][unit]
        {
            seconds = Double(text.dropLast()).map { $0 * factor }
        }
        guard let seconds, (0...31_536_000).contains(seconds) else {
            refuse(key, "expected seconds or a text such as \"5m\", from 0 to a year, got \(given.shown)")
            return value
        }
        return .milliseconds(Int64(seconds * 1000))
    }

    mutating func refuse(_ key: String, _ message: String) {
        problems.append(ScriptProblem("\(place(key)): \(path)\(key): \(message)"))
    }

    mutating func add(_ problems: [ScriptProblem]) { self.problems += problems }

    /// Names the keys that nobody asked for, each with what was probably meant.
    ///
    /// - Parameter synonyms: what others call a key, and its name here.
    mutating func refuseUnknown(alsoAllowing others: [String] = [], synonyms: [String: String] = [:]) {
        let names = known + others
        for field in table.fields where !names.contains(field.key) {
            let near =
                (synonyms[field.key] ?? NearestName.of(field.key, among: names)).map { " Did you mean \($0)?" } ?? ""
            refuse(field.key, "unknown; expected one of \(names.joined(separator: ", ")).\(near)")
        }
        if let first = table.array.first {
            problems.append(
                ScriptProblem(
                    "\(place("")): \(path.isEmpty ? "the table" : path) has an entry without a name: \(first.shown)"
                )
            )
        }
    }
}

extension LuaValue {
    var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value.isFinite ? value : nil
        default: nil
        }
    }

    /// For messages about a script's own values: short, and strings in quotes.
    var shown: String {
        switch self {
        case .string(let text): "\"\(text.prefix(40))\""
        case .table(let table) where table.array.isEmpty && table.fields.isEmpty: "an empty table"
        case .table, .function: "a \(typeName)"
        default: "\(self)"
        }
    }
}

extension LuaValue {
    /// For what would do without its quotes.
    var quotesAdvice: String {
        guard case .string(let text) = self else { return "" }
        return Double(text) != nil || text == "true" || text == "false" ? ". Leave the quotes out" : ""
    }

    /// For a share that was given in per cent.
    fileprivate var percentAdvice: String {
        guard let number = double, number > 1, number <= 100 else { return "" }
        return ". \(number.short) % is \(number / 100)"
    }
}

extension NearestName {
    /// ` Did you mean "rises"?`, where a text is nearly one of some words; else empty.
    static func suggestion(_ value: LuaValue, among words: [String]) -> String {
        guard case .string(let text) = value else { return "" }
        let shortened = text.count > 2 ? words.filter { $0.hasPrefix(text.lowercased()) } : []
        guard let near = shortened.count == 1 ? shortened[0] : of(text, among: words) else { return "" }
        return ". Did you mean \"\(near)\"?"
    }
}

extension Double {
    fileprivate var short: String { self == rounded() && abs(self) < 1e15 ? "\(Int64(self))" : "\(self)" }
}
