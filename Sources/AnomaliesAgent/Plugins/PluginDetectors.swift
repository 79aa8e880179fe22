import Detection
import Scripting

/// A plugin that scores instead of the detector: `detector = "robust-zscore"` in detect.lua.
struct PluginDetectorRule: Sendable, Equatable {
    var name: String
    /// Points that it is shown.
    var window: Int
    /// The score above which a record is a finding, where detect.lua names none.
    var threshold: Double

    /// What was learned is only good for a window as long.
    var id: String { Digests.short("plugin:\(name):\(window)") }
}

/// The detectors and rules of a shard. Belongs to the shard's thread.
final class DetectPlugins {
    private let runners: [String: PluginRunner]
    private let rules: [PluginRunner]
    let features: [PluginRunner]

    /// - Parameters:
    ///   - rules: by name, which is the order in which they are asked.
    ///   - features: what they compute of a record is in it under their name.
    init(detectors: [PluginRunner], rules: [PluginRunner], features: [PluginRunner]) {
        runners = Dictionary(uniqueKeysWithValues: detectors.map { ($0.name, $0) })
        self.rules = rules
        self.features = features
    }

    /// To `status`, whatever the clock says.
    func finish() throws {
        for runner in Array(runners.values) + rules + features { try runner.write(atOnce: true) }
    }

    /// Whether records can be scored now. While they cannot the shard waits: nothing goes by unscored.
    func isReady(for rules: DetectRules) -> Bool {
        var isReady = true
        for runner in features where !runner.isReady() { isReady = false }
        if let rule = rules.plugin, runners[rule.name]?.isReady() != true { isReady = false }
        return isReady
    }

    /// What the plugin makes of a point after those before it; `nil` where the detector is no plugin.
    ///
    /// - Throws: ``PluginFailure``, which puts the record into quarantine, or ``PluginPause`` when it was switched off.
    func judge(_ point: [Double], _ rules: DetectRules, in memory: ShardMemory) throws -> Judgement? {
        guard let rule = rules.plugin, let runner = runners[rule.name], let memory = memory.plugin else { return nil }
        do {
            let value = try runner.run(memory.window.arguments(point))
            guard let score = value.double, score >= 0 else {
                throw runner.wrong("score returned \(value.shown), expected a number from 0")
            }
            try runner.settle()
            return memory.learn(point, scored: score, by: rules.border)
        } catch let failure as PluginFailure {
            try runner.write(atOnce: false)
            guard failure.cause == .off else { throw failure }
            throw PluginPause(description: "the detector \(rule.name) is switched off; its shards wait. \(failure)")
        }
    }

    /// Asks each rule of a finding that would be told of: nil leaves the decision as it is, false lets the finding pass, a
    /// table sets `severity`, `rule` or `message`. A rule that fails has no say.
    ///
    /// - Returns: `nil` where one of them lets it pass.
    func decide(_ decision: Decision, record: JSONValue, _ judgement: Judgement, _ details: FindingDetails?) throws
        -> Decision?
    {
        var decision = decision
        for runner in rules where runner.isReady() {
            var fields: [(String, LuaValue)] = [
                ("score", .number(judgement.score)), ("grade", .number(judgement.grade)),
                ("level", .number(judgement.level)), ("severity", .string(decision.severity)),
                ("rule", .string(decision.rule)),
            ]
            for (name, value) in details?.fields ?? [] where name != "level" { fields.append((name, LuaValue(value))) }
            do {
                let value = try runner.run([LuaValue(record), .table(LuaTable(fields: fields))])
                switch value {
                case .nil, .null, .boolean(true): break
                case .boolean(false):
                    try runner.settle()
                    return nil
                case .table(let table):
                    let path = runner.setup.folder.programPath
                    var reader = TableReader(table) { _ in path }
                    decision.severity = reader.string("severity") ?? decision.severity
                    decision.rule = reader.string("rule") ?? decision.rule
                    decision.message = reader.string("message") ?? decision.message
                    reader.refuseUnknown()
                    if let problem = reader.problems.first { throw runner.wrong("what decide returned: \(problem)") }
                default: throw runner.wrong("decide returned \(value.shown), expected nil, false or a table")
                }
                try runner.settle()
            } catch is PluginFailure {
                // Told by the runner; the finding is judged without it.
                try runner.write(atOnce: false)
            }
        }
        return decision
    }
}

/// The batch is taken up again when the plugin is well; nothing of it is lost or scored by something else.
struct PluginPause: RetryableFailure, CustomStringConvertible {
    let description: String
    var isRetryable: Bool { true }
}

extension PluginFailure: RefusesRecord {
    var refusal: String { description }
}

/// What a shard knows where a plugin scores: the points that it is shown, and what was made of the last.
final class PluginMemory {
    private(set) var window: PluginWindow
    private(set) var last = Reading(score: 0, level: 0, typical: 0, threshold: nil)

    init(window: PluginWindow) { self.window = window }

    /// - Parameter border: a score, which a plugin's always is.
    func learn(_ point: [Double], scored score: Double, by border: FindingBorder) -> Judgement {
        window.append(point)
        last = Reading(score: score, level: score, typical: 0, threshold: 1).judged(by: border.rule, isWarm: true)
        return Judgement(last, above: border.level, isAlert: false, explanation: nil)
    }
}

extension DetectScript {
    /// `detector`: a plugin instead of the forest.
    static func plugin(
        _ reader: inout TableReader,
        _ table: LuaTable,
        _ detectors: [String: PluginDetectorRule],
        _ rules: inout DetectRules
    ) {
        guard let name = reader.string("detector") else { return }
        guard let rule = detectors[name] else {
            let near = NearestName.of(name, among: detectors.keys.sorted()).map { " Did you mean \"\($0)\"?" } ?? ""
            return reader.refuse(
                "detector",
                "\"\(name)\" is no detector that runs here: it needs a section [plugin \(name)].\(near)"
            )
        }
        rules.plugin = rule
        for key in ["forest", "model", "alerts", "hotspots", "ignore_near_expected", "suppress", "only"]
        where table[key] != nil && table[key] != .nil {
            reader.refuse(key, "that is the built-in detector's: leave it out beside detector")
        }
        if rules.forestKey != nil {
            reader.refuse("key", "a plugin scores all records together: say per_key = false beside key")
        }
        if rules.detector.missing != .refuse {
            reader.refuse("missing", "a plugin gets whole points: expected \"quarantine\" or \"skip\"")
        }
        if case .score = rules.detector.rule { return }
        if table["threshold"] != nil, table["threshold"] != .nil {
            reader.refuse("threshold", "expected a score of the plugin's, greater than 0")
        }
        rules.detector.rule = .score(rule.threshold)
    }
}
