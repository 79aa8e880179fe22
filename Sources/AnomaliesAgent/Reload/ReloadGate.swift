import Detection

/// Tries changed scripts on the records that were judged last, before they judge anything that counts.
///
/// Where only rules changed, scores are at hand and are judged again. Where features or forest changed, a forest like
/// the new one is taught the older half of the records and judges the other. Refractory periods are as they would be,
/// from the first of these records on. What needs an explanation that was not made, because the record was no finding
/// then, is judged without one, so that the count is rather too high than too low.
struct ReloadGate {
    /// What came of it.
    struct Report: Sendable, Equatable {
        /// Records that were judged again.
        var records = 0
        /// Alerts among them under the scripts in use, and under the new ones.
        var before = 0
        var after = 0
        /// Records that a function of the new scripts failed on.
        var failures = 0
        var firstFailure: String?
        /// Time ran out before all of them were judged.
        var isCut = false

        /// `last 5,000 records: 3 alerts → 214`
        var text: String {
            guard records > 0 else { return "no records to try it on yet" }
            var text = "last \(records.grouped) records: \(before) \(before == 1 ? "alert" : "alerts") → \(after)"
            if let firstFailure { text += "; \(failures) failed, the first because \(firstFailure)" }
            return text
        }

        /// Whether somebody has to agree to so many more alerts.
        func exceeds(factor: Double) -> Bool { Double(after) > factor * Double(max(1, before)) }
    }

    /// What the trial may cost where scores are at hand…
    static let time = Duration.milliseconds(50)
    /// …and where a forest has to be taught first, which delays nobody: it is taught beside the old one in any case.
    static let longTime = Duration.milliseconds(500)
    /// Records between two looks at the time.
    private static let stride = 16

    private let rules: DetectRules
    private let functions: any DetectFunctions
    private let parser: RecordParser
    private let isLate: (Duration) -> Bool
    private var report = Report()
    private var point: [Double] = []
    /// Event times of the last two alerts, by key and rule.
    private var incidents: [String: Incident] = [:]

    /// - Parameter isLate: whether so much time has passed since the trial began.
    init(
        _ rules: DetectRules,
        _ functions: any DetectFunctions,
        limits: RecordLimits,
        isLate: @escaping (Duration) -> Bool
    ) throws(RecordError) {
        self.rules = rules
        self.functions = functions
        self.isLate = isLate
        parser = try RecordParser(limits: limits)
    }

    /// - Parameter shards: the records of each, oldest first.
    mutating func judge(_ shards: [[RecentRecords.Batch]]) -> Report {
        for batches in shards {
            let known = batches.filter { $0.detector == rules.detectorID }
            if known.isEmpty { judgeAnew(batches) } else { judgeAgain(known) }
        }
        return report
    }

    private mutating func isOut() -> Bool {
        guard report.records % Self.stride == 0, isLate(Self.time) else { return report.isCut }
        report.isCut = true
        return true
    }

    /// By scores that are known.
    private mutating func judgeAgain(_ batches: [RecentRecords.Batch]) {
        for batch in batches {
            for row in batch.rows where !row.isHistory {
                if isOut() { return }
                report.records += 1
                report.before += row.isAlert ? 1 : 0
                let reading = row.usual.judged(by: rules.border.rule, isWarm: row.usual.score > 0)
                guard reading.exceeds(rules.border.level) else { continue }
                let level = rules.border.level
                decide(Judgement(reading, above: level, isAlert: true, explanation: row.explanation), row, batch)
            }
        }
    }

    /// By a detector of its own, without keys: what one forest learns of all is near enough to a trial's purpose.
    private mutating func judgeAnew(_ batches: [RecentRecords.Batch]) {
        // A forest says nothing of what a plugin will score.
        guard rules.plugin == nil, var detector = try? Detector(rules.detector) else { return }
        let total = batches.reduce(0) { $0 + $1.rows.count }
        var seen = 0
        for batch in batches {
            for row in batch.rows {
                if seen % Self.stride == 0, isLate(Self.longTime) { report.isCut = true }
                if report.isCut { return }
                seen += 1
                let isJudged = seen > total / 2 && !row.isHistory
                if isJudged {
                    report.records += 1
                    report.before += row.isAlert ? 1 : 0
                }
                do {
                    functions.note(time: row.time)
                    try functions.parse(batch.bytes.span.extracting(row.range), with: parser)
                    switch rules.features {
                    case .declared(let paths): try parser.features(paths, into: &point, absent: rules.absent)
                    case .function: point = try functions.features(of: parser)
                    }
                    if rules.skipsMissing, point.contains(where: \.isNaN) { continue }
                    let judgement = try detector.judge(point.span, time: EventTime.seconds(row.time))
                    if isJudged, judgement.isFinding { decide(judgement, row, batch) }
                } catch {
                    note(isJudged ? (error as? any RefusesRecord)?.refusal ?? "\(error)" : nil)
                }
            }
        }
    }

    private mutating func decide(_ judgement: Judgement, _ row: RecentRecords.Row, _ batch: RecentRecords.Batch) {
        let judgement = judgement.explanation == nil ? judgement.unexplained(features: rules.features.count) : judgement
        guard rules.decision.suppression(of: judgement) == nil else { return }
        do {
            try functions.parse(batch.bytes.span.extracting(row.range), with: parser)
            let record = try parser.value()
            functions.note(time: row.time)
            var failure: ScriptFailure?
            let details = FindingDetails(judgement, rules)
            // One that fails alerts, as it would live.
            let verdict = try rules.verdict(on: record, judgement, details, functions) { failure = $0 }
            note(failure?.description)
            guard verdict.suppression == nil else { return }
            let key = rules.key.flatMap { record[$0] }.map { $0.string ?? $0.display } ?? ""
            tell(key: key, rule: verdict.decision.rule, at: row.time)
        } catch {
            note("\(error)")
        }
    }

    private mutating func tell(key: String, rule: String, at time: Milliseconds) {
        let name = "\(key)\u{0}\(rule)"
        let known = incidents[name]
        if let known, known.isRefractory(at: time, period: rules.refractory.milliseconds) { return }
        incidents[name] = Incident(key: key, rule: rule, alerted: time, alertedBefore: known?.alerted)
        report.after += 1
    }

    private mutating func note(_ failure: String?) {
        guard let failure else { return }
        report.failures += 1
        report.firstFailure = report.firstFailure ?? failure
    }
}

extension Int {
    /// With a comma between thousands.
    var grouped: String {
        let digits = String(magnitude)
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return self < 0 ? "-\(text)" : text
    }
}
