import Detection
import Scripting

/// The part of detect.lua that says what is decided: which score makes a finding, which findings count, what is missing.
extension DetectScript {
    /// Every one of the detector's own reasons that a script may switch on.
    static let suppressions: [Suppression] = [.inShingle, .drift, .noise]
    static let missingWords = ["quarantine", "skip"] + MissingValues.allCases.dropFirst().map(\.rawValue)
    private static let gradeForm = "a score (greater than 0, up to 1000) or a grade, { grade = 0.7 }"

    static func model(_ reader: inout TableReader) -> DetectorOptions.Model {
        reader.choice("model", of: DetectorOptions.Model.allCases.map(\.rawValue))
            .flatMap(DetectorOptions.Model.init(rawValue:)) ?? .records
    }

    /// What says nothing, or nothing true, of a model of the series.
    static func refuseForSeries(
        _ reader: inout TableReader,
        _ table: LuaTable,
        _ options: inout DetectorOptions,
        _ decision: DecisionRules
    ) {
        if let forest = table["forest"], forest != .nil {
            reader.refuse("forest", "a series has forests of its own, which are fixed: leave it out")
        }
        if case .score = options.rule {
            reader.refuse(
                "threshold",
                "a series' levels are calibrated: leave threshold out, or give a grade, { grade = 0.7 }"
            )
            options.rule = .calibrated
        }
        if options.missing == .forest {
            reader.refuse("missing", "a series expects no values: choose another than \"forest\"")
            options.missing = .refuse
        }
        if !decision.nearExpected.isEmpty {
            reader.refuse("ignore_near_expected", "a series expects no values: leave it out")
        }
        if decision.suppress.contains(.noise) {
            reader.refuse("suppress", "a series expects no values to measure noise from: leave \"noise\" out")
        }
    }

    /// `threshold` or `alerts`: from which score on a record is a finding.
    static func border(_ reader: inout TableReader, _ options: inout DetectorOptions, refractory: Duration)
        -> AlertBudget?
    {
        let threshold = reader.value("threshold")
        let alerts = reader.value("alerts")
        switch threshold {
        case nil: break
        case .table(let table):
            var grade = reader.inner("threshold", table)
            if let value = grade.number("grade", in: 0.01...0.999) {
                options.border = DetectorOptions.border(grade: value)
            } else if table["grade"] == nil {
                reader.refuse("threshold", "expected \(gradeForm), got a table without grade")
            }
            grade.refuseUnknown()
            reader.add(grade.problems)
        case let value?:
            guard let score = value.double, score > 0, score <= 1000 else {
                reader.refuse("threshold", "expected \(gradeForm), got \(value.shown)\(value.quotesAdvice)")
                break
            }
            options.rule = .score(score)
        }
        guard let alerts else { return nil }
        guard threshold == nil else {
            reader.refuse("alerts", "expected either threshold or alerts: a budget chooses the threshold itself")
            return nil
        }
        guard case .string(let text) = alerts, let budget = AlertBudget(text, quiet: refractory) else {
            reader.refuse("alerts", "expected \(AlertBudget.textForm), got \(alerts.shown)")
            return nil
        }
        return budget
    }

    static func decision(_ reader: inout TableReader, _ features: DetectRules.Features) -> DecisionRules {
        var rules = DecisionRules()
        if let only = reader.choice("only", of: Direction.allCases.map(\.rawValue)) {
            rules.only = Direction(rawValue: only)
        }
        if let suppress = suppress(&reader) { rules.suppress = suppress }
        rules.nearExpected = nearExpected(&reader, features)
        return rules
    }

    private static func suppress(_ reader: inout TableReader) -> Set<Suppression>? {
        guard let value = reader.value("suppress") else { return nil }
        let names = suppressions.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        guard case .table(let list) = value, list.fields.isEmpty else {
            reader.refuse("suppress", "expected a list of some of \(names), or an empty one, got \(value.shown)")
            return nil
        }
        var found: Set<Suppression> = []
        for item in list.array {
            if case .string(let name) = item, let one = suppressions.first(where: { $0.rawValue == name }) {
                found.insert(one)
            } else {
                let near = NearestName.suggestion(item, among: suppressions.map(\.rawValue))
                reader.refuse("suppress", "expected some of \(names), got \(item.shown)\(near)")
            }
        }
        return found
    }

    /// One table for all features, or one for each under its name.
    private static func nearExpected(
        _ reader: inout TableReader,
        _ features: DetectRules.Features
    ) -> [DecisionRules.Tolerance] {
        let key = "ignore_near_expected"
        let form = "expected a table such as { absolute = 1, relative = 0.1, above = 2, below = 0 }"
        guard let value = reader.value(key) else { return [] }
        guard case .table(let table) = value, table.array.isEmpty, !table.fields.isEmpty else {
            reader.refuse(key, "\(form), got \(value.shown)")
            return []
        }
        let isByFeature = table.fields.contains { if case .table = $0.value { true } else { false } }
        guard isByFeature else {
            var inner = reader.inner(key, table)
            let one = tolerance(&inner)
            reader.add(inner.problems)
            return [DecisionRules.Tolerance](repeating: one, count: features.count)
        }
        guard case .declared(let paths) = features else {
            reader.refuse(key, "expected one table for all features: those of a function have no names")
            return []
        }
        var byFeature = reader.inner(key, table)
        let tolerances = paths.map { path -> DecisionRules.Tolerance in
            guard let value = byFeature.value(path.description) else { return DecisionRules.Tolerance() }
            guard case .table(let table) = value else {
                byFeature.refuse(path.description, "\(form), got \(value.shown)")
                return DecisionRules.Tolerance()
            }
            var inner = byFeature.inner(path.description, table)
            let one = tolerance(&inner)
            byFeature.add(inner.problems)
            return one
        }
        byFeature.refuseUnknown()
        reader.add(byFeature.problems)
        return tolerances
    }

    private static func tolerance(_ reader: inout TableReader) -> DecisionRules.Tolerance {
        let range = 0...Double.greatestFiniteMagnitude
        let tolerance = DecisionRules.Tolerance(
            absolute: reader.number("absolute", in: range) ?? 0,
            relative: reader.number("relative", in: range) ?? 0,
            above: reader.number("above", in: range) ?? 0,
            below: reader.number("below", in: range) ?? 0
        )
        reader.refuseUnknown()
        return tolerance
    }

    /// `missing`: what becomes of a record without one of the features.
    ///
    /// - Returns: whether it is left out.
    static func missing(_ reader: inout TableReader, _ options: inout DetectorOptions) -> Bool {
        let name = reader.choice("missing", of: missingWords)
        options.missing = name.flatMap(MissingValues.init(rawValue:)) ?? .refuse
        return name == "skip"
    }

    /// `expect`: what has to come, and how often.
    static func expectation(_ reader: inout TableReader) -> Expectation? {
        guard let value = reader.value("expect") else { return nil }
        guard case .table(let table) = value else {
            reader.refuse("expect", "expected a table such as { every = \"5m\", per = \"host\" }, got \(value.shown)")
            return nil
        }
        var inner = reader.inner("expect", table)
        if table["every"] == nil { reader.refuse("expect", "every is missing; expected a time such as \"5m\"") }
        let every = inner.duration("every", default: .seconds(300))
        if every < .seconds(1) { inner.refuse("every", "expected a second at the least, got \(every.formatted)") }
        let per = path("per", &inner)
        let severity = inner.string("severity") ?? "warning"
        inner.refuseUnknown()
        reader.add(inner.problems)
        return Expectation(every: every, per: per, severity: severity)
    }
}
