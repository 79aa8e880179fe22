/// Logarithms from additions, multiplications and one division in a fixed order.
///
/// The C library's `log` may differ in the last bit from one platform to the
/// next; a sampler that compares such numbers would in time keep other points.
enum Logarithm {
    /// The natural logarithm, within 1 ulp.
    ///
    /// - Precondition: `x` is positive, finite and normal.
    ///
    /// Source: `e_log.c` of Sun's fdlibm (1993): reduce to √½ < 1 + f < √2, then a
    /// minimax polynomial in s = f / (2 + f).
    static func natural(_ x: Double) -> Double {
        var exponent = Double(x.exponent)
        var mantissa = x.significand
        if mantissa > 1.4142135623730951 {
            mantissa *= 0.5
            exponent += 1
        }
        let f = mantissa - 1
        let s = f / (2 + f)
        let z = s * s
        let w = z * z
        let even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
        let oddTail = 1.818357216161805012e-01 + w * 1.479819860511658591e-01
        let odd = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * oddTail))
        let halfSquare = 0.5 * f * f
        let correction = s * (halfSquare + odd + even) + exponent * 1.90821492927058770002e-10
        return exponent * 6.93147180369123816490e-01 - ((halfSquare - correction) - f)
    }

    /// The logarithm to base 2, under the same conditions.
    static func binary(_ x: Double) -> Double { natural(x) / 0.6931471805599453 }

    /// A number at least e to the `x` and less than 1.062 times it, for a tenth of the cost.
    ///
    /// Between whole numbers a power of two is convex and so lies below its chord.
    ///
    /// - Precondition: `x` is −700...700.
    static func exponentialUpperBound(_ x: Double) -> Double {
        let power = x * 1.4426950408889634 + 1e-12
        let whole = power.rounded(.down)
        return Double(sign: .plus, exponent: Int(whole), significand: 1 + (power - whole))
    }
}
