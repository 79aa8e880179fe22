/// Why a value is not accepted, to be read after the value itself: "is not a number".
struct OptionRefusal: Error, Sendable, Equatable {
    let reason: String
    /// What to do about it; `nil` where "correct it" says all there is.
    let advice: String?

    init(_ reason: String, advice: String? = nil) {
        self.reason = reason
        self.advice = advice
    }
}

/// How the text of one kind of option is read, written and explained.
struct OptionSyntax<Value: Sendable>: Sendable {
    /// The values that are accepted, as messages and tables say it: "a whole number from 1 to 9".
    let allowed: String
    let parse: @Sendable (String) throws(OptionRefusal) -> Value
    /// The text that `parse` turns into the same value.
    let text: @Sendable (Value) -> String
}

extension OptionSyntax where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Self {
        Self(
            allowed: range.upperBound == .max
                ? "a whole number from \(range.lowerBound) to 2^63 - 1"
                : "a whole number from \(TextDisplay.grouped(range.lowerBound)) to \(TextDisplay.grouped(range.upperBound))",
            parse: { text throws(OptionRefusal) in try wholeNumber(text, in: range) },
            text: { "\($0)" }
        )
    }

    /// Bytes, with an optional K, M, G or T for powers of 1024.
    static func bytes(_ range: ClosedRange<Int>) -> Self {
        let (low, high) = (TextDisplay.bytes(range.lowerBound), TextDisplay.bytes(range.upperBound))
        return Self(
            allowed: "bytes from \(low) to \(high), whole, with K, M, G or T for powers of 1024",
            parse: { text throws(OptionRefusal) in
                let units: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
                guard let unit = text.uppercased().last, let shift = units[unit] else {
                    return try wholeNumber(text, in: range)
                }
                let number = INIFile.trimmed(text.dropLast())
                let (product, overflow) = try wholeNumber(number, in: 0 ... .max)
                    .multipliedReportingOverflow(by: 1 << shift)
                guard !overflow, range.contains(product) else { throw OptionRefusal("is out of range") }
                return product
            },
            text: TextDisplay.bytes
        )
    }

    private static func wholeNumber(_ text: String, in range: ClosedRange<Int>) throws(OptionRefusal) -> Int {
        let digits = text.hasPrefix("-") ? text.utf8.dropFirst() : text.utf8[...]
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw OptionRefusal("is not a whole number")
        }
        // Digits that overflow Int are as far out of range as any.
        guard let number = Int(text), range.contains(number) else { throw OptionRefusal("is out of range") }
        return number
    }
}

extension OptionSyntax where Value == Int? {
    /// A whole number, or empty to let another option decide.
    static func optionalInteger(_ range: ClosedRange<Int>) -> Self {
        let required = OptionSyntax<Int>.integer(range)
        return Self(
            allowed: "\(required.allowed), or empty",
            parse: { text throws(OptionRefusal) in text.isEmpty ? nil : try required.parse(text) },
            text: { $0.map(required.text) ?? "" }
        )
    }
}

extension OptionSyntax where Value == Double {
    static func number(_ range: ClosedRange<Double>, unit: String) -> Self {
        let (low, high) = (TextDisplay.decimal(range.lowerBound), TextDisplay.decimal(range.upperBound))
        return Self(
            allowed: "\(unit) from \(low) to \(high), fractions allowed",
            parse: { text throws(OptionRefusal) in
                // Double's own syntax also has nan, inf and hexadecimal, which nobody means.
                guard text.utf8.allSatisfy({ "0123456789.+-eE".utf8.contains($0) }), let number = Double(text) else {
                    throw OptionRefusal("is not a number")
                }
                guard range.contains(number) else { throw OptionRefusal("is out of range") }
                return number
            },
            text: TextDisplay.decimal
        )
    }
}

extension OptionSyntax where Value == Duration {
    static func seconds(_ range: ClosedRange<Double>) -> Self {
        let seconds = OptionSyntax<Double>.number(range, unit: "seconds")
        return Self(
            allowed: seconds.allowed,
            parse: { text throws(OptionRefusal) in .seconds(try seconds.parse(text)) },
            text: { TextDisplay.decimal($0 / .seconds(1)) }
        )
    }
}

extension OptionSyntax where Value == Bool {
    /// The words that Python's `getboolean` knows.
    static var flag: Self {
        Self(
            allowed: "yes or no",
            parse: { text throws(OptionRefusal) in
                switch text.lowercased() {
                case "yes", "true", "on", "1": return true
                case "no", "false", "off", "0": return false
                default: throw OptionRefusal("is neither yes nor no")
                }
            },
            text: { $0 ? "yes" : "no" }
        )
    }
}

extension OptionSyntax
where Value: CaseIterable & RawRepresentable, Value.RawValue == String, Value.AllCases == [Value] {
    static var choice: Self {
        let names = Value.allCases.map(\.rawValue)
        return Self(
            allowed: "one of \(names.joined(separator: ", "))",
            parse: { text throws(OptionRefusal) in
                if let value = Value(rawValue: text.lowercased()) { return value }
                let advice = NearestName.of(text, among: names).map { "Did you mean \"\($0)\"?" }
                throw OptionRefusal("is not one of the choices", advice: advice)
            },
            text: { $0.rawValue }
        )
    }
}
