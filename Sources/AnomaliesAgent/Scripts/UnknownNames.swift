import Scripting

/// The names in scripts that mean nothing there: misspelt constructors, texts without quotes, what the sandbox leaves out.
///
/// It looks at words, not at scopes: a name that is declared anywhere in a file may be used everywhere in it.
final class UnknownNames {
    private var found: [(path: String, problem: ScriptProblem)] = []

    var problems: [ScriptProblem] { found.map(\.problem) }

    func forget(_ path: String) { found.removeAll { $0.path == path } }

    /// - Parameter lua: the state that the text is to run in, which knows what there is.
    func look(in text: [UInt8], path: String, chunk: ChunkName, _ lua: inout LuaState) {
        var meanings: [String: Bool] = [:]
        for use in Self.uses(in: text) {
            if meanings[use.name] == nil {
                // What cannot leave Lua is there all the same.
                let value = try? lua.global(use.name)
                meanings[use.name] = value != .some(.nil)
                if meanings[use.name] == false, let near = ScriptAdvice.constructor(near: use.name) {
                    AgentAPI.register(use.name, as: near, in: &lua, chunk: chunk)
                }
            }
            if meanings[use.name] == false {
                found.append((path, ScriptProblem(path, line: use.line, ScriptAdvice.unknown(use.name))))
            } else if let member = use.member, AgentAPI.libraries.contains(where: { $0.name == use.name }),
                case .table(let library)? = try? lua.global(use.name), library[member] == nil
            {
                let text = ScriptAdvice.unknown(member, of: use.name)
                found.append((path, ScriptProblem(path, line: use.line, text)))
            }
        }
    }

    struct Use: Equatable {
        var name: String
        /// What of it, where that follows with a dot.
        var member: String?
        var line: Int
    }

    private static let keywords: Set<String> = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not", "or", "repeat", "return", "then", "true", "until", "while",
    ]

    /// Where names are used that the text declares nowhere; none where it gives itself names in other ways.
    static func uses(in text: [UInt8]) -> [Use] {
        var tokens: [LuaTokens.Token] = []
        var lines: [Int] = []
        var reader = LuaTokens(text)
        while let token = reader.next() {
            tokens.append(token)
            lines.append(reader.line)
        }
        var uses: [Use] = []
        var declared: Set<String> = []
        // What is open: a bracket, or a block.
        var open: [String] = []
        for (index, token) in tokens.enumerated() {
            let last = index > 0 ? tokens[index - 1] : nil
            switch token {
            case .symbol("{"), .symbol("("), .symbol("["): open.append("{")
            case .symbol("}"), .symbol(")"), .symbol("]"): _ = open.popLast()
            case .symbol("=") where open.last != "{": declared.formUnion(names(before: index, in: tokens))
            case .name(let word) where keywords.contains(word):
                switch word {
                case "if", "do", "repeat": open.append(word)
                case "function":
                    open.append(word)
                    declared.formUnion(parameters(after: index, in: tokens))
                case "end", "until": _ = open.popLast()
                case "local", "for": declared.formUnion(names(after: index, in: tokens))
                default: break
                }
            case .name(let name):
                if name == "_ENV" || name == "_G" { return [] }
                let isField = last == .symbol(".") || last == .symbol(":") || last == .symbol("::")
                let next = index + 1 < tokens.count ? tokens[index + 1] : nil
                let isKey = next == .symbol("=") && open.last == "{"
                let isAttribute = last == .symbol("<") && next == .symbol(">")
                if !isField, !isKey, !isAttribute, last != .name("goto") {
                    uses.append(Use(name: name, member: member(after: index, in: tokens), line: lines[index]))
                }
            default: break
            }
        }
        return uses.filter { !declared.contains($0.name) }
    }

    /// `floor` of `math.floor`.
    private static func member(after index: Int, in tokens: [LuaTokens.Token]) -> String? {
        guard index + 2 < tokens.count, tokens[index + 1] == .symbol("."), case .name(let name) = tokens[index + 2]
        else {
            return nil
        }
        return name
    }

    /// `a, b` of `local a, b <const>` and `for a, b in`.
    private static func names(after start: Int, in tokens: [LuaTokens.Token]) -> [String] {
        var names: [String] = []
        for index in tokens.indices.dropFirst(start + 1) {
            switch tokens[index] {
            case .name(let name) where !keywords.contains(name):
                guard index == start + 1 || tokens[index - 1] == .symbol(",") || tokens[index - 1] == .symbol("<")
                else { return names }
                names.append(name)
            case .symbol(","), .symbol("<"), .symbol(">"): continue
            default: return names
            }
        }
        return names
    }

    /// `a, b` of `a, b = 1, 2`.
    private static func names(before end: Int, in tokens: [LuaTokens.Token]) -> [String] {
        var names: [String] = []
        var index = end - 1
        while index >= 0, case .name(let name) = tokens[index], !keywords.contains(name) {
            if index > 0, tokens[index - 1] == .symbol(".") { break }
            names.append(name)
            guard index > 1, tokens[index - 1] == .symbol(",") else { break }
            index -= 2
        }
        return names
    }

    /// The name of `function name(a, b)`, where it is one, and its parameters.
    private static func parameters(after start: Int, in tokens: [LuaTokens.Token]) -> [String] {
        var names: [String] = []
        var isOpen = false
        for index in tokens.indices.dropFirst(start + 1) {
            switch tokens[index] {
            case .name(let name): if isOpen || index == start + 1 { names.append(name) }
            case .symbol("("): isOpen = true
            case .symbol(")"): return names + ["self"]
            case .symbol("."), .symbol(":"), .symbol(","), .symbol("..."): continue
            default: return names
            }
        }
        return names
    }
}

extension AgentAPI {
    /// Makes `name` do what a constructor does.
    static func register(_ name: String, as constructor: String, in lua: inout LuaState, chunk: ChunkName) {
        lua.register(name, phase: .loading) { call throws(ScriptError) in
            var table = call.count > 0 ? (try? call.table(1)) ?? LuaTable() : LuaTable()
            table[kind] = .string(constructor)
            table[order] = .integer(0)
            table[place] = .string(chunk.restoring("\(call.location):").dropLast().description)
            return .table(table)
        }
    }
}
