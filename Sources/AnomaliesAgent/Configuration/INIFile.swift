/// Takes an INI file apart, line by line, without asking what the settings mean.
///
/// As Python's `configparser` reads it with `inline_comment_prefixes="#;"`, `interpolation=None`: `:` or `=` separates,
/// `#` or `;` starts a comment at a line's start or after whitespace, keys are lower-cased, `%` is literal. Differences,
/// because a mistake must not pass for a setting: a value never continues on an indented next line, and nothing may
/// follow `[section]`.
enum INIFile {
    enum Item: Sendable, Equatable {
        case section(String)
        /// A line that begins with `[` and goes wrong.
        case damagedSection
        /// `key` in lower case.
        case setting(key: String, value: String)
        /// Why the line cannot be read and what to do. Never holds the line: it may be part of a password.
        case problem(String)
    }

    /// Calls `visit` with the number, from 1, of every line that says something. Reads on after a problem.
    static func read(_ bytes: [UInt8], visit: (Int, Item) -> Void) {
        guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]) else {
            return visit(1, .problem("the file is UTF-16 text. Save it as UTF-8."))
        }
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        var line = 0
        forEachLine(content) { bytes in
            line += 1
            if let item = item(bytes) { visit(line, item) }
        }
    }

    /// Without the whitespace around it. By scalar, not `Character`: a combining mark would hide the space before it.
    static func trimmed(_ text: Substring) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    /// LF, CR LF and a lone CR end a line, as in Python's universal newlines.
    private static func forEachLine(_ content: ArraySlice<UInt8>, _ visit: (ArraySlice<UInt8>) -> Void) {
        var start = content.startIndex
        var previous: UInt8 = 0
        for (index, byte) in zip(content.indices, content) {
            if byte == 0x0A, previous == 0x0D {
                start = index + 1
            } else if byte == 0x0A || byte == 0x0D {
                visit(content[start..<index])
                start = index + 1
            }
            previous = byte
        }
        visit(content[start...])
    }

    private static func item(_ line: ArraySlice<UInt8>) -> Item? {
        guard let decoded = String(validating: line, as: UTF8.self) else {
            return .problem("the line is not valid UTF-8. Save the file as UTF-8.")
        }
        let text = withoutComment(decoded)
        if let control = text.unicodeScalars.first(where: { $0.properties.generalCategory == .control && $0 != "\t" }) {
            let code = String(control.value, radix: 16, uppercase: true)
            return .problem("the line holds the control character U+\(code). Remove it.")
        }
        guard !text.isEmpty else { return nil }
        if text.hasPrefix("[") {
            let name = trimmed(text.dropFirst().dropLast())
            let isAlone = text.firstIndex(of: "]") == text.index(before: text.endIndex)
            return isAlone && !name.isEmpty
                ? .section(name) : .damagedSection
        }
        guard let separator = text.firstIndex(where: { $0 == ":" || $0 == "=" }) else {
            return .problem(
                "the line is neither [Section] nor key: value. A value stays on one line; a comment begins with #."
            )
        }
        let key = trimmed(text[..<separator]).lowercased()
        let value = trimmed(text[text.index(after: separator)...])
        return key.isEmpty ? .problem("the key is missing. Write key: value.") : .setting(key: key, value: value)
    }

    private static func withoutComment(_ line: String) -> String {
        var previous: Unicode.Scalar = " "
        for index in line.unicodeScalars.indices {
            let scalar = line.unicodeScalars[index]
            if scalar == "#" || scalar == ";", previous.properties.isWhitespace {
                return trimmed(line[..<index])
            }
            previous = scalar
        }
        return trimmed(line[...])
    }
}
