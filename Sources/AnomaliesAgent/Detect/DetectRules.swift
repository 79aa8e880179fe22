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

    /// What was learned from the same features can be learned again by another detector.
    var featuresID: String {
        switch features {
        case .declared(let paths): Digests.short(paths.map(\.description).joined(separator: ","))
        case .function(let count): Digests.short("function:\(count)")
        }
    }

    /// The field each of whose values has a detector of its own; `nil` where one serves all records.
    var forestKey: FeaturePath? { perKey ? key : nil }

    /// What was learned key by key can only be learned again by the same keys.
    var keyID: String? { forestKey.map { Digests.short("key:\($0)") } }

    /// What a detector has learned is only good for the same features and options, and the same keys.
    var detectorID: String {
        "\(featuresID).\(Digests.short("\(detector)"))" + (keyID.map { ".\($0)" } ?? "")
    }
}

/// The functions of detect.lua. Used on a shard's own thread only.
protocol DetectFunctions {
    /// - Throws: ``ScriptFailure`` where this record cannot be used; the record goes to quarantine.
    func features(of record: JSONValue) throws -> [Double]
    /// The script's verdict on a candidate: `nil` to let it pass.
    func decide(record: JSONValue, _ judgement: Judgement) throws -> Decision?
}

/// What a rule says of a finding.
struct Decision: Sendable, Equatable {
    var severity = "warning"
    var rule = "default"
    var message: String?
}

/// A script function that failed on one record.
struct ScriptFailure: Error, CustomStringConvertible {
    let description: String
}
