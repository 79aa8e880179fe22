import Detection
import GRDB

/// What is expected to come: a record every so often, of the whole stream or of each key.
struct Expectation: Sendable, Equatable {
    var every: Duration
    /// The field whose values are expected each on its own; `nil` for the stream as a whole.
    var per: FeaturePath?
    var severity = "warning"

    var scope: String { per?.description ?? "" }
}

/// A record that came, for what is expected of its key.
struct Presence: Sendable {
    var key: String
    var time: Milliseconds
}

/// Notices what does not come. Silence is a finding of the rule `silence`, once until the key is heard again.
///
/// Time is event time. While records come it is the latest of them; while none do, it goes on with the clock from the
/// last one, or from when this process began to look: its own absence is nobody else's silence. Everything is in the state and changes in the transaction of a batch, so that a restart forgets nothing
/// and tells nothing twice. A key is known from its first record on.
struct SilenceWatch {
    static let rule = "silence"
    /// Keys that are remembered; beyond it the one that was heard of longest ago is forgotten.
    static let keyLimit = 10_000
    /// More keys that fall silent at once are one finding: something that they share is broken.
    static let severalLimit = 10

    private struct Silent {
        var key: String
        var since: Milliseconds
    }

    let expectation: Expectation
    let shard: String
    private var every: Milliseconds { expectation.every.milliseconds }

    /// An event time far ahead of its record's arrival is a wrong clock, and must not make all others late.
    func presence(of record: JSONValue, time: Milliseconds, arrival: Milliseconds) -> Presence? {
        let time = min(time, arrival + every)
        guard let per = expectation.per else { return Presence(key: "", time: time) }
        guard let value = record[per] else { return nil }
        return Presence(key: value.string ?? value.display, time: time)
    }

    /// Takes note of what came with a batch, in its order.
    ///
    /// - Returns: what had been silent before, or is by the time the batch ends.
    func take(_ present: [Presence], now: Milliseconds, in database: Database) throws -> [Finding] {
        guard !present.isEmpty else { return [] }
        var silent: [Silent] = []
        let before = try ExpectedKeys.latest(expectation.scope, shard: shard, in: database)?.seen
        var rows: [String: ExpectedKeys.Row] = [:]
        var order: [String] = []
        var isAnyNew = false
        for one in present {
            if rows[one.key] == nil {
                order.append(one.key)
                rows[one.key] = try ExpectedKeys.find(expectation.scope, one.key, in: database)
            }
            guard var row = rows[one.key] else {
                // Late from the start is not silent: it has to be in time once.
                let isLate = before.map { one.time + every < $0 } ?? false
                rows[one.key] = ExpectedKeys.Row(key: one.key, seen: one.time, isTold: isLate)
                isAnyNew = true
                continue
            }
            guard one.time > row.seen else { continue }
            if one.time - row.seen > every, !row.isTold { silent.append(Silent(key: one.key, since: row.seen)) }
            row.seen = one.time
            row.isTold = false
            rows[one.key] = row
        }
        try ExpectedKeys.save(
            order.compactMap { rows[$0] },
            expectation.scope,
            shard: shard,
            heard: now,
            in: database
        )
        if isAnyNew { try ExpectedKeys.trim(expectation.scope, to: Self.keyLimit, in: database) }
        if let latest = try ExpectedKeys.latest(expectation.scope, shard: shard, in: database)?.seen {
            silent += try tell(until: latest, in: database)
        }
        return findings(silent)
    }

    /// Whether ``look(now:since:in:)`` would change anything.
    func isDue(now: Milliseconds, since: Milliseconds, in database: Database) throws -> Bool {
        guard let latest = try latest(in: database) else { return expectation.per == nil }
        return try ExpectedKeys.isAnySilent(
            expectation.scope,
            shard: expectation.per == nil ? nil : shard,
            before: time(now, since, latest) - every,
            in: database
        )
    }

    /// Looks at the clock, where the stream has nothing to read.
    ///
    /// - Parameter since: when this process first looked.
    func look(now: Milliseconds, since: Milliseconds, in database: Database) throws -> [Finding] {
        guard let latest = try latest(in: database) else {
            if expectation.per == nil {
                // Nothing ever came: expected from now on.
                let row = ExpectedKeys.Row(key: "", seen: now, isTold: false)
                try ExpectedKeys.save([row], expectation.scope, shard: shard, heard: now, in: database)
            }
            return []
        }
        return findings(try tell(until: time(now, since, latest), in: database))
    }

    /// Event time goes on with the clock from when the last record was committed.
    private func time(
        _ now: Milliseconds,
        _ since: Milliseconds,
        _ latest: (seen: Milliseconds, heard: Milliseconds)
    ) -> Milliseconds {
        latest.seen + max(0, now - max(latest.heard, since))
    }

    private func latest(in database: Database) throws -> (seen: Milliseconds, heard: Milliseconds)? {
        try ExpectedKeys.latest(expectation.scope, shard: expectation.per == nil ? nil : shard, in: database)
    }

    private func tell(until time: Milliseconds, in database: Database) throws -> [Silent] {
        let keys = try ExpectedKeys.tell(
            expectation.scope,
            shard: expectation.per == nil ? nil : shard,
            before: time - every,
            in: database
        )
        return keys.map { Silent(key: $0.key, since: $0.seen) }
    }

    private func findings(_ silent: [Silent]) -> [Finding] {
        guard silent.count > Self.severalLimit else { return silent.map(finding) }
        let first = silent.map(\.since).min() ?? 0
        var finding = finding(Silent(key: "", since: first))
        let name = expectation.per?.description ?? "stream"
        finding.record = [
            "silent": .integer(Int64(silent.count)),
            "first": .array(silent.prefix(Self.severalLimit).map { .string($0.key) }),
        ]
        finding.decision.message =
            "Nothing came from \(silent.count) values of \(name) for more than \(expectation.every.formatted)."
        return [finding]
    }

    private func finding(_ silent: Silent) -> Finding {
        let isKey = expectation.per != nil && !silent.key.isEmpty
        let whom = isKey ? " from \(expectation.scope) \(silent.key.prefix(200).description.singleLine)" : ""
        var record: JSONObject = ["last": .string(EventTime.text(silent.since))]
        if isKey { record[expectation.scope] = .string(silent.key) }
        return Finding(
            sequenceNumber: "silence-\(Digests.short("\(expectation.scope)|\(silent.key)|\(silent.since)"))",
            identity: nil,
            time: silent.since + every,
            record: .object(record),
            score: 0,
            grade: 1,
            key: isKey ? silent.key : nil,
            decision: Decision(
                severity: expectation.severity,
                rule: Self.rule,
                message: "Nothing came\(whom) for more than \(expectation.every.formatted), "
                    + "the last at \(EventTime.text(silent.since))."
            ),
            suppression: nil
        )
    }
}
