import Detection
public import Logging
import RandomCutForest

/// Scores files as the agent would have scored their rows when they came: each row only from itself and the rows
/// before it in the same file.
///
/// What comes out has a row `timestamp,anomaly_score,raw_score` for each that went in, and where the script looks for
/// hotspots Amazon's `HOTSPOTS_RESULT` besides. `raw_score` is the detector's
/// continuous level, never suppressed; `anomaly_score` carries the decision, and 0.5 or more is an alert. A row
/// without usable features is written with zeros, counted as skipped, and not learned.
public struct OfflineScorer: Sendable {
    /// Rows after an alert in which no other is raised, where the time between rows is not known: what belongs to
    /// one event is one alert. Ten hours of five-minute rows.
    public static let refractoryRows = 121
    /// Six decimals must not round a score that is no alert up to one that is.
    static let mostWithoutAlert = 0.499999

    private enum Detection: Sendable {
        case builtIn([String])
        case scripts(ScriptSources, features: [String]?)
    }

    /// What is to be scored, in order.
    public let scored: [ScoreFile]
    private let detection: Detection
    private let environment: ScriptEnvironment
    private let limits: RecordLimits
    private let files: any FileSystem

    /// Finds the files and loads the scripts; nothing is scored yet.
    ///
    /// - Throws: ``SetupProblem`` where somebody has to change an argument or a script first.
    public init(_ options: ScoreOptions, configuration: Configuration, outside: Outside, log: Logger) throws {
        environment = ScriptEnvironment(configuration, seed: 0, log: log)
        limits = configuration.recordLimits
        files = outside.files
        switch (options.scripts, options.features) {
        case (let directory?, let features):
            do throws(FileError) {
                detection = .scripts(try ScriptSources.read(directory, files: outside.files), features: features)
            } catch {
                throw SetupProblem("\(error)")
            }
        case (nil, let features?): detection = .builtIn(features)
        case (nil, nil): throw SetupProblem("nothing says what to score. Give --features or --scripts.")
        }
        scored = try ScoreFile.find(options.inputs, output: options.output, files: outside.files)
        // Once in vain, so that what is wrong with it is not said again for each file.
        let (rules, _) = try rules()
        if let key = rules.key {
            log.warning(
                "the script's key, \"\(key)\", is left aside: one detector judges all rows of a file. Score a file for each."
            )
        }
        if rules.expectation != nil { log.warning("the script's expect is left aside: files are never silent.") }
    }

    /// Scores one file with a detector of its own.
    ///
    /// - Parameter progress: called now and then with rows and bytes so far.
    /// - Throws: where the file cannot be read to its end; there is no output then.
    public func score(_ file: ScoreFile, progress: (ScoreProgress) -> Void = { _ in }) throws -> ScoreResult {
        let (rules, functions) = try rules()
        let input = try PieceReader(file.input, files: files)
        var writer = try ScoreWriter(file.output, hasHotspots: rules.hotspots != nil, files: files)
        do {
            var result = ScoreResult(file)
            switch file.format {
            case .csv:
                var rows = try CSVRows(input, features: Self.names(rules), limit: limits.record)
                try score(&rows, of: input, rules, functions, &writer, &result, progress)
            case .json:
                var rows = try JSONRows(input, features: Self.paths(rules), limits: limits)
                try score(&rows, of: input, rules, functions, &writer, &result, progress)
            }
            try writer.close()
            return result
        } catch {
            try writer.discard()
            throw error
        }
    }

    private func score(
        _ rows: inout some RowReader,
        of input: PieceReader,
        _ rules: DetectRules,
        _ functions: (any DetectFunctions)?,
        _ writer: inout ScoreWriter,
        _ result: inout ScoreResult,
        _ progress: (ScoreProgress) -> Void
    ) throws {
        guard let functions else {
            return try scoreSeries(&rows, of: input, rules.detector.forest, &writer, &result, progress)
        }
        var detector = try Detector(rules.detector)
        var budget = rules.alerts.map { AlertBudgetHistory($0) }
        var window = try rules.hotspots.map { try KinesisHotspots($0) }
        var refractory = Refractory(rows: Self.refractoryRows, time: rules.refractory)
        var point: [Double] = []
        let deriving = rules.derivation == nil ? nil : try RecordParser(limits: limits)
        while try rows.next() {
            var (score, level) = (0.0, 0.0)
            // A row that is refused has none.
            var hotspots = window.map { _ in "" }
            do {
                if let deriving {
                    try functions.parse(Array(try rows.record().text().utf8).span, with: deriving)
                }
                switch (rules.features, deriving) {
                case (.declared(let paths), let parser?):
                    try parser.features(paths, into: &point, absent: rules.absent)
                case (.function, let parser?): point = try functions.features(of: parser)
                case (.declared, nil): try rows.features(into: &point, absent: rules.absent)
                case (.function, nil): point = try functions.features(of: try rows.record())
                }
                if rules.skipsMissing, point.contains(where: \.isNaN) {
                    throw ScriptFailure(description: "a feature is missing")
                }
                // Without times there is no history of so much time, and the model's own threshold serves.
                let timed = budget == nil ? nil : try Self.time(of: rows, rules)
                let judgement = try detector.judge(
                    point.span,
                    time: try Self.clock(of: rows, rules),
                    above: timed.flatMap { _ in budget?.border }
                )
                if let timed { budget?.learn(judgement.level, at: timed) }
                if window != nil, !point.contains(where: \.isNaN) { try window?.learn(point.span) }
                let found = window?.hotspots()
                hotspots = found.map { Hotspot.json($0) }
                level = judgement.level
                score = min(judgement.grade, Self.mostWithoutAlert)
                if judgement.isFinding {
                    let time = try Self.time(of: rows, rules)
                    let around = found.map { $0.filter { $0.contains(point.span) } }
                    let details = FindingDetails(judgement, rules, hotspots: around)
                    let place = "\(input.path):\(rows.line)"
                    let verdict = try rules.verdict(on: rows.record(), judgement, details, functions) {
                        result.fail("\(place): decide failed, the row is judged without it: \($0)")
                    }
                    var suppression = verdict.suppression
                    if suppression == nil, !refractory.lets(row: result.rows, at: time) { suppression = .refractory }
                    if let suppression {
                        result.suppressed[suppression.rawValue, default: 0] += 1
                    } else {
                        // Whatever grade makes a finding, here a half does.
                        score = max(judgement.grade, 0.5)
                        result.alerts += 1
                    }
                }
            } catch let error as any RefusesRecord {
                result.refuse(error, at: "\(input.path):\(rows.line)")
            }
            try writer.append(score: score, level: level, hotspots: hotspots) { rows.writeTimestamp(to: &$0) }
            result.count(of: input, progress)
        }
        progress(ScoreProgress(rows: result.rows, bytes: input.consumed, size: input.size))
    }

