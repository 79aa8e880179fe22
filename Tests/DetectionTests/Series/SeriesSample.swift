import Foundation
import Testing

/// The series that `Fixtures/series_views.py` has computed by its own means, and what came out.
enum SeriesSample {
    struct Row {
        /// Seconds since 1970; `nil` where the clock fails.
        let time: Double?
        let value: Double
        /// What forests would have said; 0 while they learn.
        let long: Double
        let short: Double
    }

    /// `nil` where a view had nothing to say.
    struct Answer: CustomTestStringConvertible {
        let row: Int
        let week: Double?
        let day: Double?
        let dayRank: Double?
        let shift: Double?
        let rank: Double
        let excess: Double
        let level: Double
        let isAlarm: Bool
        var testDescription: String { "row \(row)" }
    }

    /// Days and weeks, spikes, silence, a lasting shift, a gap, a clock that fails: line by line the script's `rows`.
    static func rows(_ count: Int) -> [Row] {
        var stream = TestStream(seed: 7)
        return (0..<count).map { row in
            let when = 1_400_000_000 + 300 * (row + (row >= 2000 ? 40 : 0))
            let (noise, long, short) = (stream.unit(), stream.unit(), stream.unit())
            var value = Double(abs(when % 86400 - 43200)) / 1200 + 4 * noise
            if when / 86400 % 7 < 2 { value -= 10 }
            if [1500, 1560, 5600].contains(row) { value += 100 }
            if (4000..<4200).contains(row) { value = 20 }
            if row >= 5000 { value += 15 }
            let stir = row % 1100 == 1050 ? 2.0 : 0
            return Row(
                time: (3000..<3050).contains(row) ? nil : Double(when),
                value: value,
                long: row >= 95 ? 0.75 + 0.5 * long + stir : 0,
                short: row >= 39 ? 0.75 + 0.25 * short + 0.5 * stir : 0
            )
        }
    }

    static func answers() throws -> [Answer] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fixtures/series_views.csv").standardized
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
            guard fields.count == 9, let row = fields[0], let rank = fields[5], let excess = fields[6],
                let level = fields[7], let alarm = fields[8]
            else { throw CocoaError(.fileReadCorruptFile) }
            return Answer(
                row: Int(row),
                week: fields[1],
                day: fields[2],
                dayRank: fields[3],
                shift: fields[4],
                rank: rank,
                excess: excess,
                level: level,
                isAlarm: alarm == 1
            )
        }
    }
}
