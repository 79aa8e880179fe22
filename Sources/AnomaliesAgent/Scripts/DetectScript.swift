import Detection
import RandomCutForest
import Scripting

/// detect.lua, read into rules. Declared features and thresholds are judged natively; functions are called here.
final class DetectScript: DetectFunctions {
    /// As many as a forest takes.
    private static let featureLimit = 100
    private static let defaultRefractory = Duration.seconds(60)

    private(set) var rules: DetectRules
    private let script: LoadedScript
    private var features: RecordFunction?
    /// Whether the script has a `derive`.
    let derives: Bool
    private var derivation: Derivation?
    private let derived = ByteBuffer()
    private var decide: LuaFunction?
    private var migrate: LuaFunction?
    private let decideMetrics = FunctionMetrics("decide")
    private var featureFailures = FailureCount()
    private var deriveFailures = FailureCount()
    private var decideFailures = FailureCount()

    /// - Throws: ``ScriptProblems``
    init(_ script: LoadedScript, generation: String, _ environment: ScriptEnvironment) throws {
        self.script = script
        guard case .table(let table) = script.value else {
            let problem = ScriptProblem(
                script.path,
                line: nil,
                "expected it to return a table, got \(script.returned)"
            )
            throw ScriptProblems(problems: [problem])
        }
        var reader = TableReader(table) { "\(script.path):\(script.line(of: $0) ?? 1)" }
        let features = Self.features(&reader)
        self.features = try features.function.map { try RecordFunction($0, of: script, named: "features") }
        let derive = reader.value("derive")
        derives = derive != nil
        if let derive {
            do { derivation = try Derivation(derive, of: script) } catch let error as ScriptProblems {
                reader.add(error.problems)
            }
        }
        var explained: KinesisForestOptions?
        var options = DetectorOptions(
            forest: Self.forest(
                &reader,
                features.features,
                seed: environment.forestSeed,
                script,
                explained: &explained
            ),
            model: Self.model(&reader)
        )
        let refractory = reader.duration("refractory", default: Self.defaultRefractory)
        let alerts = Self.border(&reader, &options, refractory: refractory)
        let skipsMissing = Self.missing(&reader, &options)
        rules = DetectRules(
            features: derivation.map { features.features.counting($0) } ?? features.features,
            detector: options,
            key: Self.path("key", &reader),
            perKey: reader.boolean("per_key", default: true),
            time: Self.path("time", &reader),
            refractory: refractory,
            decides: false,
            generation: generation,
            decision: Self.decision(&reader, features.features),
            alerts: alerts,
            minSeverity: reader.choice("min_severity", of: Severity.names),
            skipsMissing: skipsMissing,
            expectation: Self.expectation(&reader)
        )
        switch reader.value("decide") {
        case .function(let function): decide = function
        case nil: break
        case let other?: reader.refuse("decide", "expected a function(record, result), got \(other.shown)")
        }
        rules.decides = decide != nil
        Self.plugin(&reader, table, environment.detectors, &rules)
        rules.derivation = derivation?.description
        rules.stateVersion = reader.integer("state_version", in: 1...1_000_000, default: 1)
        switch reader.value("migrate") {
        case .function(let function): migrate = function
        case nil: break
        case let other?: reader.refuse("migrate", "expected a function(old, version), got \(other.shown)")
        }
        let border = ["threshold", "alerts", "features"].lazy.compactMap { script.line(of: $0) }.first
        rules.place = "\(script.path):\(border ?? 1)"
        rules.featuresCode = self.features.map { script.fingerprint(of: $0.function) } ?? ""
        rules.anomalyExplanation = explained
        rules.hotspots = Self.hotspots(&reader, features.features)
        if options.model == .series { Self.refuseForSeries(&reader, table, &options, rules.decision) }
        if rules.alerts != nil, rules.forestKey != nil {
            reader.refuse("alerts", "a budget needs one forest for all: say per_key = false beside key")
        }
        if rules.hotspots != nil, rules.forestKey != nil {
            reader.refuse("hotspots", "there is one window for all records: say per_key = false beside key")
        }
        // The field has two words for one thing.
        reader.refuseUnknown(synonyms: ["cooldown": "refractory", "cool_down": "refractory", "cool-down": "refractory"])
        do { try options.validate() } catch { reader.refuse("forest", "\(error)") }
        guard reader.problems.isEmpty else { throw ScriptProblems(problems: reader.problems) }
    }

