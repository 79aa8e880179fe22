/// How package names write their time: the directives of `strftime` that have a fixed width, in UTC.
///
/// Fixed widths make every text parse back without guessing, and let equal positions be compared byte by byte.
public struct TimestampFormat: Sendable, Hashable {
    /// As written in `anomalies.cfg`, for example `%Y-%m-%d-%H_%M_%S`.
    public let text: String
    private let parts: [Part]

    private enum Part: Sendable, Hashable {
        case literal(String)
        case field(Field)
    }

    /// What a directive shows; its raw value is the directive's letter.
    fileprivate enum Field: Character, Sendable, CaseIterable {
        case year = "Y"
        case yearOfCentury = "y"
        case month = "m"
        case day = "d"
        case dayOfYear = "j"
        case hour = "H"
        case minute = "M"
        case second = "S"
        case microsecond = "f"
        case epochSecond = "s"

        /// Digits. `%s` is padded to ten, which are enough until 2286.
        var width: Int {
            switch self {
            case .year: 4
            case .yearOfCentury, .month, .day, .hour, .minute, .second: 2
            case .dayOfYear: 3
            case .microsecond: 6
            case .epochSecond: 10
            }
        }
    }

    /// The directives, for messages.
    static let directives = Field.allCases.map { "%\($0.rawValue)" }.joined(separator: " ") + " %F %T %%"

    static let standard = TimestampFormat(
        text: "%Y-%m-%d-%H_%M_%S",
        parts: [
            .field(.year), .literal("-"), .field(.month), .literal("-"), .field(.day), .literal("-"),
            .field(.hour), .literal("_"), .field(.minute), .literal("_"), .field(.second),
        ]
    )

    private init(text: String, parts: [Part]) {
        self.text = text
        self.parts = parts
    }

    /// Refuses directives that are unknown or vary in width, and formats that lack the date: their names would come
    /// again the next day, and the new packages would replace the old ones.
    init(_ text: String) throws(OptionRefusal) {
        guard text.utf8.count <= 128 else { throw OptionRefusal("is longer than 128 bytes") }
        guard text.unicodeScalars.allSatisfy(TextDisplay.isPrintable) else {
            throw OptionRefusal("holds a control character")
        }
        // The composites of glibc and of Python's documentation.
        let expanded = text.replacing("%%", with: "\0").replacing("%F", with: "%Y-%m-%d")
            .replacing("%T", with: "%H:%M:%S")
        var parts: [Part] = []
        var literal = ""
        var rest = expanded[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                literal.append(character == "\0" ? "%" : character)
                continue
            }
            guard let letter = rest.popFirst(), letter != "\0" else {
                throw OptionRefusal("ends a directive with %", advice: "A percent sign itself is written %%.")
            }
            guard let field = Field(rawValue: letter) else {
                throw OptionRefusal("holds %\(letter), which is not supported")
            }
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = ""
            parts.append(.field(field))
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        self.init(text: text, parts: parts)

        let has = Set(fields)
        let date =
            !has.isDisjoint(with: [.year, .yearOfCentury])
            && (has.contains(.dayOfYear) || has.isSuperset(of: [.month, .day]))
        guard has.contains(.epochSecond) || date else {
            throw OptionRefusal("lacks the date, so that names would repeat", advice: "Use %Y-%m-%d or %s in it.")
        }
        let sample = format(epochMicroseconds: 0)
        guard !sample.hasPrefix("/"), !sample.hasSuffix("/"), !FilenamePattern.leavesItsFolder(sample) else {
            throw OptionRefusal("makes a . or .. folder or an empty one")
        }
    }

    private var fields: [Field] {
        parts.compactMap { if case .field(let field) = $0 { field } else { nil } }
    }

    /// How long an instant must wait until it is surely written differently: a microsecond … a day.
    public var resolution: Duration {
        let has = Set(fields)
        let hour = has.contains(.hour)
        let minute = hour && has.contains(.minute)
        let second = minute && has.contains(.second) || has.contains(.epochSecond)
        if second { return has.contains(.microsecond) ? .microseconds(1) : .seconds(1) }
        return minute ? .seconds(60) : hour ? .seconds(3600) : .seconds(86_400)
    }

