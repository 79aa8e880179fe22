/// Which fields of its record a function uses, where its text shows that it uses nothing else of it.
///
/// Such a function cannot keep the record, hand it on, go through it, or reach a field whose name it computes. So it can
/// be given one table again and again, with these fields alone. Every mention of the parameter has to be `record.name`
/// or `record["name"]`, or `return record` at the end; there is no function inside, which could be called later.
struct RecordUse: Equatable {
    /// Beyond it a whole record is not much more.
    private static let mostFields = 100

    /// Those that are only read.
    private(set) var read: [String] = []
    /// Those that are assigned, or may be.
    private(set) var assigned: [String] = []

    /// Whether it is a run of assignments and conditions over these fields, its own locals and constants: it cannot
    /// loop, and nothing in it can call anything. Other names are not allowed, because what they stand for may have a
    /// metatable.
    private(set) var isStraight = false

    /// - Parameters:
    ///   - line: where the function begins.
    ///   - text: of the whole script, which has been loaded.
    /// - Returns: `nil` where the text does not show it, or another function begins on the same line.
    init?(ofFunctionAt line: Int, in text: [UInt8]) {
        guard let body = Self.function(at: line, in: text), let parameter = Self.parameter(of: body) else { return nil }
        var at = 2
        // After `function name? ( parameter )`.
        while at < body.count, body[at - 1] != .symbol(")") { at += 1 }
        while at < body.count {
            defer { at += 1 }
            guard body[at] == .name(parameter) else { continue }
            // A field of something else that has the same name.
            if body[at - 1] == .symbol(".") || body[at - 1] == .symbol(":") { continue }
            if body[at - 1] == .name("return"), at == body.count - 2 { continue }
            guard let (name, next) = Self.field(after: at, in: body) else { return nil }
            let isAssigned = [.symbol("="), .symbol(",")].contains(body[next])
            if isAssigned, !assigned.contains(name) { assigned.append(name) }
            if !isAssigned, !read.contains(name) { read.append(name) }
        }
        isStraight = Self.isStraight(body, parameter)
        read.removeAll(where: assigned.contains)
        guard read.count + assigned.count <= Self.mostFields else { return nil }
    }

    /// The name in `.name` or `["name"]`, and what follows it; there is always an `end`.
    private static func field(after place: Int, in body: [LuaTokens.Token]) -> (String, Int)? {
        guard place + 3 < body.count else { return nil }
        switch (body[place + 1], body[place + 2]) {
        case (.symbol("."), .name(let name)): return (name, place + 3)
        case (.symbol("["), .text(let name)) where body[place + 3] == .symbol("]") && place + 4 < body.count:
            return (name, place + 4)
        default: return nil
        }
    }

    /// From `function` to its `end`; `nil` where there are several to choose from.
    private static func function(at line: Int, in text: [UInt8]) -> [LuaTokens.Token]? {
        var tokens = LuaTokens(text)
        var body: [LuaTokens.Token] = []
        var depth = 0
        var isOver = false
        while let token = tokens.next() {
            if token == .name("function"), isOver || depth > 0 {
                guard isOver, tokens.line != line else { return nil }
            }
            if isOver {
                if tokens.line > line { break }
                continue
            }
            if depth == 0, token != .name("function") || tokens.line != line { continue }
            body.append(token)
            switch token {
            // `while` and `for` have a `do`.
            case .name("function"), .name("if"), .name("do"), .name("repeat"): depth += 1
            case .name("end"), .name("until"): depth -= 1
            default: break
            }
            isOver = depth == 0
        }
        return isOver ? body : nil
    }

    private static let straightWords = Set(
        ["and", "or", "not", "if", "then", "else", "elseif", "end", "return", "local", "true", "false", "nil"]
    )
    private static let straightSymbols = Set(
        ["=", "==", "~=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "(", ")", ";", ",", "."]
    )

    private static func isStraight(_ body: [LuaTokens.Token], _ parameter: String) -> Bool {
        var locals: Set<String> = []
        var start = 2
        while start < body.count, body[start - 1] != .symbol(")") { start += 1 }
        for at in start..<body.count {
            // What is followed by `(` or a text is called.
            var canBeCalled = false
            if case .name(let before) = body[at - 1] { canBeCalled = !straightWords.contains(before) }
            if body[at - 1] == .symbol(")") || body[at - 1] == .symbol("]") { canBeCalled = true }
            switch body[at] {
            case .literal: break
            case .text where canBeCalled && at > start: return false
            case .text: break
            case .symbol("(") where canBeCalled && at > start: return false
            case .symbol("["), .symbol("]"):
                // Only around a field's name, which the caller has seen to be one of the record.
                let name = body[at] == .symbol("[") ? at - 1 : at - 3
                guard body[name] == .name(parameter) else { return false }
            case .symbol("."):
                guard body[at - 1] == .name(parameter) else { return false }
            case .symbol(let symbol):
                guard straightSymbols.contains(symbol) else { return false }
            case .name(let name):
                if body[at - 1] == .name("local") { locals.insert(name) }
                let isKnown = straightWords.contains(name) || name == parameter || locals.contains(name)
                guard isKnown || body[at - 1] == .symbol(".") else { return false }
            }
        }
        return true
    }

    /// The only parameter.
    private static func parameter(of body: [LuaTokens.Token]) -> String? {
        guard let open = body.firstIndex(of: .symbol("(")), open + 2 < body.count,
            case .name(let name) = body[open + 1],
            body[open + 2] == .symbol(")"), name != "_ENV"
        else { return nil }
        // A method has one more, which is not written; a field of the same name could be the function itself.
        let title = body[1..<open]
        return title.contains(.symbol(":")) || title.contains(.name(name)) ? nil : name
    }
}
