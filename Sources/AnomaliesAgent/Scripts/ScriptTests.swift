import Detection
import Scripting

/// Runs the tests beside a generation of scripts: each on its own, in memory, from nothing learned.
struct ScriptTests {
    struct Result: Sendable {
        var name: String
        /// `scripts/tests/detect_test.lua:4`
        var place: String
        /// What differs; none where it passed.
        var difference: [String] = []
        /// Why it says nothing; `nil` where it ran.
        var leftOut: String?

        var hasPassed: Bool { difference.isEmpty && leftOut == nil }

        /// As a compiler would say it, the difference below.
        var failure: String {
            (["\(place): \(name)"] + (difference + (leftOut.map { ["left out: \($0)"] } ?? [])).map { "    \($0)" })
                .joined(separator: "\n")
        }

        var json: JSONValue {
            let colon = place.lastIndex(of: ":") ?? place.endIndex
            return [
                "file": .string(String(place[..<colon])),
                "line": .integer(Int64(place[colon...].dropFirst()) ?? 1),
                "name": .string(name), "passed": .boolean(hasPassed),
                "difference": .array(difference.map(JSONValue.string)),
            ]
        }
    }

    /// What all of them may take before a changed generation is used. Those that have not ended by then neither stop
    /// the change nor speak for it, and the log says so.
    static let time = Duration.seconds(2)
    private static let warmUpName = "warm-up"

    private let loader: ScriptLoader
    private let files: ScriptTestFiles
    private let limits: RecordLimits

    init(_ sources: ScriptSources, environment: ScriptEnvironment, limits: RecordLimits) {
        loader = ScriptLoader(sources: sources, environment: environment)
        files = sources.tests
        self.limits = limits
    }

    /// - Parameter isLate: whether the time is over.
    /// - Throws: ``ScriptProblems`` for what is wrong with a test itself.
    func run(isLate: () -> Bool = { false }) throws(ScriptProblems) -> [Result] {
        var tests: [ScriptTest] = []
        var problems: [ScriptProblem] = []
        for file in files.tests {
            let path = "\(loader.sources.directory)/\(ScriptTestFiles.folder)/\(file.name)"
            do {
                let script = try LoadedScript(file.bytes, path: path, environment: loader.environment)
                tests += try ScriptTest.all(in: script)
            } catch let error as ScriptProblems {
                problems += error.problems
            } catch let error as ScriptProblem {
                problems.append(error)
            } catch {
                problems.append(ScriptProblem(path, line: nil, "\(error)"))
            }
        }
        guard problems.isEmpty else { throw ScriptProblems(problems: problems) }
        var results: [Result] = []
        for test in tests {
            var result = Result(name: test.name, place: test.place)
            do {
                result.difference = try run(test, isLate: isLate)
            } catch is RehearsalTooLong {
                result.leftOut = "it had not ended in time"
            } catch let reason as RehearsalNotPossible {
                result.leftOut = reason.description
            } catch {
                result.difference = ["it cannot be run: \(error)"]
            }
            results.append(result)
        }
        return results
    }

    private func run(_ test: ScriptTest, isLate: () -> Bool) throws -> [String] {
        let warmUp = try records(test.warmUp, of: test, package: 1)
        var given = try records(test.records, of: test, package: 2, after: warmUp.texts.count)
        for injection in test.injections {
            guard given.texts.indices.contains(injection.line - 1) else {
                return ["inject: there is no line \(injection.line); there are \(given.texts.count) records"]
            }
            var record = try JSONValue(parsing: given.texts[injection.line - 1]).object ?? JSONObject()
            for (name, value) in injection.fields { record[name] = value }
            given.texts[injection.line - 1] = Array(try JSONValue.object(record).text().utf8)
            given.labels[injection.line] = injection.label
        }
        let keys = KeyHome.Limits(memory: 256 << 20, keys: 10_000)
        let rehearsal = try Rehearsal(loader, limits: limits, keys: keys, writesMails: true)
        var time = test.start
        func arrivals(_ texts: [[UInt8]], package: UInt128, isHistory: Bool) -> [Rehearsal.Record] {
            texts.enumerated().map { index, bytes in
                defer { time += test.every.milliseconds }
                let identity = RecordIdentity(package: PackageID(value: package), line: index + 1)
                return Rehearsal.Record(bytes: bytes, identity: identity, arrival: time, isHistory: isHistory)
            }
        }
        let learned = try rehearsal.take(arrivals(warmUp.texts, package: 1, isHistory: true), isLate: isLate)
        var lines = learned.quarantined.prefix(3).map {
            "warm_up: line \($0.line ?? 0) went to quarantine: \($0.reason)"
        }
        let outcome = try rehearsal.take(arrivals(given.texts, package: 2, isHistory: false), isLate: isLate)
        let actual = Self.objects(outcome, labels: given.labels)
        let found = Set(outcome.found.filter(\.finding.isAnomaly).compactMap { $0.finding.identity?.line })
        lines += test.expectation.difference(
            actual,
            injected: given.labels.count,
            hits: given.labels.keys.count { found.contains(UInt32($0)) }
        )
        return lines + rehearsal.failures.map { "a function failed: \($0)" }
    }

