import Detection
public import Logging
import Scripting

/// What `repl` does: one Lua line after another, with everything that scripts have, and the scripts and the last records
/// at hand.
///
/// One interpreter for the whole session, under the budgets that scripts have, so that what works here works there.
public final class ReplSession {
    public struct Answer: Sendable {
        public var lines: [String] = []
        /// The line is the start of something longer.
        public var wantsMore = false
        public var isOver = false
    }

    private static let recordCount = 1_000
    private static let shownCount = 20
    private static let historyLimit = 1_000
    private static let help = [
        "a line of Lua            its value is shown; what is assigned stays: x = records[#records].accuracy",
        "records                  the last records at hand, newest last; #records says how many",
        "scripts.detect.decide(records[1], { score = 4, grade = 0.9 })   functions of the scripts",
        "state.set(\"a\", 1)        a state that ends with the session",
        ":judge {\"accuracy\": 95}  what detect.lua and notify.lua make of a record, after the records at hand",
        ":records                 shows the last of them, as JSON",
        ":history, !3             the lines so far, and the third one again",
        ":budget                  what one line may spend",
        ":quit                    as does the end of the input",
    ]

    private let configuration: Configuration
    private let environment: ScriptEnvironment
    private let sources: ScriptSources?
    private let records: [[UInt8]]
    private let slot = ScriptStateSlot()
    private var lua: LuaState
    private var history: [String] = []
    private var pending = ""
    private var rehearsal: Rehearsal?

    /// - Parameters:
    ///   - directory: of the scripts.
    ///   - file: records at hand, JSON lines or an array, gzipped or not; `nil` takes the last of the state's packages.
    ///   - print: takes what scripts print.
    /// - Throws: ``SetupProblem``
    public init(
        _ directory: String,
        records file: String?,
        configuration: Configuration,
        outside: Outside,
        log: Logger,
        print: @escaping (String) -> Void
    ) async throws {
        self.configuration = configuration
        environment = ScriptEnvironment(configuration, seed: 0, log: log)
        do { sources = try ScriptSources.read(directory, files: outside.files) } catch {
            throw SetupProblem("\(error)")
        }
        records = try await Self.records(file, configuration, outside)
        lua = LuaState(seed: environment.seed) { _, line in print(line) }
        try prepare()
    }

    private static func records(
        _ file: String?,
        _ configuration: Configuration,
        _ outside: Outside
    ) async throws -> [[UInt8]] {
        if file == nil {
            let directory = configuration.state.directory
            let isHere = try !configuration.aws.bucketName.isEmpty || outside.files.info("\(directory)/bucket") != nil
            guard isHere else { return [] }
        }
        let packages = try await RecordedPackages(
            file.map { [$0] } ?? [],
            configuration: configuration,
            outside: outside
        )
        var newest: [[UInt8]] = []
        for index in (0..<packages.count).reversed() where newest.count < recordCount {
            let package = try await packages.package(index)
            let records = try RecordedPackages.records(of: package, limits: configuration.recordLimits).records
            newest = records.suffix(recordCount - newest.count).map(\.bytes) + newest
        }
        return newest
    }

    private func prepare() throws {
        do {
            try AgentAPI.register(in: &lua, environment: environment, chunk: ChunkName("repl"))
            ScriptState.register(in: &lua, slot)
            var fields: [(String, LuaValue)] = []
            for name in ScriptSources.Name.allCases {
                guard let sources, let text = sources.texts[name] else { continue }
                let value = try lua.load(text, name: ChunkName(sources.path(name)).name, budget: environment.budget)
                fields.append((String(name.rawValue.dropLast(4)), value))
            }
            try lua.set(global: "scripts", to: .table(LuaTable(fields: fields)))
            let values = try records.map { LuaValue(try JSONValue(parsing: $0)) }
            try lua.set(global: "records", to: .table(LuaTable(array: values)))
        } catch let error as ScriptError {
            throw SetupProblem("\(error.message)")
        }
        slot.state = ScriptState()
    }

    /// What there is, to begin with.
    public var welcome: [String] {
        let names = ScriptSources.Name.allCases.filter { sources?.texts[$0] != nil }.map(\.rawValue)
        return [
            "\(names.joined(separator: ", ")) of \(sources?.directory ?? ""); \(records.count) records at hand; :help"
        ]
    }

