/// So many digits behind the point.
struct DecimalScale: Sendable {
    let decimals: Int
    private let scale: Int64

    /// - Parameter decimals: 0…9
    init(_ decimals: Int) {
        self.decimals = decimals
        scale = (0..<decimals).reduce(1) { product, _ in product * 10 }
    }

    func rounded(_ value: Double) -> Double {
        let scaled = (value * Double(scale)).rounded()
        return scaled.isFinite ? scaled / Double(scale) : value
    }

    /// The digits of a rounded number as one whole number, and the power of ten that it is divided by; `nil` where the
    /// shortest text of the number is another one: zeros with a sign, exponents, more digits than a double has.
    fileprivate func digits(of rounded: Double) -> (digits: Int64, scale: Int64)? {
        let scaled = (rounded * Double(scale)).rounded()
        guard abs(scaled) < 1e15, abs(rounded) >= 1e-4 || (rounded == 0 && rounded.sign == .plus) else { return nil }
        return (Int64(scaled), scale)
    }
}

extension JSONValue {
    /// A number of a field: whole where the field has no decimals.
    init(_ value: Double, decimals: Int) {
        guard decimals == 0 else {
            // A zero without a sign: rounding makes −0.0 of what is just below.
            self = .number(DecimalScale(decimals).rounded(value) + 0)
            return
        }
        self = .integer(Int64(exactly: value.rounded()) ?? (value < 0 ? .min : .max))
    }
}

extension [UInt8] {
    mutating func appendDecimal(_ value: Int64) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var count = 0
        var rest = value.magnitude
        repeat {
            digits[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            count += 1
        } while rest > 0
        if value < 0 { append(UInt8(ascii: "-")) }
        while count > 0 {
            count -= 1
            append(digits[count])
        }
    }

    /// Appends a number that `scale` has rounded, with the fewest digits that read back as it: what
    /// ``JSONValue/write(to:)`` appends, without making a text of it first.
    mutating func append(_ rounded: Double, _ scale: DecimalScale) {
        guard let (digits, divisor) = scale.digits(of: rounded) else {
            append(contentsOf: rounded.description.utf8)
            return
        }
        if digits < 0 { append(UInt8(ascii: "-")) }
        let magnitude = Int64(digits.magnitude)
        appendDecimal(magnitude / divisor)
        append(UInt8(ascii: "."))
        var rest = magnitude % divisor
        var place = divisor / 10
        repeat {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: place > 0 ? rest / place : 0))
            if place > 0 { rest %= place }
            place /= 10
        } while rest > 0
    }
}
