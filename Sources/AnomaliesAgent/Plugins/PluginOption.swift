import Scripting

/// One option that a plugin declares: how its text in `[plugin NAME]` is read, and what the plugin gets of it.
struct PluginOption: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case text, integer, number, seconds, flag, choice, list, url
        /// Never written in the file: `NAME-env` names an environment variable, `NAME-file` a file with it.
        case secret
    }

    let name: String
    let kind: Kind
    /// What it does, in one sentence.
    let summary: String
    let isRequired: Bool
    /// `nil` where it is required, or left out when it is not set.
    private(set) var standard: LuaValue?
    let choices: [String]
    /// A value for sample.cfg, where it has no default.
    let example: String
    let range: ClosedRange<Double>?

    /// Names that a section has besides the plugin's own.
    static let reserved: Set<String> = ["allow"]

    /// The keys that set it.
    var keys: [String] { kind == .secret ? ["\(name)-env", "\(name)-file"] : [name] }

    /// - Parameter reader: of one entry of `options`; gets what is wrong with it.
    /// - Returns: `nil` where something is.
    init?(_ reader: inout TableReader) {
        let count = reader.problems.count
        let name = reader.string("name") ?? ""
        if name.isEmpty || !Self.isName(name) || Self.reserved.contains(name) {
            reader.refuse("name", "expected lower-case letters, digits and hyphens, but not \"allow\"")
        }
        let kind = reader.choice("type", of: Kind.allCases.map(\.rawValue)).flatMap(Kind.init(rawValue:))
        if kind == nil {
            reader.refuse("type", "expected one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let summary = reader.string("doc") ?? ""
        if summary.isEmpty { reader.refuse("doc", "expected a sentence that says what the option does") }
        let isRequired = reader.boolean("required", default: false)
        let choices = reader.value("of")?.texts ?? []
        if kind == .choice, choices.isEmpty { reader.refuse("of", "expected a list of the words that may be chosen") }
        let everything = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        let least = reader.number("min", in: everything) ?? everything.lowerBound
        let most = reader.number("max", in: everything) ?? everything.upperBound
        if least > most { reader.refuse("max", "it is less than min") }
        self.name = name
        self.kind = kind ?? .text
        self.summary = summary
        self.isRequired = isRequired
        self.choices = choices
        example = reader.string("example") ?? ""
        if isRequired, example.isEmpty {
            reader.refuse("example", "expected a value for sample.cfg, as it is required")
        }
        range = least > most ? nil : least...most
        standard = reader.value("default")
        if isRequired, standard != nil { reader.refuse("default", "a required option has none") }
        if self.kind == .secret, standard != nil { reader.refuse("default", "a secret has none") }
        if let standard, reader.problems.count == count, let text = Self.text(standard) {
            do {
                // 10 is as good as 10.0, and a list may be written as its text.
                self.standard = try value(of: text)
            } catch {
                reader.refuse("default", "\(text) \(error.reason); expected \(allowed)")
            }
        }
        reader.refuseUnknown(synonyms: ["kind": "type", "description": "doc", "summary": "doc", "choices": "of"])
        guard reader.problems.count == count else { return nil }
    }

    private static func isName(_ name: String) -> Bool {
        name.utf8.count <= 64 && name.utf8.first.map { (0x61...0x7A).contains($0) } == true
            && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
            // These would read as another option's secret.
            && !name.hasSuffix("-env") && !name.hasSuffix("-file")
    }

    /// The accepted values in words.
    var allowed: String {
        let (low, high) = (range?.lowerBound ?? 0, range?.upperBound ?? 0)
        let hasLow = low > -Double.greatestFiniteMagnitude
        let hasHigh = high < Double.greatestFiniteMagnitude
        let bounds =
            (hasLow ? " from \(TextDisplay.decimal(low))" : "") + (hasHigh ? " to \(TextDisplay.decimal(high))" : "")
        return switch kind {
        case .text: "a text"
        case .integer: "a whole number\(bounds)"
        case .number: "a number\(bounds)"
        case .seconds: "seconds\(bounds)"
        case .flag: "yes or no"
        case .choice: "one of \(choices.joined(separator: ", "))"
        case .list: "texts, separated by commas"
        case .url: "a URL that begins with https:// or http://"
        case .secret: "a secret"
        }
    }

    /// What the plugin gets for a text of the configuration.
    func value(of text: String) throws(OptionRefusal) -> LuaValue {
        let everything = range ?? -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        switch kind {
        case .text, .secret: return .string(text)
        case .integer:
            let whole = Int(max(everything.lowerBound, -9e15))...Int(min(everything.upperBound, 9e15))
            return .integer(Int64(try OptionSyntax<Int>.integer(whole).parse(text)))
        case .number, .seconds:
            return .number(try OptionSyntax<Double>.number(everything, unit: "a number").parse(text))
        case .flag: return .boolean(try OptionSyntax<Bool>.flag.parse(text))
        case .choice:
            if choices.contains(text) { return .string(text) }
            let near = NearestName.of(text, among: choices).map { "Did you mean \"\($0)\"?" }
            throw OptionRefusal("is not one of the choices", advice: near)
        case .list:
            let items = text.split(separator: ",").map { INIFile.trimmed($0) }.filter { !$0.isEmpty }
            return .table(LuaTable(array: items.map(LuaValue.string)))
        case .url:
            guard PluginNeed.Place(url: text) != nil else {
                throw OptionRefusal("is no absolute URL of http or https without a user name")
            }
            return .string(text)
        }
    }

    /// As it would stand in `anomalies.cfg`; `nil` for what no option can be.
    static func text(_ value: LuaValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .number(let number): TextDisplay.decimal(number)
        case .boolean(let flag): flag ? "yes" : "no"
        case .table(let table) where table.fields.isEmpty: table.array.compactMap(text).joined(separator: ", ")
        default: nil
        }
    }
}

extension LuaValue {
    /// The texts of a list; `nil` for anything else.
    var texts: [String]? {
        guard case .table(let table) = self, table.fields.isEmpty else { return nil }
        let texts = table.array.compactMap { value -> String? in if case .string(let text) = value { text } else { nil }
        }
        return texts.count == table.array.count ? texts : nil
    }
}
