import Detection

/// What detect.lua says, as the native core understands it. Functions are called through ``DetectFunctions``.
struct DetectRules: Sendable {
    enum Features: Sendable {
        /// Taken from the record natively; Lua is not entered.
        case declared([FeaturePath])
        /// The script computes them: so many numbers.
        case function(count: Int)

        var count: Int {
            switch self {
            case .declared(let paths): paths.count
            case .function(let count): count
            }
        }
    }

    var features: Features
    /// Which function computes them: other code is other features. Empty for declared ones.
    var featuresCode = ""
    var detector: DetectorOptions
    /// The field whose value chooses the shard, and whose findings belong together.
    var key: FeaturePath?
    /// Whether each value of `key` has a detector of its own.
    var perKey = true
    /// The field that holds the event time (seconds since 1970, or ISO 8601); else the arrival in the stream counts.
    var time: FeaturePath?
    /// How long after an alert findings of the same key and rule only add to a count, in event time.
    var refractory: Duration
    /// Whether `decide` is a function in the script.
    var decides: Bool
    /// Which scripts these are: the first digits of a digest over all of them.
    var generation: String
    /// Where in the scripts the threshold stands: `scripts/detect.lua:3`.
    var place = ""
    /// What `derive` adds to each record, as text; `nil` where there is none.
    var derivation: String?
    /// What is decided about findings.
    var decision = DecisionRules()
    /// So many alerts in so much time, instead of a threshold.
    var alerts: AlertBudget?
    /// The least of ``Severity/names`` that people are told of; `nil` for all.
    var minSeverity: String?
    /// Whether a record without one of the features is left out, neither learned nor refused.
    var skipsMissing = false
    /// What has to come, and how often.
    var expectation: Expectation?
    /// The plugin that scores instead of the detector; `nil` for the detector itself.
    var plugin: PluginDetectorRule?
    /// What findings carry an `ANOMALY_EXPLANATION` by; `nil` where they carry none.
    var anomalyExplanation: KinesisForestOptions?
    /// Where findings are told the hotspots that they lie in; `nil` where nobody looks for any.
    var hotspots: HotspotOptions?
    /// What the script's state has to be; an older one is migrated.
    var stateVersion = 1

    func tells(_ severity: String) -> Bool { Severity.isEnough(severity, least: minSeverity) }

    /// What is decided of a finding, all but the refractory period.
    ///
    /// - Parameter failed: told of a `decide` that failed. The native threshold stands in for it: nobody is left in the
    ///   dark by a typing error.
    func verdict(
        on record: JSONValue,
        _ judgement: Judgement,
        _ details: FindingDetails?,
        _ functions: any DetectFunctions,
        failed: (ScriptFailure) -> Void
    ) throws -> (decision: Decision, suppression: Suppression?) {
        if let suppression = decision.suppression(of: judgement) { return (Decision(), suppression) }
        var verdict: Decision? = Decision()
        if decides {
            do {
                verdict = try functions.decide(record: record, judgement, details)
            } catch let failure as ScriptFailure {
                failed(failure)
            }
        }
        guard let verdict else { return (Decision(), .rule) }
        return (verdict, tells(verdict.severity) ? nil : .severity)
    }

    /// Findings whose severity is theirs from the start.
    func telling(_ findings: [Finding]) -> [Finding] {
        findings.map { finding in
            var finding = finding
            finding.decision.place = finding.decision.place ?? place
            if !tells(finding.decision.severity) { finding.suppression = .severity }
            return finding
        }
    }

    /// What stands for a missing feature until the detector puts something in; `nil` refuses the record.
    var absent: Double? { skipsMissing || detector.missing != .refuse ? .nan : nil }

    /// What was learned from the same features can be learned again by another detector.
    var featuresID: String {
        switch features {
        case .declared(let paths):
            Digests.short(paths.map(\.description).joined(separator: ",") + derivedFeatures(paths))
        case .function(let count): Digests.short("function:\(count):\(featuresCode)" + (derivation ?? ""))
        }
    }

    /// The same name is another feature where it is derived in another way.
    private func derivedFeatures(_ paths: [FeaturePath]) -> String {
        guard let derivation, paths.contains(where: \.countsBooleans) else { return "" }
        return "=\(derivation)"
    }

    /// The field each of whose values has a detector of its own; `nil` where one serves all records.
    var forestKey: FeaturePath? { perKey ? key : nil }

    /// What was learned key by key can only be learned again by the same keys.
    var keyID: String? { forestKey.map { Digests.short("key:\($0)") } }

    /// What a detector has learned is only good for the same features and options, and the same keys. Not for another
    /// border alone: that is for people to change as they like.
    var detectorID: String {
        let beside = (alerts.map { "\($0)" } ?? "") + (hotspots.map { "\($0)" } ?? "") + (plugin?.id ?? "")
        return "\(featuresID).\(Digests.short("\(detector.learning)\(beside)"))" + (keyID.map { ".\($0)" } ?? "")
    }

    /// From where on a record is a finding.
    var border: FindingBorder { FindingBorder(rule: detector.rule, level: detector.border) }
}

/// The functions of detect.lua. Used on a shard's own thread only.
protocol DetectFunctions {
    /// Has the parser read a record, with what the script derives from it.
    ///
    /// - Throws: why the bytes are not a record, or ``ScriptFailure`` where its derived fields cannot be computed.
    func parse(_ record: Span<UInt8>, with parser: RecordParser) throws
    /// As `features(of:)` of the record that was parsed last, without a value made of it.
    func features(of parser: RecordParser) throws -> [Double]
    /// - Throws: ``ScriptFailure`` where this record cannot be used; the record goes to quarantine.
    func features(of record: JSONValue) throws -> [Double]
    /// The script's verdict on a candidate: `nil` to let it pass.
    func decide(record: JSONValue, _ judgement: Judgement, _ details: FindingDetails?) throws -> Decision?
    /// Whether its features failed too often to go on: only other scripts help.
    var isStopped: Bool { get }
    /// What the functions remember from now on.
    func remember(_ state: ScriptState)
    /// Of which event time the next calls are.
    func note(time: Milliseconds)
    /// Converts an older state with the script's `migrate`, or empties it where there is none.
    ///
    /// - Returns: what happened, for the log.
    /// - Throws: ``ScriptFailure``; the state is as it was then.
    func bring(_ state: ScriptState, to version: Int) throws -> String?
    var figures: [FunctionFigures] { get }
}

extension DetectFunctions {
    var isStopped: Bool { false }
    func remember(_ state: ScriptState) {}
    func note(time: Milliseconds) {}
    func bring(_ state: ScriptState, to version: Int) throws -> String? { nil }
    var figures: [FunctionFigures] { [] }
}

extension DetectFunctions {
    func parse(_ record: Span<UInt8>, with parser: RecordParser) throws { try parser.parse(record) }
    func features(of parser: RecordParser) throws -> [Double] { try features(of: try parser.value()) }
}

/// What a rule says of a finding.
struct Decision: Sendable, Equatable {
    var severity = "warning"
    var rule = "default"
    var message: String?
    /// Where in the scripts it was decided; `nil` where nobody asked a script.
    var place: String?
}

/// Features that failed so often that the shard stops: going on would put record after record into quarantine.
struct ScriptStopped: Error, CustomStringConvertible {
    let description: String
}

/// A script function that failed on one record.
struct ScriptFailure: Error, CustomStringConvertible {
    let description: String
}
