@testable import RandomCutForest

/// Makes a forest from bytes, and does with it what other bytes say: whatever
/// they are, nothing traps, errors are typed, and every promise below holds.
///
/// Shared by the tests, which draw the bytes, and the fuzzer in `Tests/Fuzz`, which looks for them.
struct ForestOperations {
    /// A promise that was not kept, in words.
    struct Broken: Error {
        let promise: String
    }

    /// Operations beyond are not done.
    private static let limit = 400

    private var input: ArraySlice<UInt8>

    private init(_ bytes: ArraySlice<UInt8>) { input = bytes }

    /// The first byte says what the others are: operations, operations and then changes of the
    /// snapshot that they led to, a snapshot, or what is inside a snapshot's frame.
    static func run(_ bytes: [UInt8]) throws {
        let rest = bytes.dropFirst()
        switch (bytes.first ?? 0) % 4 {
        case 0: _ = try grow(rest)
        case 1: try changeSnapshot(rest)
        case 2: try restore(Array(rest))
        default:
            try restore(
                RandomCutForest.format.encode { writer in
                    for byte in rest { writer.write(byte) }
                }
            )
        }
    }

    private static func grow(_ bytes: ArraySlice<UInt8>) throws -> (snapshot: [UInt8], rest: ArraySlice<UInt8>) {
        var operations = ForestOperations(bytes)
        let sampleSize = 10 + Int(operations.next() % 32)
        var forest = try RandomCutForest(
            ForestOptions(
                features: 1 + Int(operations.next() % 5),
                shingleSize: 1 + Int(operations.next() % 6),
                trees: 1 + Int(operations.next() % 4),
                sampleSize: sampleSize,
                timeDecay: sampleSize + 1 + Int(operations.next()),
                outputAfter: 1 + Int(operations.next() % 64),
                seed: UInt64(operations.next())
            )
        )
        // Half of the bytes are left for changes.
        let end = operations.input.endIndex - operations.input.count / 2
        var count = 0
        while count < limit && operations.input.startIndex < end {
            try operations.operate(on: &forest)
            count += 1
            if count % 16 == 0 { try check(forest) }
        }
        try check(forest)
        return (forest.snapshot(), operations.input)
    }

    private static func changeSnapshot(_ bytes: ArraySlice<UInt8>) throws {
        let (snapshot, rest) = try grow(bytes)
        var payload = Array(snapshot[14..<(snapshot.count - 8)])
        var changes = ForestOperations(rest)
        var count = 0
        while !changes.input.isEmpty && count < limit {
            let place = (Int(changes.next()) << 8 | Int(changes.next())) % payload.count
            payload[place] = changes.next()
            count += 1
        }
        if changes.next() % 8 == 1 { payload.removeLast(Int(changes.next()) % payload.count) }
        try restore(
            RandomCutForest.format.encode { writer in
                for byte in payload { writer.write(byte) }
            }
        )
    }

    /// Restores what may be a snapshot, and goes on with it if it is one.
    private static func restore(_ bytes: [UInt8]) throws {
        do {
            var reader = try RandomCutForest.format.decode(bytes)
            // Great forests are as right as small ones, and take long.
            guard ForestLayout(try ForestOptions(from: &reader)).bytes < 16 << 20 else { return }
            var forest = try RandomCutForest(snapshot: bytes)
            try check(forest)
            var operations = ForestOperations(bytes.suffix(64))
            for _ in 0..<20 { try operations.operate(on: &forest) }
            try check(forest)
        } catch is SnapshotError {
            return
        }
    }

    private static func check(_ forest: borrowing RandomCutForest) throws {
        if let violation = forest.firstViolation() { throw Broken(promise: violation) }
    }

    private mutating func operate(on forest: inout RandomCutForest) throws {
        let operation = next() % 16
        let observation = observation(forest.options.features)
        let isFinite = observation.allSatisfy(\.isFinite)
        do {
            switch operation {
            case 0..<6: try forest.update(observation.span)
            case 6..<8: try require(0...forest.options.maximumScore ~= forest.scoreAndUpdate(observation.span), "score")
            case 8: try attribute(observation, in: &forest)
            case 9: try impute(observation, in: &forest)
            case 10: try locate(observation, in: &forest)
            case 11: try forecast(in: &forest)
            case 12: try skip(to: observation, in: &forest)
            case 13: try continueRestored(&forest, with: observation)
            default: _ = try forest.score(observation.span)
            }
            // Imputing ignores what is missing, and a forecast looks at nothing.
            try require(isFinite || operation == 9 || operation == 11, "NaN and infinities are refused")
        } catch let error as ForestError {
            guard case .notFinite(let feature) = error else { throw error }
            try require(!observation[feature].isFinite, "what is finite is not refused")
        }
    }

