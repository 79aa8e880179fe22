import Glibc

/// What one function of a script costs: calls and errors counted, time taken of some.
///
/// The first calls are all timed, then one in sixteen, and of many thousands one in 256: reading the thread's clock twice
/// costs half a microsecond, more than a small function. So CPU is an estimate, and p99 that of the calls that were timed.
///
/// Belongs to one loaded script and its thread; counts from its loading on.
final class FunctionMetrics {
    private static let timedAtFirst = 64
    private static let manyCalls = 4_096
    /// Four to each doubling, from 16 ns to half an hour.
    private static let bucketCount = 150
    private static let bucketStart = 4.0

    let name: String
    private var calls = 0
    private var errors = 0
    private var timed = 0
    private var nanoseconds: Int64 = 0
    private var buckets = [UInt32](repeating: 0, count: FunctionMetrics.bucketCount)
    private var heap = 0

    init(_ name: String) { self.name = name }

    /// - Returns: when the call began, where it is timed.
    func begin() -> Int64? {
        calls += 1
        let mask = calls < Self.manyCalls ? 15 : 255
        return calls & mask == 0 || calls <= Self.timedAtFirst ? Self.now : nil
    }

    /// - Parameter heap: bytes of the interpreter's heap now.
    func end(_ start: Int64, heap: Int) {
        let elapsed = max(1, Self.now - start)
        timed += 1
        nanoseconds += elapsed
        buckets[Self.bucket(of: elapsed)] += 1
        self.heap = max(self.heap, heap)
    }

    func failed() { errors += 1 }

    var figures: FunctionFigures {
        FunctionFigures(
            name: name,
            calls: calls,
            errors: errors,
            cpu: timed == 0 ? 0 : Double(nanoseconds) / 1e9 / Double(timed) * Double(calls),
            p99: percentile(0.99),
            heap: heap
        )
    }

    /// The upper end of the bucket, at most a fifth too much.
    private func percentile(_ part: Double) -> Double {
        var left = Int((Double(timed) * (1 - part)).rounded(.down))
        for index in buckets.indices.reversed() where buckets[index] > 0 {
            guard left >= Int(buckets[index]) else { return exp2(Self.bucketStart + Double(index + 1) / 4) / 1e9 }
            left -= Int(buckets[index])
        }
        return 0
    }

    private static func bucket(of nanoseconds: Int64) -> Int {
        min(bucketCount - 1, max(0, Int((log2(Double(nanoseconds)) - bucketStart) * 4)))
    }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// What `status` shows of a function of a script.
struct FunctionFigures: Sendable, Equatable {
    var name: String
    var calls = 0
    var errors = 0
    /// Seconds of the processor, all calls together.
    var cpu = 0.0
    /// Seconds that one in a hundred calls took longer than.
    var p99 = 0.0
    /// The most bytes that the interpreter's heap held after a call.
    var heap = 0

    /// The functions of all shards, each as one.
    static func summed(_ shards: [[FunctionFigures]]) -> [FunctionFigures] {
        var sums: [FunctionFigures] = []
        for figures in shards.joined() {
            guard let place = sums.firstIndex(where: { $0.name == figures.name }) else {
                sums.append(figures)
                continue
            }
            sums[place].calls += figures.calls
            sums[place].errors += figures.errors
            sums[place].cpu += figures.cpu
            sums[place].p99 = max(sums[place].p99, figures.p99)
            sums[place].heap = max(sums[place].heap, figures.heap)
        }
        return sums
    }

    var json: JSONValue {
        [
            "function": .string(name), "calls": .integer(Int64(calls)), "errors": .integer(Int64(errors)),
            "cpu_s": .number((cpu * 1e6).rounded() / 1e6), "p99_us": .number((p99 * 1e7).rounded() / 10),
            "heap_bytes": .integer(Int64(heap)),
        ]
    }

    /// One line of what ``json`` says, for people.
    static func text(_ json: JSONValue) -> String {
        func number(_ name: String) -> String { MailTemplate.rounded(json[name]?.double ?? 0) }
        return "\(json["function"]?.string ?? ""): \(number("calls")) calls, \(number("errors")) errors, "
            + "\(number("cpu_s")) s CPU, p99 \(number("p99_us")) µs, "
            + "heap \(MailTemplate.rounded((json["heap_bytes"]?.double ?? 0) / 1e6)) MB"
    }
}