    private static func features(
        _ reader: inout TableReader
    ) -> (features: DetectRules.Features, function: LuaFunction?) {
        // Read in any case, so that it is a known key.
        let count = reader.integer("feature_count", in: 1...featureLimit, default: 1)
        switch reader.value("features") {
        case .function(let function): return (.function(count: count), function)
        case .table(let list) where list.fields.isEmpty && (1...featureLimit).contains(list.array.count):
            var paths: [FeaturePath] = []
            if reader.value("feature_count") != nil {
                reader.refuse("feature_count", "is for a function: a list of names says itself how many there are")
            }
            for item in list.array {
                if case .string(let name) = item, let path = try? FeaturePath(name) {
                    guard !paths.contains(path) else {
                        reader.refuse("features", "names \"\(name)\" twice")
                        continue
                    }
                    paths.append(path)
                } else {
                    reader.refuse("features", "expected names of fields, got \(item.shown)")
                }
            }
            return (.declared(paths), nil)
        case let other:
            var advice = ""
            if case .string(let name) = other { advice = ". A list of one is { \"\(name)\" }" }
            reader.refuse(
                "features",
                "expected a list of 1 to \(featureLimit) field names or a function, got \((other ?? .nil).shown)\(advice)"
            )
            return (.declared([]), nil)
        }
    }

    private static func forest(
        _ reader: inout TableReader,
        _ features: DetectRules.Features,
        seed: UInt64,
        _ script: LoadedScript,
        explained: inout KinesisForestOptions?
    ) -> ForestOptions {
        var options = ForestOptions(features: max(features.count, 1), seed: seed)
        let value = reader.value("forest")
        if let declaration = value.flatMap(Declaration.init) {
            guard declaration.kind == "kinesis_analytics" else {
                reader.refuse(
                    "forest",
                    "expected a table or kinesis_analytics { … }, got \(declaration.kind) { … }"
                )
                return options
            }
            return kinesis(declaration, &reader, features, options, script, explained: &explained)
        }
        switch value {
        case nil: break
        case .table(let table):
            var forest = TableReader(table, path: "forest.") { "\(script.path):\(script.line(of: $0) ?? 1)" }
            options.trees = forest.integer("trees", in: 1...1000, default: options.trees)
            options.sampleSize = forest.integer("sample_size", in: 10...1000, default: options.sampleSize)
            options.timeDecay = forest.integer("time_decay", in: 11...Int(Int32.max), default: options.timeDecay)
            options.shingleSize = forest.integer("shingle_size", in: 1...30, default: options.shingleSize)
            forest.refuseUnknown()
            reader.add(forest.problems)
        case let other?:
            reader.refuse("forest", "expected a table or kinesis_analytics { … }, got \(other.shown)")
        }
        return options
    }

    static func path(_ key: String, _ reader: inout TableReader) -> FeaturePath? {
        guard let name = reader.string(key) else { return nil }
        guard let path = try? FeaturePath(name) else {
            reader.refuse(key, "expected the name of a field, got \"\(name)\"")
            return nil
        }
        return path
    }

    func parse(_ record: Span<UInt8>, with parser: RecordParser) throws {
        try parser.parse(record)
        guard let callsFunctions = derivation?.callsFunctions else { return }
        derived.truncate(to: 0)
        let nodes = try parser.values()
        do {
            try record.withUnsafeBufferPointer { bytes in
                try withDerivation { try $0.append(UnsafeRawBufferPointer(bytes), nodes, to: derived) }
            }
            deriveFailures.succeeded()
        } catch let failure as ScriptFailure {
            // What only declares fails for what the record says, however often that is.
            guard callsFunctions else { throw failure }
            throw Self.count(failure, in: &deriveFailures)
        }
        try parser.parse(derived.array.span)
    }

    /// Lends what `derive` is, for a run of records.
    ///
    /// - Precondition: ``derives``, and nobody has it yet.
    func withDerivation<Result>(_ body: (inout Derivation) throws -> Result) rethrows -> Result {
        guard var derivation else { preconditionFailure("there is no derive") }
        // The only copy, so that changing it copies nothing.
        self.derivation = nil
        defer { self.derivation = derivation }
        return try body(&derivation)
    }

    func features(of record: JSONValue) throws -> [Double] {
        try counted { try numbers(try script.call($0.function, [LuaValue(record)], in: $0.metrics), of: $0) }
    }

    func features(of parser: RecordParser) throws -> [Double] {
        try counted { try numbers(try $0.call(try parser.values()), of: $0) }
    }

    var isStopped: Bool { featureFailures.isOff || deriveFailures.isOff }

    // MARK: - State and figures