    private func records(
        _ records: ScriptTest.Records,
        of test: ScriptTest,
        package: Int,
        after warmUp: Int = 0
    ) throws -> (texts: [[UInt8]], labels: [Int: String]) {
        switch records {
        case .none: return ([], [:])
        case .given(let texts): return (texts, [:])
        case .file(let name):
            guard let bytes = files[name] else {
                throw ScriptProblem("there is no file \(name) beside the test")
            }
            let lines = bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
            return (lines.filter { !$0.allSatisfy { $0 == 13 || $0 == 32 } }, [:])
        case .simulated(let count, let injects):
            let script = try loader.workload()
            var workload = script.workload
            if !injects { workload.rules = [] }
            let seed = UInt64(test.seed)
            var generator = try RecordGenerator(
                workload,
                seed: seed,
                package: package,
                // Series of values go on from the warm-up into the records.
                size: package == 1 ? count : warmUp,
                functions: script
            )
            var texts: [[UInt8]] = []
            var labels: [Int: String] = [:]
            for line in 1...count {
                var bytes: [UInt8] = []
                if let rule = try generator.write(to: &bytes) { labels[line] = rule }
                texts.append(bytes)
            }
            return (texts, labels)
        }
    }

    /// What came, as tests speak of it.
    private static func objects(_ outcome: Rehearsal.Outcome, labels: [Int: String]) -> [String: [JSONValue]] {
        // Lines and not identities, which hold 128 bits: in a debug build of 6.3.1 an optional one crashes as an argument
        // of a local function, because it lies at an address that 16 does not divide.
        func line(_ line: Int?) -> JSONValue? { line.map { .integer(Int64($0)) } }
        func label(_ line: Int?) -> JSONValue? { line.flatMap { labels[$0] }.map(JSONValue.string) }
        let findings = outcome.found.filter(\.finding.isAnomaly).map { found -> JSONValue in
            let finding = found.finding
            let place = finding.identity.map { Int($0.line) }
            var object = JSONObject()
            object["line"] = line(place)
            object["severity"] = .string(finding.decision.severity)
            object["rule"] = .string(finding.decision.rule)
            object["message"] = finding.decision.message.map(JSONValue.string)
            object["score"] = .number(finding.score)
            object["grade"] = .number(finding.grade)
            object["key"] = finding.key.map(JSONValue.string)
            object["alerted"] = .boolean(found.alert != nil)
            object["suppressed"] = finding.suppression.map { .string($0.rawValue) }
            object["label"] = label(place)
            object["record"] = finding.record
            object["script"] = finding.decision.place.map(JSONValue.string)
            for (name, value) in finding.details?.fields ?? [] { object[name] = value }
            return .object(object)
        }
        let alerts = outcome.mails.map(\.alert).map { alert -> JSONValue in
            let place = alert.identity.map { Int($0.line) }
            var object = alert.json.object ?? JSONObject()
            object["line"] = line(place)
            object["label"] = label(place)
            return .object(object)
        }
        let mails = outcome.mails.map { mail -> JSONValue in
            var object: JSONObject = ["to": .string(mail.to.joined(separator: ", "))]
            object["line"] = line(mail.alert.identity.map { Int($0.line) })
            object["subject"] = .string(mail.subject)
            object["text"] = .string(mail.text)
            object["html"] = .string(mail.html)
            return .object(object)
        }
        let quarantined = outcome.quarantined.map { record -> JSONValue in
            ["line": .integer(Int64(record.line ?? 0)), "reason": .string(record.reason)]
        }
        return ["findings": findings, "alerts": alerts, "mails": mails, "quarantined": quarantined]
    }
}

extension [ScriptTests.Result] {
    /// `5 tests passed`, `4 of 5 tests passed`
    var summary: String {
        let passed = count(where: \.hasPassed)
        let tests = count == 1 ? "test" : "tests"
        return passed == count ? "\(count) \(tests) passed" : "\(passed) of \(count) \(tests) passed"
    }
}
