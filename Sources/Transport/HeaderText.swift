import Foundation

/// Text as it may stand in a mail header: one line's worth, in ASCII (RFC 2047 where it must be).
enum HeaderText {
    /// Controls, line and paragraph separators become spaces, so that no value can end its line and begin another
    /// header. Cut to `limit` bytes of UTF-8, never within a character; what is cut ends in "…".
    static func sanitised(_ text: String, limit: Int) -> String {
        var result = ""
        var size = 0
        for character in text {
            let isBreak = character.unicodeScalars.contains { scalar in
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator: true
                default: false
                }
            }
            let safe = isBreak ? " " : String(character)
            guard size + safe.utf8.count <= limit - 3 else { return result + "…" }
            size += safe.utf8.count
            result += safe
        }
        return result
    }

    /// An unstructured value, folded for a line on which `column` characters are already taken.
    static func unstructured(_ text: String, column: Int) -> String {
        isPlain(text) && column + text.utf8.count <= 76 ? text : encodedWords(text, column: column)
    }

    /// A display name before an angle bracket: quoted, or encoded where quoting is not enough.
    static func phrase(_ text: String, column: Int) -> String {
        guard isPlain(text), text.utf8.count <= 60 else { return encodedWords(text, column: column) }
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(escaped)\""
    }

    /// Printable ASCII that no reader takes for an encoded word, and whose spaces survive folding.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20...0x7e).contains($0) } && !text.contains("=?")
            && !text.hasPrefix(" ") && !text.hasSuffix(" ")
    }

    /// `=?UTF-8?B?…?=`, as many as needed, each at most 75 characters and on a line of its own of at most 76, each
    /// holding whole characters (RFC 2047, sections 2 and 5).
    private static func encodedWords(_ text: String, column: Int) -> String {
        var words: [String] = []
        var chunk: [UInt8] = []
        // Base64 makes 4 characters of 3 bytes, and 12 characters frame them.
        var room = max(3, (min(75, 76 - column) - 12) / 4 * 3)
        for scalar in text.unicodeScalars {
            let bytes = UTF8.encode(scalar).map(Array.init) ?? []
            if chunk.count + bytes.count > room {
                words.append(word(chunk))
                chunk = []
                // A continuation line begins with a space.
                room = (75 - 12) / 4 * 3
            }
            chunk += bytes
        }
        words.append(word(chunk))
        return words.joined(separator: "\r\n ")
    }

    private static func word(_ bytes: [UInt8]) -> String {
        "=?UTF-8?B?\(Data(bytes).base64EncodedString())?="
    }
}
