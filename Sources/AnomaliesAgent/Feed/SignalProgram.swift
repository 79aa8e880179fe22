/// A declared series of numbers, taken apart into steps of a stack machine: `add { sine {…}, normal {…} }` is
/// sine, normal, add.
///
/// Each value is a function of seed, field and index of the record, nothing else. Steps are plain numbers, so that
/// running them counts no references; what needs room is in `tables`.
struct SignalProgram: Sendable, Equatable {
    /// How deep declarations may be nested, and how many parts one may have.
    static let depth = 12
    static let parts = 64

    enum Step: Sendable, Equatable {
        case constant(Double)
        /// start + step · index
        case line(start: Double, step: Double)

        // Periodic: from −amplitude to amplitude.
        case sine(Turn, amplitude: Double)
        /// High for the first `duty` of a turn, then low.
        case square(Turn, amplitude: Double, duty: Double)
        /// Up during the first `rise` of a turn, then down.
        case sawtooth(Turn, amplitude: Double, rise: Double)
        /// Values of a table, evenly spread over a turn; in between the one before, or a straight line to the next.
        case profile(Turn, amplitude: Double, table: Table, isSmooth: Bool)

        // Noise: independent from record to record, around its mean.
        case uniform(Stream, low: Double, high: Double)
        case integer(Stream, low: Int64, count: UInt64)
        case normal(Stream, mean: Double, deviation: Double)
        case lognormal(Stream, logMedian: Double, deviation: Double, mean: Double)
        /// Whole numbers from `first` on; the table has the share of those up to each.
        case poisson(Stream, first: Double, table: Table, mean: Double)
        case pick(Stream, table: Table, mean: Double)

        /// The values of the table, over and over.
        case replay(table: Table, mean: Double)
        /// A place in `series`, around 0; an autoregression is noise, a walk is not.
        case markov(Int, isNoise: Bool)
        /// Thrown back at both bounds as often as it takes.
        case reflect(low: Double, high: Double)

        // On what the steps before left on the stack.
        case add
        case multiply
        case clamp(low: Double, high: Double)
        /// offset + factor · what another field has there; `level` is the long-term mean of that.
        case follow(factor: Double, offset: Double, level: Double)
    }

    /// A turn takes `period`, of which each record takes `unit`; record 0 is at `origin`. In whatever unit all three
    /// are exact, so that an edge is at the record where it should be.
    struct Turn: Sendable, Equatable {
        var unit: Double
        var origin: Double
        var period: Double

        /// How much of the turn is over: 0 ..< `period`.
        func place(of time: Double) -> Double {
            let whole = time * unit + origin
            let turns = (whole / period).rounded(.down)
            let rest = whole.addingProduct(-turns, period)
            // The division may round up to the next turn, or not reach it.
            return rest < 0 ? rest + period : rest < period ? rest : rest - period
        }
    }

    /// A place in `streams`.
    typealias Stream = Int

    struct Table: Sendable, Equatable {
        var start: Int
        var count: Int
    }

    /// What a stream is for. Parts of a followed field keep their names, so that they give what that field has.
    struct StreamName: Sendable, Equatable {
        /// `nil` for the field that the program is of.
        var owner: String?
        /// `.2.1` for the first part of the second part.
        var path: String
    }

    var steps: [Step] = []
    var tables: [Double] = []
    var streams: [StreamName] = []
    var series: [(shape: MarkovSeries.Shape, stream: Stream)] = []
    /// Digits behind the point, 0 for whole numbers.
    var decimals = 3

    static func == (one: SignalProgram, other: SignalProgram) -> Bool {
        one.steps == other.steps && one.tables == other.tables && one.streams == other.streams
            && one.series.elementsEqual(other.series, by: ==) && one.decimals == other.decimals
    }

    var isPeriodic: Bool { steps.contains(where: \.isPeriodic) }

    var isNoisy: Bool { steps.contains(where: \.isNoise) }

    var follows: Bool { steps.contains { if case .follow = $0 { true } else { false } } }

    /// What the signal is on the long run, where it has such a mean: a walk counts as its start, a line as its start.
    var level: Double {
        var stack: [Double] = []
        for step in steps {
            switch step {
            case .add, .multiply:
                let (right, left) = (stack.popLast() ?? 0, stack.popLast() ?? 0)
                stack.append(step == .add ? left + right : left * right)
            case .clamp(let low, let high): stack.append(min(max(stack.popLast() ?? 0, low), high))
            case .reflect(let low, let high): stack.append(Signal.reflect(stack.popLast() ?? 0, low, high))
            case .follow(let factor, let offset, let level):
                stack[stack.count - 1] = offset + factor * level
            case .profile(_, let amplitude, let table, _):
                let values = tables[table.start..<table.start + table.count]
                stack.append(amplitude * values.reduce(0, +) / Double(table.count))
            default: stack.append(step.mean)
            }
        }
        return stack.last ?? 0
    }
}

extension SignalProgram.Step {
    fileprivate var isPeriodic: Bool {
        switch self {
        case .sine, .square, .sawtooth, .profile: true
        default: false
        }
    }

    fileprivate var isNoise: Bool {
        switch self {
        case .uniform, .integer, .normal, .lognormal, .poisson, .pick, .markov(_, isNoise: true): true
        default: false
        }
    }

    /// Of a step that stands alone.
    fileprivate var mean: Double {
        switch self {
        case .constant(let value): value
        case .line(let start, _): start
        case .square(_, let amplitude, let duty): amplitude * (2 * duty - 1)
        case .uniform(_, let low, let high): (low + high) / 2
        case .integer(_, let low, let count): Double(low) + (Double(count) - 1) / 2
        case .normal(_, let mean, _), .lognormal(_, _, _, let mean), .poisson(_, _, _, let mean),
            .pick(_, _, let mean), .replay(_, let mean):
            mean
        case .sine, .sawtooth, .profile, .markov, .add, .multiply, .clamp, .reflect, .follow: 0
        }
    }
}
