import Detection
import RandomCutForest
import Synchronization

@testable import AnomaliesAgent

/// Rules that are declared in Swift, with a small forest and a fixed threshold; a test can change them at any time.
final class FixedRules: DetectRulesProvider, DetectFunctions, Sendable {
    private let state: Mutex<DetectRules>
    private let decision: @Sendable (JSONValue) throws -> Decision?

    init(
        trees: Int = 20,
        refractory: Duration = .seconds(60),
        time: FeaturePath? = nil,
        key: FeaturePath? = nil,
        decides: Bool = false,
        decision: @escaping @Sendable (JSONValue) throws -> Decision? = { _ in Decision() }
    ) throws {
        self.decision = decision
        state = Mutex(
            DetectRules(
                features: .declared([try FeaturePath("accuracy")]),
                detector: DetectorOptions(
                    forest: ForestOptions(features: 1, trees: trees, sampleSize: 32, timeDecay: 1_000, seed: 3),
                    rule: .score(1.8)
                ),
                key: key,
                time: time,
                refractory: refractory,
                decides: decides,
                generation: "fixed"
            )
        )
    }

    func change(_ body: (inout DetectRules) -> Void) { state.withLock { body(&$0) } }

    func current() throws -> (DetectRules, any DetectFunctions) { (state.withLock { $0 }, self) }

    func features(of record: JSONValue) throws -> [Double] {
        guard let accuracy = record["accuracy"]?.double else { throw ScriptFailure(description: "no accuracy") }
        return [accuracy, 1][..<state.withLock { $0.features.count }].map { $0 }
    }

    func decide(record: JSONValue, _ judgement: Judgement, _ details: FindingDetails?) throws -> Decision? {
        try decision(record)
    }
}

/// Records on their way into a stream, with the identities of one package.
func entries(_ records: [String], package: UInt128 = 1, isHistory: Bool = false) -> [StreamEntry] {
    records.enumerated().map { index, text in
        let identity = RecordIdentity(package: PackageID(value: package), line: index + 1)
        return StreamEntry(
            data: Array(text.utf8),
            partitionKey: identity.partitionKey(isHistory: isHistory),
            hashKey: identity.hashKey
        )
    }
}

/// Accuracies of 10–20, and 95 on every line that is a multiple of `period`.
func accuracies(_ count: Int, everyOther period: Int = 25, seed: UInt64 = 5) -> [String] {
    var random = SeededRandom(seed: seed, package: 0, purpose: "test")
    return (1...count).map { line in
        let accuracy = line % period == 0 ? 95 : 10 + Int(random.next(below: 11))
        return "{\"name\":\"n\(line % 3)\",\"accuracy\":\(accuracy)}"
    }
}
