/// The time that a row states, as it is written: what the clock on the wall there showed.
///
/// Profiles over the day and week follow people's clocks, so a zone is not taken off: `2026-11-22T08:00:00+09:00` is eight
/// in the morning.
enum WrittenTime {
    /// Beyond it a number counts milliseconds: as seconds it would be after the year 5138.
    private static let secondsLimit = 100_000_000_000.0

    /// Reads `YYYY-MM-DD`, with `T` or a space and `HH:MM[:SS[.fraction]]` behind it, and anything behind that; or a number
    /// of seconds or milliseconds since 1970.
    ///
    /// - Returns: seconds since 1970 as if the clock showed UTC; `nil` when it is neither.
    /// - Complexity: about 1 ns a byte, no allocation.
    static func seconds(of text: UnsafeBufferPointer<UInt8>) -> Double? {
        var reader = Reader(text: text)
        if let date = reader.date() { return date }
        guard case .number(let number) = NumberText.value(of: text) else { return nil }
        return seconds(of: number)
    }

    /// - Parameter number: of seconds or milliseconds since 1970.
    static func seconds(of number: Double) -> Double { abs(number) < secondsLimit ? number : number / 1000 }

    private struct Reader {
        let text: UnsafeBufferPointer<UInt8>
        var position = 0

        init(text: UnsafeBufferPointer<UInt8>) {
            self.text = text
            while position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
        }

        mutating func date() -> Double? {
            guard let year = digits(4), take("-"), let month = digits(2), take("-"), let day = digits(2),
                (1...12).contains(month), (1...31).contains(day)
            else { return nil }
            let midnight = Double(CivilTime.days(year: year, month: month, day: day)) * 86_400
            guard take("T") || take("t") || take(" ") else { return position == text.count ? midnight : nil }
            guard let hour = digits(2), take(":"), let minute = digits(2), hour < 24, minute < 60 else { return nil }
            var second = 0
            if take(":") {
                guard let written = digits(2), written <= 60 else { return nil }
                second = written
            }
            return midnight + Double(hour * 3600 + minute * 60 + second)
        }

        private mutating func digits(_ count: Int) -> Int? {
            guard text.count - position >= count else { return nil }
            var number = 0
            for place in position..<position + count {
                let digit = text[place] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                number = number * 10 + Int(digit)
            }
            position += count
            return number
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }
    }
}
