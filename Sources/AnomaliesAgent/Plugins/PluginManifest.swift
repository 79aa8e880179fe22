import Scripting

/// What `plugin { … }` in plugin.lua declares: what it is, what it needs, and how it is set up.
struct PluginManifest: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case decoder, feature, detector, rule, notifier, source, sink

        /// The function of the plugin that does the work, and how it is called.
        var function: String {
            switch self {
            case .decoder: "decode"
            case .feature: "feature"
            case .detector: "score"
            case .rule: "decide"
            case .notifier: "notify"
            case .source: "poll"
            case .sink: "write"
            }
        }

        var usage: String {
            switch self {
            case .decoder: "decode(item, object, options)"
            case .feature: "feature(record, options)"
            case .detector: "score(point, window, options)"
            case .rule: "decide(record, result, options)"
            case .notifier: "notify(alert, options)"
            case .source: "poll(options)"
            case .sink: "write(findings, options)"
            }
        }

        /// Whether it runs on a thread of its own, where it may wait for the network.
        var reachesOut: Bool { [.notifier, .source, .sink].contains(self) }
    }

    static let newestAPI = 1

    /// That of its folder.
    let name: String
    let kind: Kind
    let version: String
    let summary: String
    let needs: PluginNeeds
    let options: [PluginOption]
    /// Decoder: which object keys, with `*` for any characters; may be `{option}`.
    let keys: String
    /// Decoder: the list in the document whose items are decoded; `nil` for the records of an ordinary package.
    let items: String?
    /// Feature: the names of the numbers it returns.
    let features: [String]
    /// Detector: how many points it is shown, and the score above which a record is a finding: numbers or `{option}`.
    let window: Setting
    let threshold: Setting

    enum Setting: Sendable {
        case number(Double)
        case option(String)

        func value(_ options: LuaTable) -> Double {
            switch self {
            case .number(let number): number
            case .option(let name): options[name]?.double ?? 0
            }
        }
    }

    /// - Parameters:
    ///   - value: what the chunk returned.
    ///   - place: `file:line` of a key.
    /// - Returns: the manifest, and the function that does the work.
    static func read(_ value: LuaValue, name: String, place: @escaping (String) -> String) throws(ScriptProblems) -> (
        manifest: PluginManifest, function: LuaFunction
    ) {
        guard let declaration = Declaration(value), declaration.kind == "plugin" else {
            throw ScriptProblems(problems: [
                ScriptProblem("\(place("plugin")): expected it to return plugin { … }, got \(value.shown)")
            ])
        }
        var reader = TableReader(declaration.table, place: place)
        let manifest = PluginManifest(&reader, name: name, place)
        var function: LuaFunction?
        switch reader.value(manifest.kind.function) {
        case .function(let found)?: function = found
        case let other:
            let got = (other ?? .nil).shown
            reader.refuse(manifest.kind.function, "expected a function \(manifest.kind.usage), got \(got)")
        }
        reader.refuseUnknown(synonyms: ["type": "kind", "description": "summary", "permissions": "needs"])
        guard reader.problems.isEmpty, let function else { throw ScriptProblems(problems: reader.problems) }
        return (manifest, function)
    }

    private init(_ reader: inout TableReader, name: String, _ place: @escaping (String) -> String) {
        self.name = name
        let api = reader.integer("api", default: 0)
        if api != Self.newestAPI {
            reader.refuse("api", "expected \(Self.newestAPI), the only one this agent has, got \(api)")
        }
        let kinds = Kind.allCases.map(\.rawValue)
        let kind = reader.choice("kind", of: kinds).flatMap(Kind.init(rawValue:))
        if kind == nil { reader.refuse("kind", "expected one of \(kinds.joined(separator: ", "))") }
        self.kind = kind ?? .rule
        version = reader.string("version") ?? "0"
        summary = reader.string("summary") ?? ""
        if summary.isEmpty { reader.refuse("summary", "expected a sentence that says what the plugin does") }
        options = Self.options(&reader, place)
        needs = Self.needs(&reader, kind: self.kind, options: options)
        keys = self.kind == .decoder ? reader.string("keys") ?? "" : ""
        items = self.kind == .decoder ? reader.string("items") : nil
        features = self.kind == .feature ? reader.value("features")?.texts ?? [] : []
        if self.kind == .decoder, keys.isEmpty {
            reader.refuse("keys", "expected which objects it decodes, such as \"logs/*.json.gz\" or \"{keys}\"")
        }
        if self.kind == .feature, features.isEmpty {
            reader.refuse("features", "expected a list of the names of the numbers it returns")
        }
        window = Self.setting("window", 1...4096, default: 256, isAsked: self.kind == .detector, options, &reader)
        threshold = Self.setting("threshold", 0...1e9, default: 3, isAsked: self.kind == .detector, options, &reader)
    }

    private static func options(_ reader: inout TableReader, _ place: @escaping (String) -> String) -> [PluginOption] {
        guard let value = reader.value("options") else { return [] }
        guard case .table(let list) = value, list.fields.isEmpty, list.array.count <= 50 else {
            reader.refuse("options", "expected a list of up to 50 { name = …, type = …, doc = … }, got \(value.shown)")
            return []
        }
        var options: [PluginOption] = []
        for (index, item) in list.array.enumerated() {
            guard case .table(let table) = item else {
                reader.refuse("options", "expected { name = …, type = …, doc = … }, got \(item.shown)")
                continue
            }
            // Their keys are the same in all of them: the name tells the line.
            var line: String?
            if case .string(let name)? = table["name"] { line = place("\"\(name)\"") }
            var inner = TableReader(table, path: "options[\(index + 1)].") { line ?? place($0) }
            if let option = PluginOption(&inner) {
                if options.contains(where: { !Set($0.keys).isDisjoint(with: option.keys) }) {
                    inner.refuse("name", "\"\(option.name)\" is declared twice")
                }
                options.append(option)
            }
            reader.add(inner.problems)
        }
        return options
    }

    private static func needs(_ reader: inout TableReader, kind: Kind, options: [PluginOption]) -> PluginNeeds {
        guard let value = reader.value("needs") else { return PluginNeeds() }
        guard case .table(let table) = value, table.array.isEmpty else {
            reader.refuse("needs", "expected a table with http, aws and files, got \(value.shown)")
            return PluginNeeds()
        }
        var inner = reader.inner("needs", table)
        let needs = PluginNeeds(&inner, options: options)
        reader.add(inner.problems)
        if !needs.isEmpty, !kind.reachesOut {
            reader.refuse(
                "needs",
                "only a notifier, source or sink may reach out; a \(kind.rawValue) works in the middle"
            )
        }
        return needs
    }

    private static func setting(
        _ key: String,
        _ range: ClosedRange<Double>,
        default standard: Double,
        isAsked: Bool,
        _ options: [PluginOption],
        _ reader: inout TableReader
    ) -> Setting {
        guard isAsked, let value = reader.value(key) else { return .number(standard) }
        if case .string(let text) = value, text.hasPrefix("{"), text.hasSuffix("}") {
            let name = String(text.dropFirst().dropLast())
            if let option = options.first(where: { $0.name == name }), [.integer, .number].contains(option.kind),
                option.standard != nil, let bounds = option.range, range.contains(bounds.lowerBound),
                range.contains(bounds.upperBound)
            {
                return .option(name)
            }
            reader.refuse(
                key,
                "\(text) is no number option with a default, and min and max within "
                    + "\(TextDisplay.decimal(range.lowerBound)) to \(TextDisplay.decimal(range.upperBound))"
            )
            return .number(standard)
        }
        return .number(reader.number(key, in: range) ?? standard)
    }
}
