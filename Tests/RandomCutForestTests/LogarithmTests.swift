import Foundation
import Testing

@testable import RandomCutForest

@Suite struct LogarithmTests {
    @Test(arguments: [
        (1, 0), (2, 0.6931471805599453), (10, 2.302585092994046), (0.5, -0.6931471805599453),
        (0x1p-53, -36.7368005696771), (1e300, 690.7755278982137),
    ])
    func `known values`(x: Double, expected: Double) {
        #expect(abs(Logarithm.natural(x) - expected) <= abs(expected) * 2.3e-16)
    }

    @Test func `as the C library has it, to the last bit or the one beside it`() {
        var stream = TestStream(seed: 6)
        for _ in 0..<10_000 {
            let x = stream.unit() * 300 + 1e-9
            let ours = Logarithm.natural(x)
            #expect(abs(ours - log(x)) <= ours.ulp)
        }
    }

    @Test(arguments: 0...10)
    func `powers of two have whole logarithms`(exponent: Int) {
        #expect(abs(Logarithm.binary(Double(1 << exponent)) - Double(exponent)) <= 2e-15)
    }
}