    private static func time(of rows: some RowReader, _ rules: DetectRules) throws(RecordError) -> Milliseconds? {
        let record = try rows.record()
        return EventTime.milliseconds(of: rules.time.map { record[$0] } ?? record[CSVRows.timestampColumn])
    }

    /// Seconds, for a model of the series.
    private static func clock(of rows: some RowReader, _ rules: DetectRules) throws(RecordError) -> Double? {
        guard rules.detector.model == .series else { return nil }
        return rules.time == nil ? rows.writtenTime : try time(of: rows, rules).map(EventTime.seconds)
    }

    /// Fresh ones, so that nothing that a script remembers goes from one file to the next.
    private func rules() throws -> (DetectRules, (any DetectFunctions)?) {
        switch detection {
        case .builtIn(let features):
            var options = DetectorOptions()
            options.forest.seed = environment.forestSeed
            let rules = DetectRules(
                features: .declared([]),
                detector: options,
                refractory: .zero,
                decides: false,
                generation: ""
            )
            return (try Self.declare(features, in: rules), nil)
        case .scripts(let sources, let features):
            let script: DetectScript
            do {
                script = try ScriptLoader(sources: sources, environment: environment).detect()
            } catch {
                throw SetupProblem("\(error)")
            }
            return (try features.map { try Self.declare($0, in: script.rules) } ?? script.rules, script)
        }
    }

    private static func declare(_ features: [String], in rules: DetectRules) throws -> DetectRules {
        var rules = rules
        rules.detector.forest.features = features.count
        rules.hotspots?.columns = features.count
        rules.anomalyExplanation?.columns = features
        if let tolerance = rules.decision.nearExpected.first {
            guard rules.decision.nearExpected.allSatisfy({ $0 == tolerance }) else {
                throw SetupProblem(
                    "--features: the script's ignore_near_expected is for its own features. Leave --features out."
                )
            }
            rules.decision.nearExpected = features.map { _ in tolerance }
        }
        do {
            rules.features = .declared(try features.map { name throws in try FeaturePath(name) })
            try rules.detector.validate()
            try rules.hotspots?.validate()
        } catch {
            throw SetupProblem("--features: \(error)")
        }
        return rules
    }

    private static func paths(_ rules: DetectRules) -> [FeaturePath] {
        guard case .declared(let paths) = rules.features else { return [] }
        return paths.filter { !$0.countsBooleans }
    }

    private static func names(_ rules: DetectRules) -> [String] { paths(rules).map(\.description) }
}

/// Which of a file's findings are alerts.
private struct Refractory {
    let rows: Int
    let time: Duration
    private var last: (row: Int, time: Milliseconds?, before: Milliseconds?)?

    init(rows: Int, time: Duration) {
        self.rows = rows
        self.time = time
    }

    /// By the time between them, as for the agent's incidents, where both rows have one; else by the rows between them.
    mutating func lets(row: Int, at now: Milliseconds?) -> Bool {
        if let last, time > .zero {
            if let now, let alerted = last.time {
                let incident = Incident(key: "", rule: "", alerted: alerted, alertedBefore: last.before)
                guard !incident.isRefractory(at: now, period: time.milliseconds) else { return false }
            } else {
                guard row - last.row > rows else { return false }
            }
        }
        last = (row, now, last?.time)
        return true
    }
}

extension ScoreResult {
    private static let listedProblems = 5
    private static let rowsBetweenReports = 1_000

    /// Notes a rule that failed on a row, which is scored all the same; the first few are told one by one.
    mutating func fail(_ problem: String) {
        failed += 1
        if failed <= Self.listedProblems { failures.append(problem) }
    }

    /// Notes a row that is not scored; the first few are told one by one.
    mutating func refuse(_ error: any RefusesRecord, at place: @autoclosure () -> String) {
        skipped += 1
        if skipped <= Self.listedProblems { problems.append("\(place()): \(error.refusal)") }
    }

    /// Notes that a row is done, and tells of it now and then.
    mutating func count(of input: PieceReader, _ progress: (ScoreProgress) -> Void) {
        rows += 1
        guard rows % Self.rowsBetweenReports == 0 else { return }
        progress(ScoreProgress(rows: rows, bytes: input.consumed, size: input.size))
    }
}
