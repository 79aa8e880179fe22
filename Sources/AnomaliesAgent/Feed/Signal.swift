import Foundation

/// A ``SignalProgram`` with its streams, ready to run.
struct Signal: Sendable {
    /// What an injection does to a signal from the inside.
    struct Distortion: Sendable {
        /// Where periodic parts are, in records.
        var time: Double
        /// How far noise goes from its mean, 1 for as far as it is declared.
        var spread = 1.0
        /// How far what follows another field goes with it: −1 against it, 0 not at all.
        var relation = 1.0
    }

    let decimals: Int
    private let steps: [SignalProgram.Step]
    private let tables: [Double]
    private let streams: [IndexedRandom]
    private var series: [MarkovSeries]

    /// - Parameter purpose: what the field's own streams are named after.
    init(_ program: SignalProgram, seed: UInt64, purpose: String) {
        decimals = program.decimals
        steps = program.steps
        tables = program.tables
        let streams = program.streams.map { IndexedRandom(seed: seed, purpose: ($0.owner ?? purpose) + $0.path) }
        self.streams = streams
        series = program.series.map { MarkovSeries($0.shape, random: streams[$0.stream]) }
    }

    mutating func value(at index: Int) -> Double { value(at: index, Distortion(time: Double(index))) }

    /// - Complexity: 5–25 ns a step.
    mutating func value(at index: Int, _ distortion: Distortion) -> Double {
        var stack = InlineArray<16, Double>(repeating: 0)
        var top = -1
        for place in steps.indices {
            switch steps[place] {
            case .add:
                top -= 1
                stack[top] += stack[top + 1]
            case .multiply:
                top -= 1
                // Finite, so that it stays a number that JSON has.
                stack[top] = min(max(stack[top] * stack[top + 1], -1e300), 1e300)
            case .clamp(let low, let high): stack[top] = min(max(stack[top], low), high)
            case .reflect(let low, let high): stack[top] = Self.reflect(stack[top], low, high)
            case .follow(let factor, let offset, let level):
                stack[top] = offset + factor * (level + distortion.relation * (stack[top] - level))
            case .markov(let number, let isNoise):
                top += 1
                stack[top] = series[number].value(at: index) * (isNoise ? distortion.spread : 1)
            case let step:
                top += 1
                stack[top] = value(of: step, at: index, distortion)
            }
        }
        return top == 0 ? stack[0] : 0
    }

    private func value(of step: SignalProgram.Step, at index: Int, _ distortion: Distortion) -> Double {
        func noise(_ mean: Double, _ value: Double) -> Double { mean + distortion.spread * (value - mean) }
        switch step {
        case .constant(let value): return value
        case .line(let start, let step): return start + step * Double(index)
        case .sine(let turn, let amplitude):
            return amplitude * sin(2 * .pi * turn.place(of: distortion.time) / turn.period)
        case .square(let turn, let amplitude, let duty):
            return turn.place(of: distortion.time) < duty * turn.period ? amplitude : -amplitude
        case .sawtooth(let turn, let amplitude, let rise):
            let place = turn.place(of: distortion.time) / turn.period
            let height = place < rise ? place / rise : (1 - place) / (1 - rise)
            return amplitude * (2 * height - 1)
        case .profile(let turn, let amplitude, let table, let isSmooth):
            let place = turn.place(of: distortion.time) * Double(table.count) / turn.period
            let entry = min(Int(place), table.count - 1)
            let value = tables[table.start + entry]
            guard isSmooth else { return amplitude * value }
            let next = tables[table.start + (entry + 1) % table.count]
            return amplitude * (value + (place - Double(entry)) * (next - value))
        case .uniform(let stream, let low, let high):
            let unit = streams[stream].unit(at: index)
            return noise((low + high) / 2, low * (1 - unit) + high * unit)
        case .integer(let stream, let low, let count):
            let value = Double(low) + Double(streams[stream].number(below: count, at: index))
            return noise(Double(low) + Double(count - 1) / 2, value)
        case .normal(let stream, let mean, let deviation):
            return mean + distortion.spread * deviation * streams[stream].normal(at: index)
        case .lognormal(let stream, let logMedian, let deviation, let mean):
            return noise(mean, exp(logMedian + deviation * streams[stream].normal(at: index)))
        case .poisson(let stream, let first, let table, let mean):
            return noise(mean, first + Double(place(of: streams[stream].unit(at: index), in: table)))
        case .pick(let stream, let table, let mean):
            return noise(mean, tables[table.start + Int(streams[stream].number(below: UInt64(table.count), at: index))])
        case .replay(let table, _): return tables[table.start + index % table.count]
        case .markov, .reflect, .add, .multiply, .clamp, .follow: return 0
        }
    }

    /// How many entries of an ascending table are not above `value`; at most all but the last.
    private func place(of value: Double, in table: SignalProgram.Table) -> Int {
        var (low, high) = (0, table.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if tables[table.start + middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    static func reflect(_ value: Double, _ low: Double, _ high: Double) -> Double {
        let room = high - low
        guard room > 0 else { return low }
        let turns = (value - low) / (2 * room)
        let place = turns - turns.rounded(.down)
        return low + 2 * room * min(place, 1 - place)
    }
}
