import AnomaliesAgent
import Glibc

/// One measured value: the median of some runs.
struct Figure {
    static let runs = 5

    let benchmark: String
    let name: String
    let value: Double
    let unit: String
    var count = Self.runs

    /// One line of JSON.
    var line: String {
        let row: JSONValue = [
            "benchmark": .string(benchmark), "case": .string(name), "value": .number(value), "unit": .string(unit),
            "runs": .integer(Int64(count)),
        ]
        return (try? row.text()) ?? "\(benchmark) \(name): no finite value"
    }

    /// How many units of work are done in a second of this thread's CPU time.
    ///
    /// - Parameters:
    ///   - seconds: how long each run goes on, at least.
    ///   - work: does some work and says how many units it was; called again and again.
    static func rate(
        _ benchmark: String,
        _ name: String,
        unit: String,
        seconds: Double = 1,
        _ work: () throws -> Int
    ) rethrows -> Figure {
        var rates: [Double] = []
        for _ in 0..<runs {
            var units = 0
            let start = threadSeconds
            var elapsed = 0.0
            while elapsed < seconds {
                units += try work()
                elapsed = threadSeconds - start
            }
            rates.append(Double(units) / elapsed)
        }
        return Figure(benchmark: benchmark, name: name, value: median(rates).rounded(), unit: "\(unit)/CPU-s")
    }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// CPU seconds that this thread has used.
    static var threadSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
