internal import Glibc

/// Decimal numbers read from bytes, rounded as exactly as `strtod` does and without a `String` on the way.
enum NumberText {
    /// Powers of ten that a double holds exactly.
    private static let exactPowers: InlineArray<23, Double> = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
    /// Digits that 64 bits hold whatever they are.
    private static let digitLimit = 19
    /// No exponent beyond it changes what comes out, and sums with it cannot overflow.
    private static let exponentLimit = 1_000_000

    /// Reads `[+-]digits[.digits][e[+-]digits]` with white space around it; `5.` and `.5` are numbers.
    ///
    /// Hexadecimal, `inf`, `nan` and thousands separators are not numbers here, whatever other readers make of them.
    ///
    /// - Returns: `.missing` for nothing but white space, `.outOfRange` where no finite double is near.
    /// - Complexity: about 1 ns a byte; up to 1 µs beyond 15 digits or beyond 10^±22.
    static func value(of text: UnsafeBufferPointer<UInt8>) -> FeatureValue {
        var start = 0
        var end = text.count
        while start < end, isSpace(text[start]) { start += 1 }
        while end > start, isSpace(text[end - 1]) { end -= 1 }
        guard start < end else { return .missing }

        var scanner = Scanner(text: text, position: start, end: end)
        guard scanner.scan() else { return .notANumber(.string) }
        // Both factors are exact, so the one rounding is that of the product or quotient (Clinger 1990).
        if scanner.digits <= digitLimit, scanner.mantissa <= 1 << 53, abs(scanner.exponent) <= 22 {
            let power = exactPowers[abs(scanner.exponent)]
            let magnitude = Double(scanner.mantissa)
            let value = scanner.exponent < 0 ? magnitude / power : magnitude * power
            return .number(scanner.isNegative ? -value : value)
        }
        let value = slowly(UnsafeBufferPointer(rebasing: text[start..<end]))
        return value.isFinite ? .number(value) : .outOfRange
    }

    private struct Scanner {
        let text: UnsafeBufferPointer<UInt8>
        var position: Int
        let end: Int
        var isNegative = false
        var mantissa: UInt64 = 0
        /// Without leading zeros.
        var digits = 0
        var exponent = 0

        /// - Returns: whether the whole text is a number.
        mutating func scan() -> Bool {
            isNegative = sign()
            let whole = run(exponentStep: 0)
            var fraction = 0
            if position < end, text[position] == UInt8(ascii: ".") {
                position += 1
                fraction = run(exponentStep: -1)
            }
            guard whole + fraction > 0 else { return false }
            if position < end, text[position] | 0x20 == UInt8(ascii: "e") {
                position += 1
                guard scanExponent() else { return false }
            }
            return position == end
        }

        private mutating func sign() -> Bool {
            guard position < end, text[position] == UInt8(ascii: "-") || text[position] == UInt8(ascii: "+") else {
                return false
            }
            defer { position += 1 }
            return text[position] == UInt8(ascii: "-")
        }

        /// - Returns: how many digits there were, zeros included.
        private mutating func run(exponentStep: Int) -> Int {
            let start = position
            while position < end {
                let digit = text[position] &- UInt8(ascii: "0")
                guard digit < 10 else { break }
                if digits > 0 || digit > 0 { digits += 1 }
                // Beyond the limit the value is read from the text again.
                if digits <= NumberText.digitLimit { mantissa = mantissa * 10 + UInt64(digit) }
                exponent += exponentStep
                position += 1
            }
            return position - start
        }

        private mutating func scanExponent() -> Bool {
            let isNegative = sign()
            let start = position
            var written = 0
            while position < end {
                let digit = text[position] &- UInt8(ascii: "0")
                guard digit < 10 else { break }
                written = min(written * 10 + Int(digit), NumberText.exponentLimit)
                position += 1
            }
            exponent += isNegative ? -written : written
            return position > start
        }
    }

    /// The process never sets a locale, so `strtod` reads a point as a point.
    private static func slowly(_ text: UnsafeBufferPointer<UInt8>) -> Double {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { copy in
            for (place, byte) in text.enumerated() { copy[place] = CChar(bitPattern: byte) }
            copy[text.count] = 0
            guard let start = copy.baseAddress else { return .nan }
            return strtod(start, nil)
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
}

extension [UInt8] {
    /// Appends a number from 0 on with six decimals; one of a trillion and more as Swift writes it.
    mutating func appendSixDecimals(_ value: Double) {
        guard value < 1e12 else {
            append(contentsOf: value.description.utf8)
            return
        }
        let millionths = Int64((value * 1e6).rounded())
        appendDecimal(millionths / 1_000_000)
        append(UInt8(ascii: "."))
        var rest = millionths % 1_000_000
        var unit: Int64 = 100_000
        while unit > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / unit))
            rest %= unit
            unit /= 10
        }
    }
}
