import Foundation

/// Reads the event time that a record states.
enum EventTime {
    /// Beyond it a number counts milliseconds: as seconds it would be after the year 5138.
    private static let secondsLimit = 100_000_000_000.0

    /// - Parameter value: seconds or milliseconds since 1970 as a number, or ISO 8601 with a zone as a string.
    /// - Returns: `nil` when it is neither, or no instant of the years 1 to 9999.
    static func milliseconds(of value: JSONValue?) -> Milliseconds? {
        if let number = value?.double {
            let milliseconds = abs(number) < secondsLimit ? number * 1000 : number
            guard (-62_135_596_800_000..<253_402_300_800_000).contains(milliseconds) else { return nil }
            // Rounded, because 1700000000.123 s is 1700000000122.99… ms as a double.
            return Int64(milliseconds.rounded())
        }
        guard let text = value?.string else { return nil }
        for style in [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)] {
            // Not a time in this form: the next one, or none, decides.
            if let date = try? Date(text, strategy: style) {
                return Int64((date.timeIntervalSince1970 * 1000).rounded())
            }
        }
        return nil
    }

    /// The declared event time of the record that was parsed last.
    static func milliseconds(at path: FeaturePath, of parser: RecordParser) throws -> Milliseconds {
        guard let time = milliseconds(of: try parser.value()[path]) else {
            throw ScriptFailure(description: "field \"\(path)\" is no time: expected seconds since 1970 or ISO 8601")
        }
        return time
    }

    /// As a model of the series takes it: days and weeks are those of UTC.
    static func seconds(_ time: Milliseconds) -> Double { Double(time) / 1000 }

    /// `2026-11-22 17:00:00 UTC`
    static func text(_ time: Milliseconds) -> String {
        let civil = CivilTime(epochMicroseconds: time * 1000)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(civil.year)-\(two(civil.month))-\(two(civil.day)) "
            + "\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second)) UTC"
    }

    /// `2026-11-22`
    static func day(_ time: Milliseconds) -> String { String(text(time).prefix(10)) }
}