    public func take(_ line: String) -> Answer {
        let trimmed = line.trimmingPrefix { $0 == " " }
        if pending.isEmpty {
            if trimmed.isEmpty { return Answer() }
            if trimmed.hasPrefix(":") { return command(String(trimmed)) }
            if trimmed.hasPrefix("!"), let number = Int(trimmed.dropFirst()) {
                guard history.indices.contains(number - 1) else { return Answer(lines: ["there is no line \(number)"]) }
                let again = history[number - 1]
                var answer = evaluate(again)
                answer.lines.insert(again, at: 0)
                return answer
            }
        } else if trimmed.isEmpty {
            pending = ""
            return Answer(lines: ["given up"])
        }
        let text = pending.isEmpty ? line : "\(pending)\n\(line)"
        let answer = evaluate(text)
        pending = answer.wantsMore ? text : ""
        if !answer.wantsMore {
            history.append(text)
            if history.count > Self.historyLimit { history.removeFirst() }
        }
        return answer
    }

    private func evaluate(_ text: String) -> Answer {
        do throws(ScriptError) {
            return Answer(lines: try value(of: text))
        } catch {
            slot.state?.end(isGood: false)
            if case .syntax(let message) = error, message.hasSuffix("near <eof>") { return Answer(wantsMore: true) }
            return Answer(lines: [error.message])
        }
    }

    /// An expression first, then statements.
    private func value(of text: String) throws(ScriptError) -> [String] {
        let value: LuaValue
        do throws(ScriptError) {
            value = try lua.load("return \(text)", name: "repl", budget: environment.budget)
        } catch {
            guard case .syntax = error else { throw error }
            value = try lua.load(text, name: "repl", budget: environment.budget)
        }
        slot.state?.end(isGood: true)
        return value == .nil ? [] : ["\(value)"]
    }

    private func command(_ line: String) -> Answer {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        switch words[0] {
        case ":help": return Answer(lines: Self.help)
        case ":quit", ":q": return Answer(isOver: true)
        case ":history": return Answer(lines: history.enumerated().map { "\($0 + 1)  \($1)" })
        case ":records":
            return Answer(lines: records.suffix(Self.shownCount).map { String(decoding: $0, as: UTF8.self) })
        case ":budget":
            let budget = environment.budget
            return Answer(lines: [
                "\(budget.instructions) instructions, \(budget.heapBytes) bytes of heap, \(budget.work) units of work in library "
                    + "functions, results of \(budget.resultBytes) bytes and \(budget.resultEntries) entries"
            ])
        case ":judge":
            do { return Answer(lines: try judge(words.count > 1 ? words[1] : "{}")) } catch {
                return Answer(lines: ["\(error)"])
            }
        default: return Answer(lines: ["there is no \(words[0]); :help says what there is"])
        }
    }

    /// By the scripts as they are on disk at the start, after the records at hand.
    private func judge(_ text: String) throws -> [String] {
        guard let sources else { return [] }
        let hand = records.count
        if rehearsal == nil {
            let new = try Rehearsal(
                ScriptLoader(sources: sources, environment: environment),
                limits: configuration.recordLimits,
                keys: KeyHome.Limits(memory: 64 << 20, keys: 1_000),
                writesMails: true
            )
            _ = try new.take(records.enumerated().map { record($1, line: $0 + 1, isHistory: true) })
            rehearsal = new
        }
        _ = try JSONValue(parsing: text)
        history.append(":judge \(text)")
        let outcome =
            try rehearsal?.take([record(Array(text.utf8), line: hand + history.count, isHistory: false)])
            ?? Rehearsal.Outcome()
        var lines = outcome.quarantined.map { "quarantine: \($0.reason)" }
        for one in outcome.found {
            let why = one.finding.suppression.map { ", nobody is told: \($0.rawValue)" } ?? ""
            lines.append(
                "finding: score \(MailTemplate.rounded(one.finding.score)), grade \(MailTemplate.rounded(one.finding.grade)), "
                    + "severity \(one.finding.decision.severity), rule \(one.finding.decision.rule)\(why)"
            )
        }
        lines += outcome.mails.map { "mail to \($0.to.joined(separator: ", ")): \($0.subject)" }
        if outcome.scored > 0, outcome.found.isEmpty { lines.append("no finding") }
        return lines + (rehearsal?.failures.map { "a function failed: \($0)" } ?? [])
    }

    private func record(_ bytes: [UInt8], line: Int, isHistory: Bool) -> Rehearsal.Record {
        Rehearsal.Record(
            bytes: bytes,
            identity: RecordIdentity(package: PackageID(value: 1), line: line),
            arrival: Int64(line) * 1_000,
            isHistory: isHistory
        )
    }
}