    private mutating func attribute(_ observation: [Float], in forest: inout RandomCutForest) throws {
        let attribution = try forest.attribution(observation.span)
        let score = try forest.score(observation.span)
        try require(abs(attribution.total - score) <= 1e-9 * score, "attribution adds up to the score")
        try require((attribution.rises + attribution.drops).allSatisfy { $0 >= 0 }, "no part is negative")
    }

    private mutating func impute(_ observation: [Float], in forest: inout RandomCutForest) throws {
        let missing = observation.indices.filter { _ in next() % 2 == 0 }
        let values = try forest.impute(observation.span, missing: missing)
        try require(values?.allSatisfy(\.isFinite) ?? true, "what is filled in is finite")
        try require((values?.count ?? missing.count) == missing.count, "there is a value for each that is missing")
    }

    private func locate(_ observation: [Float], in forest: inout RandomCutForest) throws {
        let density = try forest.density(observation.span)
        try require(0...1000 ~= density.value, "a density is 0...1000")
        for neighbor in try forest.neighbors(of: observation.span) {
            try require(neighbor.distance >= 0 && neighbor.distance.isFinite, "a distance is a number")
            try require(0...forest.options.maximumScore ~= neighbor.score, "a neighbour's score is a score")
        }
    }

    private mutating func forecast(in forest: inout RandomCutForest) throws {
        let steps = 1 + Int(next() % 4)
        guard let forecast = try forest.forecast(steps: steps) else { return }
        try require(forecast.median.count == steps, "a forecast has all its steps")
        for step in 0..<steps {
            for (lower, (middle, upper)) in zip(
                forecast.lower[step],
                zip(forecast.median[step], forecast.upper[step])
            ) {
                try require(lower <= middle && middle <= upper && lower.isFinite && upper.isFinite, "a band is around")
            }
        }
    }

    private mutating func skip(to observation: [Float], in forest: inout RandomCutForest) throws {
        let filling = GapFilling.allCases[Int(next() % 4)]
        let updates = forest.updates
        try forest.skip(rows: Int(next() % 8), before: observation.span, filling: filling)
        try require(forest.updates == updates, "a gap is not learned")
    }

    /// A restored forest is put in the place of the one it was made from.
    private func continueRestored(_ forest: inout RandomCutForest, with observation: [Float]) throws {
        let snapshot = forest.snapshot()
        do {
            var restored = try RandomCutForest(snapshot: snapshot)
            try require(restored.snapshot() == snapshot, "a restored forest has the same snapshot")
            let score = try forest.scoreAndUpdate(observation.span)
            try require(try restored.scoreAndUpdate(observation.span) == score, "a restored forest scores alike")
            forest = restored
        } catch let error as SnapshotError {
            throw Broken(promise: "a snapshot can be restored: \(error)")
        }
    }

    private mutating func observation(_ features: Int) -> [Float] {
        (0..<features).map { _ in value() }
    }

    private mutating func value() -> Float {
        let byte = next()
        let edges: [Float] = [
            .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude,
            .leastNormalMagnitude, -0.0, 1e30, -1e-30,
        ]
        switch byte {
        case 0..<UInt8(edges.count): return edges[Int(byte)]
        case 10..<20:
            let bits = UInt32(next()) << 24 | UInt32(next()) << 16 | UInt32(next()) << 8 | UInt32(next())
            return Float(bitPattern: bits)
        // Few values, so that there are copies.
        case 20..<100: return Float(byte % 4)
        default: return Float(byte) / 16
        }
    }

    /// The next byte; 0 when there are none.
    private mutating func next() -> UInt8 { input.popFirst() ?? 0 }

    private func require(_ isKept: Bool, _ promise: String) throws {
        guard isKept else { throw Broken(promise: promise) }
    }
}