    /// Whether a later instant is never written as a text that sorts before, byte by byte.
    ///
    /// True when the fields go from year to microsecond without a gap; a field that is already decided may come again.
    /// `%y` starts over every century and so never sorts. Holds for the years 1 to 9999; with `%s` until 2286.
    public var sortsLexicographically: Bool {
        // The field that may come next is the one after all that are decided.
        let order: [Field] = [.year, .month, .day, .hour, .minute, .second, .microsecond]
        var decided: Set<Field> = []
        for field in fields where !decided.contains(field) {
            switch field {
            case .epochSecond:
                decided.formUnion(Field.allCases.filter { $0 != .microsecond })
            case .dayOfYear where decided.contains(.year):
                decided.formUnion([.month, .day, .dayOfYear])
            case _ where field == order.first { !decided.contains($0) }:
                decided.insert(field)
                if field == .year { decided.insert(.yearOfCentury) }
                if field == .day { decided.insert(.dayOfYear) }
            default:
                return false
            }
        }
        return true
    }

    /// Bytes of every text this format makes.
    public var width: Int {
        parts.reduce(0) { sum, part in
            switch part {
            case .literal(let text): sum + text.utf8.count
            case .field(let field): sum + field.width
            }
        }
    }

    /// The instant in UTC, rounded down to ``resolution``.
    ///
    /// - Parameter epochMicroseconds: since 1970-01-01T00:00:00Z, years 1 to 9999; with `%s` from 1970.
    public func format(epochMicroseconds: Int64) -> String {
        let time = CivilTime(epochMicroseconds: epochMicroseconds)
        return parts.reduce(into: "") { text, part in
            switch part {
            case .literal(let literal): text += literal
            case .field(let field):
                let digits = String(time.value(of: field))
                text += String(repeating: "0", count: max(0, field.width - digits.count)) + digits
            }
        }
    }

    /// The first instant that is written as `text`, in microseconds since 1970-01-01T00:00:00Z.
    ///
    /// - Returns: `nil` for anything this format does not write, impossible dates and fields that contradict each
    ///   other included. `%y` means 1969 to 2068, as POSIX has it.
    public func parse(_ text: some StringProtocol) -> Int64? {
        var bytes = Array(text.utf8)[...]
        guard bytes.count == width else { return nil }
        var values: [Field: Int] = [:]
        for part in parts {
            switch part {
            case .literal(let literal):
                guard bytes.starts(with: literal.utf8) else { return nil }
                bytes = bytes.dropFirst(literal.utf8.count)
            case .field(let field):
                var value = 0
                for byte in bytes.prefix(field.width) {
                    guard (0x30...0x39).contains(byte) else { return nil }
                    value = value * 10 + Int(byte - 0x30)
                }
                guard values.updateValue(value, forKey: field) ?? value == value else { return nil }
                bytes = bytes.dropFirst(field.width)
            }
        }
        let instant = CivilTime.epochMicroseconds(values)
        // Writing it again finds what was impossible (30 February) or contradictory (%j against %m).
        return format(epochMicroseconds: instant).utf8.elementsEqual(text.utf8) ? instant : nil
    }
}

// MARK: - Fields of an instant

extension CivilTime {
    fileprivate func value(of field: TimestampFormat.Field) -> Int {
        switch field {
        case .year: year
        case .yearOfCentury: year % 100
        case .month: month
        case .day: day
        case .dayOfYear: dayOfYear
        case .hour: hour
        case .minute: minute
        case .second: second
        case .microsecond: microsecond
        case .epochSecond: epochSecond
        }
    }

    /// The instant with these fields; what is missing is the smallest value. Impossible values carry over.
    fileprivate static func epochMicroseconds(_ values: [TimestampFormat.Field: Int]) -> Int64 {
        let microsecond = Int64(values[.microsecond] ?? 0)
        if let epochSecond = values[.epochSecond] { return Int64(epochSecond) * 1_000_000 + microsecond }
        let year = values[.year] ?? values[.yearOfCentury].map { $0 < 69 ? 2000 + $0 : 1900 + $0 } ?? 1970
        var days = days(year: year, month: values[.month] ?? 1, day: values[.day] ?? 1)
        if values[.month] == nil || values[.day] == nil {
            days = Self.days(year: year, month: 1, day: 1) + (values[.dayOfYear] ?? 1) - 1
        }
        let seconds = days * 86_400 + (values[.hour] ?? 0) * 3600 + (values[.minute] ?? 0) * 60 + (values[.second] ?? 0)
        return Int64(seconds) * 1_000_000 + microsecond
    }
}
