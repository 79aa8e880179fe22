import Foundation

/// What to do about an error of the interpreter, for people who know another language better than Lua.
struct ScriptAdvice {
    let text: [UInt8]
    /// The keys of `config.general`.
    var general: [String] = []

    /// What is told of a name that means nothing.
    static func unknown(_ name: String) -> String {
        if let why = AgentAPI.absent[name] { return "\(name): not in the sandbox: \(why)" }
        if let word = AgentAPI.foreign[name] { return "\(name): there is nothing of that name. In Lua it is \(word)" }
        let near = Self.near(name)
        return
            "\(name): there is nothing of that name. \(near.map { "Did you mean \($0)?" } ?? "A text is written \"\(name)\"")"
    }

    /// The same of a part of a library.
    static func unknown(_ member: String, of library: String) -> String {
        let members = AgentAPI.libraries.first { $0.name == library }?.members ?? []
        let near = NearestName.of(member, among: members).map { "Did you mean \(library).\($0)?" }
        return "\(library).\(member): there is nothing of that name. "
            + (near ?? "\(library) has \(members.joined(separator: ", "))")
    }

    /// Stricter than elsewhere: a text without quotes, `host`, is a name as well, and not nearly `test`.
    private static func near(_ name: String) -> String? {
        guard let near = NearestName.of(name, among: AgentAPI.names) else { return nil }
        return NearestName.distance(Array(name.lowercased()), Array(near.lowercased())) * 2 < name.count ? near : nil
    }

    /// The constructor that was probably meant.
    static func constructor(near name: String) -> String? {
        guard let near = Self.near(name) else { return nil }
        return AgentAPI.functions.contains { $0.name == near } ? near : nil
    }

    /// - Parameter message: `scripts/detect.lua:3: '}' expected near ':'`.
    func advised(_ message: String) -> String {
        guard let match = message.firstMatch(of: #/^(?<place>.*?:(?<line>\d+): )(?<what>.*)$/#) else { return message }
        let what = String(match.what)
        if let name = what.firstMatch(of: #/\(global '(\w+)'\)/#)?.1, what.contains("a nil value") {
            return "\(match.place)\(Self.unknown(String(name)))"
        }
        let line = line(Int(match.line) ?? 0)
        if let name = what.firstMatch(of: #/a nil value \(field '(\w+)'\)/#)?.1,
            let library = AgentAPI.libraries.first(where: { line.contains("\($0.name).\(name)") })
        {
            return "\(match.place)\(Self.unknown(String(name), of: library.name))"
        }
        guard let advice = advice(what, line: line) else { return message }
        return "\(message). \(advice)"
    }

    private func line(_ number: Int) -> String {
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return lines.indices.contains(number - 1) ? String(decoding: lines[number - 1], as: UTF8.self) : ""
    }

    private func advice(_ what: String, line: String) -> String? {
        if let name = what.firstMatch(of: #/\(field '([^']+)'\)/#)?.1 { return member(String(name), line) }
        if let name = what.firstMatch(of: #/\(method '(\w+)'\)/#)?.1 {
            let members = AgentAPI.libraries.first { $0.name == "string" }?.members ?? []
            return NearestName.of(String(name), among: members).map { "Did you mean :\($0)?" }
        }
        if let name = what.firstMatch(of: #/^(\w+): argument 1: expected table/#)?.1 {
            return AgentAPI.functions.first { $0.name == String(name) }.map { "Write \($0.usage)" }
        }
        if what.contains("'for iterator'") { return "Lua writes: for _, item in ipairs(list) do … end" }
        if what.contains(#/attempt to call a (string|number|table|boolean) value$/#) {
            return "Is a comma missing before it?"
        }
        guard let near = what.firstMatch(of: #/near (?:'(?<token>.*)'|<eof>)$/#) else { return nil }
        return syntax(what, near: near.token.map(String.init) ?? "", line)
    }

    /// `config.general["x"]`
    private func member(_ name: String, _ line: String) -> String? {
        guard let found = line.ranges(of: name).first else { return nil }
        let owner = line[..<found.lowerBound].split { !($0.isLetter || $0.isNumber || $0 == "_") }.last ?? ""
        if owner == "general" {
            let near = NearestName.of(name, among: general).map { "Did you mean \($0)?" }
            return near ?? "[General] has \(general.joined(separator: ", "))"
        }
        return owner == "config" ? "Did you mean config.general?" : nil
    }

    // MARK: What does not parse

    private static let signs: [String: String] = [
        "!": "Not is written not, and not equal ~=", "&": "Lua writes and", "|": "Lua writes or",
        "//": "A comment begins with --", "[": "A list is written { … }",
        ":": "A key is written without quotes, and with =: name = value", "?": "Lua writes: condition and a or b",
    ]

    private func syntax(_ what: String, near token: String, _ line: String) -> String? {
        if let advice = Self.signs[token] { return advice }
        // A byte that no word of Lua's has: quotes of a word processor, as often as not.
        if token.hasPrefix("<\\") { return "Lua takes letters without accents, and straight quotes" }
        if line.contains("=>") { return "A function is written: function(record) … end" }
        if let word = line.firstMatch(of: #/^\s*(let|var|const|def|func|fn)\s/#)?.1 {
            return ["let", "var", "const"].contains(word)
                ? "Lua writes: local name = value" : "Lua writes: function name(a) … end"
        }
        if what.hasPrefix("syntax error"), "+-*/".contains(token) { return "Lua writes: x = x \(token) 1" }
        if line.contains(#/^\s*(else\s*)?if\b.*\{\s*$/#) || line.contains(#/\bif\b[^{]*\{/#) || what.hasPrefix("'then'")
        {
            return token == "=" ? "Equal is written ==" : "Lua writes: if condition then … end"
        }
        if token == "=", line.contains(#/[A-Za-z]-[A-Za-z][\w-]*\s*=/#) {
            return "Names of keys are written with _ instead of -"
        }
        if line.contains(#/^\s*(import|from|include|using|#include)\b/#) {
            return AgentAPI.absent["require"]?.capitalizedFirst
        }
        if what.hasPrefix("unexpected symbol"), token == "{" { return "Is return missing before it?" }
        if what.hasPrefix("unexpected symbol"), ",})]".contains(token) {
            return "Is a value missing before it, or an end?"
        }
        if what.hasPrefix("unfinished string") { return "A text ends on its line, with the quote that it began with" }
        if what.hasPrefix("'end' expected") { return "Each function, if, for and while has an end" }
        if what.hasPrefix("<eof> expected") || token == "end" { return "Before it something is closed once too often" }
        if what.hasPrefix("'}' expected") || what.hasPrefix("')' expected"), token.contains(#/^[\w"'{(]/#) {
            return "Is a comma missing before it?"
        }
        return nil
    }
}
