import GRDB
import Scripting

/// Records that a plugin brings: `poll(options)` returns `{ records = { … }, wait = seconds, ended = true }`, each of
/// them optional.
///
/// What the plugin remembers is kept in the transaction that notes its records as stored. After a crash it is asked
/// again with what it knew then: a record may come twice, none is lost.
struct PluginSource: PackageSource {
    private static let recordLimit = 10_000
    private static let standardWait = 5.0

    let name: String
    let canRepeat = false
    private let runner: PluginRunner
    private let clock: any PipelineClock
    private var records: ArraySlice<JSONValue> = []
    private var taken = 0
    private var due: Milliseconds = 0
    private var hasEnded = false

    init(_ runner: PluginRunner, clock: any PipelineClock) {
        name = "plugin \(runner.name)"
        self.runner = runner
        self.clock = clock
    }

    mutating func fill(_ package: inout PackageDraft, number: Int, limit: Int) throws -> Fill {
        if records.isEmpty, !hasEnded { try poll() }
        while package.records < limit, !package.isFullOfBadRecords, let record = records.popFirst() {
            do {
                var bytes: [UInt8] = []
                try record.write(to: &bytes)
                try package.writer.append { $0 += bytes }
                taken += 1
            } catch let error as RecordError {
                package.quarantined.append(
                    QuarantinedRecord(role: .feed, source: name, line: nil, reason: "the record \(error)")
                )
            }
        }
        if records.isEmpty, hasEnded { return .ended }
        return package.isEmpty ? .waiting : .complete
    }

    /// A package that was planned before a crash stays empty: its records come again, in another one.
    mutating func refill(_ package: inout PackageDraft, number: Int, limit: Int) throws {}

    private mutating func poll() throws {
        let now = clock.now
        guard now >= due, runner.isReady() else { return try runner.write(atOnce: false) }
        due = now + Int64(Self.standardWait * 1000)
        do {
            switch try runner.run([]) {
            case .nil, .null: break
            case .table(let table):
                let path = runner.setup.folder.programPath
                var reader = TableReader(table) { _ in path }
                let wait = reader.number("wait", in: 0...86_400) ?? Self.standardWait
                let ended = reader.boolean("ended", default: false)
                let given = reader.value("records") ?? .table(LuaTable(array: []))
                reader.refuseUnknown()
                if let problem = reader.problems.first { throw runner.wrong("what poll returned: \(problem)") }
                records = try Self.records(given, runner)[...]
                due = now + Int64(wait * 1000)
                hasEnded = ended
            case let other: throw runner.wrong("poll returned \(other.shown), expected a table or nil")
            }
            // Without records there is no package whose transaction could keep it.
            if records.isEmpty { try runner.keep() }
        } catch is PluginFailure {
            // Told by the runner, and asked again after a while.
            try runner.write(atOnce: false)
        }
    }

    private static func records(_ value: LuaValue, _ runner: PluginRunner) throws -> [JSONValue] {
        guard case .table(let list) = value, list.fields.isEmpty, list.array.count <= recordLimit else {
            throw runner.wrong("records: expected a list of up to \(recordLimit) records, got \(value.shown)")
        }
        return try list.array.map { item in
            guard case .table(let record) = item, record.array.isEmpty, let json = try? item.json("a record") else {
                throw runner.wrong("records: expected records, got \(item.shown)")
            }
            return json
        }
    }

    func note(in database: Database) throws {
        // Not while records of the same poll wait: after a crash they are asked for again.
        if records.isEmpty { try runner.succeeded(in: database) }
    }

    mutating func stored() throws {
        guard taken > 0 else { return }
        try runner.settle(taken, keepsState: records.isEmpty)
        taken = 0
    }
}
