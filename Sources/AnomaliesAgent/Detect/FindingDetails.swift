import Detection

/// Why a record is a finding, with the features under their names: what scripts, mails and `status --findings` show.
struct FindingDetails: Sendable, Equatable {
    /// How far from typical, in units of the distance to the model's threshold.
    var level: Double
    /// The score above which it was a finding.
    var threshold: Double
    /// The part of all levels so far that were as high.
    var likelihood: Double
    var direction: Direction
    /// Per feature, in its unit: an object by name where features are declared, else an array.
    var expected: JSONValue
    /// Per feature, its part in the score; as `expected`.
    var attribution: JSONValue
    /// Amazon's `ANOMALY_EXPLANATION`, where the rules ask for it.
    var explanation: JSONValue?
    /// Those of the window that the record lies in, each as in Amazon's `HOTSPOTS_RESULT`, where the rules look for any.
    var hotspots: JSONValue?
    /// What about it is strange: a `SeriesView`'s name, where a series model judged.
    var view: String?

    /// `nil` for a record that is no finding.
    ///
    /// - Parameter hotspots: which the record lies in; `nil` where nobody looks for any.
    init?(_ judgement: Judgement, _ rules: DetectRules, hotspots: [Hotspot]? = nil) {
        guard let why = judgement.explanation, let threshold = judgement.threshold else { return nil }
        level = judgement.level
        self.threshold = threshold
        likelihood = why.likelihood
        direction = why.direction
        expected = Self.named(why.expected, rules.features)
        attribution = Self.named(why.attribution, rules.features)
        if let sides = why.sides, let options = rules.anomalyExplanation {
            explanation = try? JSONValue(parsing: AnomalyExplanation(sides, options).json)
        }
        // With the outer name gone: `hotspots` is the list.
        self.hotspots = try? hotspots.flatMap { try JSONValue(parsing: Hotspot.json($0))["hotspots"] }
        view = why.view.map { "\($0)" }
    }

    private static func named(_ values: [Double], _ features: DetectRules.Features) -> JSONValue {
        guard case .declared(let paths) = features, paths.count == values.count else {
            return .array(values.map(JSONValue.number))
        }
        return .object(JSONObject(zip(paths, values).map { ($0.description, .number($1)) }))
    }

    /// `nil` when it is not what ``fields`` has.
    init?(json: JSONValue) {
        guard let level = json["level"]?.double, let threshold = json["threshold"]?.double,
            let likelihood = json["likelihood"]?.double,
            let direction = json["direction"]?.string.flatMap(Direction.init(rawValue:)),
            let expected = json["expected"], let attribution = json["attribution"]
        else { return nil }
        self.level = level
        self.threshold = threshold
        self.likelihood = likelihood
        self.direction = direction
        self.expected = expected
        self.attribution = attribution
        explanation = json["explanation"]
        hotspots = json["hotspots"]
        view = json["view"]?.string
    }

    var fields: [(String, JSONValue)] {
        [
            ("level", .number(level)), ("threshold", .number(threshold)), ("likelihood", .number(likelihood)),
            ("direction", .string(direction.rawValue)), ("expected", expected), ("attribution", attribution),
        ] + (explanation.map { [("explanation", $0)] } ?? [])
            + (hotspots.map { [("hotspots", $0)] } ?? [])
            + (view.map { [("view", .string($0))] } ?? [])
    }
}