    func remember(_ state: ScriptState) { script.state = state }

    func note(time: Milliseconds) { script.state?.time = time }

    func bring(_ state: ScriptState, to version: Int) throws -> String? {
        guard let migrate else { return try ScriptStateMigration.bring(state, to: version, nil) }
        let script = script
        return try ScriptStateMigration.bring(state, to: version) { old, version in
            // It is given the old state and has none of its own.
            let own = script.state
            script.state = nil
            defer { script.state = own }
            do {
                guard case .table(let new) = try script.call(migrate, [.table(old), .integer(Int64(version))]) else {
                    throw ScriptFailure(
                        description: "\(script.place(of: migrate)): migrate has to return a table, the new state"
                    )
                }
                return new
            } catch let error as ScriptError {
                throw ScriptFailure(description: error.message)
            }
        }
    }

    var figures: [FunctionFigures] {
        (derivation?.figures ?? []) + (features.map { [$0.metrics.figures] } ?? [])
            + (decide == nil ? [] : [decideMetrics.figures])
    }

    /// Calls the function of the features, and stops with the tenth failure in a row.
    private func counted(_ compute: (RecordFunction) throws -> [Double]) throws -> [Double] {
        guard let features else { preconditionFailure("declared features are read natively") }
        let failure: ScriptFailure
        do {
            let numbers = try compute(features)
            featureFailures.succeeded()
            return numbers
        } catch let error as ScriptError {
            failure = ScriptFailure(description: error.message)
        } catch let error as ScriptFailure {
            failure = error
        }
        throw Self.count(failure, in: &featureFailures)
    }

    /// - Returns: what to throw for a failure of a function without which no record is judged.
    private static func count(_ failure: ScriptFailure, in failures: inout FailureCount) -> any Error {
        let told = failures.failed(failure, replacement: "the shard waits, and nothing is lost")
        return failures.isOff ? ScriptStopped(description: told.description) : told
    }

    private func numbers(_ value: LuaValue, of features: RecordFunction) throws -> [Double] {
        let numbers: [Double]? =
            switch value {
            case .table(let list): list.array.compactMap(number)
            default: number(value).map { [$0] }
            }
        guard let numbers, numbers.count == rules.features.count else {
            features.metrics.failed()
            throw ScriptFailure(
                description: "\(features.place): features returned \(value.shown), "
                    + "expected \(rules.features.count) finite number(s); set feature_count to how many there are"
            )
        }
        return numbers
    }

    /// `null` is a missing value where the script says what becomes of those.
    private func number(_ value: LuaValue) -> Double? { value == .null ? rules.absent : value.double }

    func decide(record: JSONValue, _ judgement: Judgement, _ details: FindingDetails?) throws -> Decision? {
        guard let decide, !decideFailures.isOff else { return Decision() }
        do {
            var decision = try call(decide, record, judgement, details)
            decideFailures.succeeded()
            decision?.place = script.place(of: decide)
            return decision
        } catch let failure as ScriptFailure {
            throw decideFailures.failed(failure, replacement: "the threshold decides alone")
        }
    }

    private func call(
        _ decide: LuaFunction,
        _ record: JSONValue,
        _ judgement: Judgement,
        _ details: FindingDetails?
    ) throws -> Decision? {
        var fields: [(String, LuaValue)] = [
            ("score", .number(judgement.score)), ("grade", .number(judgement.grade)),
            ("level", .number(judgement.level)),
        ]
        for (name, value) in details?.fields ?? [] where name != "level" {
            fields.append((name, LuaValue(value)))
        }
        let result = LuaTable(fields: fields)
        let value: LuaValue
        do {
            value = try script.call(decide, [LuaValue(record), .table(result)], in: decideMetrics)
        } catch {
            throw ScriptFailure(description: error.message)
        }
        switch value {
        case .nil, .null, .boolean(false): return nil
        case .boolean(true): return Decision()
        case .table(let table):
            var reader = TableReader(table) { _ in self.script.place(of: decide) }
            let decision = Decision(
                severity: reader.string("severity") ?? "warning",
                rule: reader.string("rule") ?? "default",
                message: reader.string("message")
            )
            reader.refuseUnknown()
            if let problem = reader.problems.first {
                decideMetrics.failed()
                throw ScriptFailure(description: "what decide returned: \(problem)")
            }
            return decision
        default:
            decideMetrics.failed()
            throw ScriptFailure(
                description:
                    "\(script.place(of: decide)): decide returned \(value.shown), expected a table, true or nil"
            )
        }
    }
}
