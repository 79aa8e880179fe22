import Foundation

/// How the value of a field is changed in a range of records.
///
/// The kinds are those of GutenTAG (Wenig, Schmidl & Papenbrock, “TimeEval”, PVLDB 15(12), 2022), with the level given
/// in the units of the field. `creep` is the share of the range in which the change builds up, 0 for at once.
struct Injection: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// A bump, half a sine over the range: by so much, or to so many times the value, at its top.
        case spike(amplitude: Double, factor: Double)
        /// A value between both.
        case extremum(ClosedRange<Double>)
        case mean(offset: Double)
        /// By so much more with each record.
        case trend(slope: Double)
        /// The same value throughout.
        case platform(Double)
        /// Noise goes so many times as far from its mean.
        case variance(factor: Double)
        /// Periodic parts run so many times as fast.
        case frequency(factor: Double)
        /// Periodic parts are so many records ahead.
        case patternShift(by: Double)
        /// The values of another declaration.
        case pattern(SignalProgram)
        /// What follows another field goes so many times as far with it; −1 against it.
        case correlation(factor: Double)
        case dropout(Dropout)
        /// A script's function of value, position, length and record.
        case function(Int)
    }

    enum Dropout: String, Sendable, CaseIterable { case missing, null, zero, last }

    var kind: Kind
    /// 0…1
    var creep = 0.0
}

/// An ``Injection`` of one rule, made ready for its fields.
struct Injector {
    private let injection: Injection
    private let length: Int
    private let random: IndexedRandom
    private var pattern: Signal?
    /// By field; the field's own signal where it has one.
    private var fields: [String: (signal: Signal?, decimals: Int?)] = [:]

    init(_ injection: Injection, of names: [String], in workload: Workload, length: Int, seed: UInt64, purpose: String)
    {
        self.injection = injection
        self.length = length
        random = IndexedRandom(seed: seed, purpose: purpose)
        if case .pattern(let program) = injection.kind {
            pattern = Signal(program, seed: seed, purpose: "\(purpose).pattern")
        }
        for field in workload.fields where names.contains(field.name) {
            switch field.source {
            case .signal(let program):
                let signal = Signal(program, seed: seed, purpose: Workload.purpose(of: field.name))
                fields[field.name] = (signal, program.decimals)
            case .declared(let generator): fields[field.name] = (nil, generator.decimals)
            case .text, .function: fields[field.name] = (nil, nil)
            }
        }
    }

    /// What becomes of a field's value.
    ///
    /// - Parameters:
    ///   - index: of the record; the range began at `start`.
    ///   - record: the fields before this one.
    /// - Returns: `nil` for a field that is left out; the value itself where there is nothing to change, such as an
    ///   offset to a text that a function made.
    mutating func value(
        _ value: JSONValue,
        of name: String,
        at index: Int,
        since start: Int,
        record: JSONObject,
        _ functions: any WorkloadFunctions
    ) throws -> JSONValue? {
        guard var field = fields.removeValue(forKey: name) else { return value }
        defer { fields[name] = field }
        let position = index - start
        if case .function(let function) = injection.kind {
            let arguments: [JSONValue] = [
                value, .integer(Int64(position + 1)), .integer(Int64(length)), .object(record),
            ]
            return try functions.value(of: function, arguments)
        }
        if case .dropout(let dropout) = injection.kind {
            switch dropout {
            case .missing: return nil
            case .null: return .null
            case .zero: return JSONValue(0, decimals: field.decimals ?? 0)
            case .last:
                guard start > 0, let last = field.signal?.value(at: start - 1) else { return value }
                return JSONValue(last, decimals: field.decimals ?? 0)
            }
        }
        guard let clean = value.double else { return value }
        let changed = changed(clean, &field.signal, at: index, position)
        // A value that no declaration rounds stays a whole number if it was one.
        let decimals = field.decimals ?? (value.integer == nil ? 9 : 0)
        let bounded = min(max(changed, -1e300), 1e300)
        return value.integer == nil && decimals == 0
            ? .number(bounded.rounded()) : JSONValue(bounded, decimals: decimals)
    }

    private mutating func changed(_ clean: Double, _ signal: inout Signal?, at index: Int, _ position: Int) -> Double {
        let time = Double(index)
        let done = Double(position + 1)
        let ramp = injection.creep * Double(length)
        let weight = done < ramp ? done / ramp : 1
        func between(_ target: Double) -> Double { clean + weight * (target - clean) }
        func grown(_ factor: Double) -> Double { 1 + (factor - 1) * weight }
        switch injection.kind {
        case .spike(let amplitude, let factor):
            let bump = sin(.pi * (Double(position) + 0.5) / Double(length))
            return clean * (1 + (factor - 1) * bump) + amplitude * bump
        case .extremum(let range):
            let unit = random.unit(at: index)
            return between(range.lowerBound * (1 - unit) + range.upperBound * unit)
        case .mean(let offset): return clean + weight * offset
        case .trend(let slope): return clean + slope * done
        case .platform(let level): return between(level)
        case .pattern:
            let value = pattern?.value(at: index)
            return value.map(between) ?? clean
        case .variance(let factor):
            return signal?.value(at: index, Signal.Distortion(time: time, spread: grown(factor))) ?? clean
        case .correlation(let factor):
            return signal?.value(at: index, Signal.Distortion(time: time, relation: grown(factor))) ?? clean
        case .patternShift(let records):
            return signal?.value(at: index, Signal.Distortion(time: time + weight * records)) ?? clean
        case .frequency(let factor):
            // The speed summed up over the records so far: growing during the ramp, and full after it.
            let creeping = min(done, ramp.rounded(.down))
            let gained = (ramp > 0 ? creeping * (creeping + 1) / 2 / ramp : 0) + (done - creeping)
            return signal?.value(at: index, Signal.Distortion(time: time + (factor - 1) * gained)) ?? clean
        case .dropout, .function: return clean
        }
    }
}
