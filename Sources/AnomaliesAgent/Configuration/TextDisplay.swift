/// How text that somebody else wrote appears in messages and listings: bounded, on one line, without credentials.
enum TextDisplay {
    /// At most `limit` characters of `text`, control characters escaped: a value must not move a terminal's cursor or
    /// fill a log.
    static func printable(_ text: String, limit: Int = 60) -> String {
        var shown = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            shown += isPrintable(scalar) ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
        }
        return text.unicodeScalars.count > limit ? shown + "…" : shown
    }

    /// ``printable(_:limit:)`` in double quotes.
    static func quoted(_ text: String) -> String { "\"\(printable(text))\"" }

    /// A URL without its user name and password: `https://(hidden)@host`.
    static func hidingUserInfo(_ url: String) -> String {
        guard let at = url.lastIndex(of: "@") else { return url }
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        return start <= at ? "\(url[..<start])(hidden)\(url[at...])" : url
    }

    /// 1,000,000 for 1000000.
    static func grouped(_ number: Int) -> String {
        var digits = Array(String(number.magnitude))
        for position in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: position) }
        return (number < 0 ? "-" : "") + String(digits)
    }

    /// The shortest decimal that reads back as `number`, without a useless `.0`.
    static func decimal(_ number: Double) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// Bytes in the largest unit that divides them: `64M`, `1G`, `1000`.
    static func bytes(_ count: Int) -> String {
        for (unit, shift) in [("T", 40), ("G", 30), ("M", 20), ("K", 10)]
        where count > 0 && count.isMultiple(of: 1 << shift) {
            return "\(count >> shift)\(unit)"
        }
        return "\(count)"
    }

    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
        default: true
        }
    }
}
