/// The words of a Lua text, for questions that need no more than that.
///
/// - Complexity: one pass; a text that does not parse gives words all the same.
struct LuaTokens: Sequence, IteratorProtocol {
    enum Token: Equatable {
        case name(String)
        /// A string in quotes without an escape.
        case text(String)
        /// Any other value: a number, a string with escapes or in long brackets.
        case literal
        /// One character, or one of `..`, `...`, `==`, `~=`, `<=`, `>=`, `::`, `//`, `<<`, `>>`.
        case symbol(String)
    }

    private static let pairs = ["..", "==", "~=", "<=", ">=", "::", "//", "<<", ">>"]

    private let text: [UInt8]
    private var at = 0
    /// The line of the token that was returned last, from 1.
    private(set) var line = 1
    private var nextLine = 1

    init(_ text: [UInt8]) {
        self.text = text
        // A line that begins with # is for a shell.
        if text.first == UInt8(ascii: "#") { skipLine() }
    }

    mutating func next() -> Token? {
        while let byte = peek() {
            line = nextLine
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"), 0x0B, 0x0C: step()
            case UInt8(ascii: "-") where peek(1) == UInt8(ascii: "-"):
                at += 2
                if !skipLongBracket() { skipLine() }
            case UInt8(ascii: "["):
                if skipLongBracket() { return .literal }
                return symbol()
            case UInt8(ascii: "\""), UInt8(ascii: "'"): return string(until: byte)
            case UInt8(ascii: "."):
                if let digit = peek(1), Self.isDigit(digit) { return number() }
                return symbol()
            case _ where Self.isDigit(byte): return number()
            case _ where Self.isNamePart(byte): return .name(word())
            default: return symbol()
            }
        }
        return nil
    }

    private func peek(_ offset: Int = 0) -> UInt8? { at + offset < text.count ? text[at + offset] : nil }

    private mutating func step() {
        if text[at] == UInt8(ascii: "\n") { nextLine += 1 }
        at += 1
    }

    private mutating func skipLine() {
        while let byte = peek(), byte != UInt8(ascii: "\n") { at += 1 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private mutating func word() -> String {
        let start = at
        while let byte = peek(), Self.isNamePart(byte) { at += 1 }
        return String(decoding: text[start..<at], as: UTF8.self)
    }

    private mutating func number() -> Token {
        while let byte = peek() {
            let isSign = byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
            // `0x1e+2` is a sum, but both sides are numbers anyway.
            let follows = at > 0 && [UInt8(ascii: "e"), UInt8(ascii: "p")].contains(text[at - 1] | 0x20)
            guard Self.isNamePart(byte) || byte == UInt8(ascii: ".") || (isSign && follows) else { break }
            at += 1
        }
        return .literal
    }

    private mutating func string(until quote: UInt8) -> Token {
        at += 1
        let start = at
        var isPlain = true
        while let byte = peek(), byte != quote {
            if byte == UInt8(ascii: "\\") {
                isPlain = false
                step()
                if peek() == nil { break }
            }
            step()
        }
        let value = String(decoding: text[start..<at], as: UTF8.self)
        at = Swift.min(at + 1, text.count)
        return isPlain ? .text(value) : .literal
    }

    /// `[[ … ]]` and `[==[ … ]==]`; leaves everything as it is where none begins.
    private mutating func skipLongBracket() -> Bool {
        guard peek() == UInt8(ascii: "[") else { return false }
        var level = 0
        while peek(1 + level) == UInt8(ascii: "=") { level += 1 }
        guard peek(1 + level) == UInt8(ascii: "[") else { return false }
        at += level + 2
        let bracket = UInt8(ascii: "]")
        while let byte = peek() {
            if byte == bracket, peek(1 + level) == bracket,
                (0..<level).allSatisfy({ peek(1 + $0) == UInt8(ascii: "=") })
            {
                at += level + 2
                return true
            }
            step()
        }
        return true
    }

    private mutating func symbol() -> Token {
        let pair = String(decoding: text[at..<Swift.min(at + 2, text.count)], as: UTF8.self)
        if pair == "..", peek(2) == UInt8(ascii: ".") {
            at += 3
            return .symbol("...")
        }
        let isPair = Self.pairs.contains(pair)
        defer { at += isPair ? 2 : 1 }
        return .symbol(isPair ? pair : String(decoding: text[at..<at + 1], as: UTF8.self))
    }
}
