import Foundation
import TestSupport
import Testing

@testable import AnomaliesAgent

@Suite struct NumberTextTests {
    private func value(_ text: String) -> FeatureValue {
        Array(text.utf8).withUnsafeBufferPointer(NumberText.value(of:))
    }

    @Test func `every number is the double that Python reads`() throws {
        let program = """
            import random, struct
            random.seed(11)
            texts = ["0", "-0", "+1.5", ".5", "5.", "1e5", "1E-5", "1e+05", "9007199254740993", "0.1", "1e22", "1e23",
                     "123456789012345678901234567890", "0.000000000000000000000000000001", "5e-324", "2e-324",
                     "1.7976931348623157e308", "2.2250738585072011e-308", "0.30000000000000004", "00012.50",
                     "8.98846567431158e307", "9007199254740992e22", "1e-400", "0e999999999999", "100000000000000000000e-20",
                     "1" + "0" * 400 + "e-400", "0." + "0" * 400 + "1e400", "3.14159265358979323846264338327950288"]
            for _ in range(20000):
                bits = struct.unpack(">d", struct.pack(">Q", random.getrandbits(64)))[0]
                if bits == bits and abs(bits) != float("inf"):
                    texts.append(repr(bits))
                    texts.append("%.*e" % (random.randrange(25), bits))
                texts.append("%.*f" % (random.randrange(20), random.uniform(-1e6, 1e6)))
            for text in texts:
                try:
                    print(text, "%x" % struct.unpack(">Q", struct.pack(">d", float(text)))[0])
                except OverflowError:
                    pass
            """
        let answers = String(decoding: try run(["python3", "-c", program]), as: UTF8.self).split(separator: "\n")
        #expect(answers.count > 50_000)
        var wrong: [Substring] = []
        for answer in answers {
            let parts = answer.split(separator: " ")
            let bits = try #require(UInt64(parts[1], radix: 16))
            let expected = Double(bitPattern: bits)
            let isRight: Bool =
                switch value(String(parts[0])) {
                case .number(let number): number.bitPattern == bits && Double(parts[0])?.bitPattern == bits
                case .outOfRange: expected.isInfinite
                default: false
                }
            if !isRight { wrong.append(answer) }
        }
        #expect(wrong == [])
    }

    @Test(arguments: [
        "x", "-", "+", ".", "e5", "1e", "1e+", "1.2.3", "1 2", "--1", "0x10", "inf", "nan", "1_000", "1,5", "１",
        "1e5.0",
    ])
    func `text that is no decimal number is none`(text: String) {
        #expect(value(text) == .notANumber(.string))
    }

    @Test func `white space is no number and does no harm around one`() {
        #expect(value("") == .missing)
        #expect(value(" \t") == .missing)
        #expect(value(" 1.5\t") == .number(1.5))
        #expect(value("1e309") == .outOfRange)
        #expect(value("-1e99999999999999999999") == .outOfRange)
    }

    @Test(arguments: [
        (0.0, "0.000000"), (0.499999, "0.499999"), (0.5, "0.500000"), (1.0000004, "1.000000"),
        (12.3456789, "12.345679"), (999_999_999.5, "999999999.500000"), (1e18, "1e+18"),
    ])
    func `scores are written with six decimals`(value: Double, text: String) {
        var output: [UInt8] = []
        output.appendSixDecimals(value)
        #expect(String(decoding: output, as: UTF8.self) == text)
    }
}
