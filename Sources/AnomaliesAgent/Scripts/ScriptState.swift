import Scripting

/// What one script remembers from call to call, kept by the agent and not by the interpreter: it survives a reload and
/// a restart. detect.lua has one for each shard, notify.lua one.
///
/// Everything follows from the calls in their order, and ages from event times, so that what is saved with a batch is
/// bit by bit what a process has that never stopped. What a call changes counts when the call has returned without an
/// error, and only then.
///
/// Belongs to the thread of the role whose script it serves.
final class ScriptState {
    /// A longer key is refused, and so is a longer value.
    static let keyLimit = 200
    static let valueLimit = 4_096
    /// Beyond either the entries that were changed longest ago make room.
    static let countLimit = 10_000
    static let byteLimit = 1 << 20
    /// Keys that one call may change.
    static let changeLimit = 1_000

    struct Entry: Sendable, Equatable {
        var value: JSONValue
        /// In event time; `nil` for ever.
        var expires: Milliseconds?
        /// The number of the change that made it.
        var age: Int64
        /// Of key and value, as they are saved.
        var bytes: Int

        init(key: [UInt8], value: JSONValue, text: String, expires: Milliseconds?, age: Int64) {
            self.value = value
            self.expires = expires
            self.age = age
            bytes = key.count + text.utf8.count
        }
    }

    private struct Staged {
        /// `nil` removes it.
        var value: JSONValue?
        var text = ""
        var expires: Milliseconds?
    }

    /// What the script's `state_version` was when it was written.
    var version = 1 { didSet { hasNewVersion = true } }
    private var hasNewVersion = false
    private(set) var entries: [[UInt8]: Entry] = [:]
    private(set) var bytes = 0
    private var order = UseOrder<[UInt8]>()
    /// How many changes there were: the age of the next one.
    private(set) var changes: Int64 = 0
    /// Changed since the last save; all of it where the whole was replaced.
    private var unsaved: Set<[UInt8]> = []
    private(set) var isReplaced = false

    /// The event time of the record at hand.
    var time: Milliseconds = 0
    private var staged: [[UInt8]: Staged] = [:]
    private var stagedOrder: [[UInt8]] = []

    init() {}

    /// As it was saved.
    ///
    /// - Parameter saved: in the order of their ages.
    init(version: Int, changes: Int64, saved: [(key: [UInt8], entry: Entry)]) {
        self.version = version
        self.changes = changes
        for (key, entry) in saved {
            entries[key] = entry
            order.use(key)
            bytes += entry.bytes
        }
    }

    /// A copy that nobody saves: for trials.
    var copy: ScriptState {
        let sorted = entries.sorted { $0.value.age < $1.value.age }
        return ScriptState(version: version, changes: changes, saved: sorted.map { ($0.key, $0.value) })
    }

    var isEmpty: Bool { entries.isEmpty }

    // MARK: - While a function runs

    /// The value of a key, with what the call at hand changed; `nil` where there is none or its time is over.
    func value(_ key: [UInt8]) -> JSONValue? {
        if let change = staged[key] { return change.value }
        guard let entry = entries[key], entry.expires.map({ $0 > time }) ?? true else { return nil }
        return entry.value
    }

    /// - Parameters:
    ///   - value: `nil` removes it.
    ///   - life: how long it lasts from now on in event time; `nil` for ever.
    func set(_ key: [UInt8], to value: JSONValue?, for life: Milliseconds?) throws(ScriptError) {
        let change = try stage(value, of: key, until: life.map { time + $0 })
        if staged[key] == nil {
            guard stagedOrder.count < Self.changeLimit else {
                throw .refused("more than \(Self.changeLimit) keys changed in one call")
            }
            stagedOrder.append(key)
        }
        staged[key] = change
    }

    private func stage(
        _ value: JSONValue?,
        of key: [UInt8],
        until expires: Milliseconds?
    ) throws(ScriptError) -> Staged {
        guard let value else { return Staged(value: nil) }
        let text: String
        do { text = try value.text() } catch { throw .refused("a value for \(Self.shown(key)): \(error)") }
        guard text.utf8.count <= Self.valueLimit else {
            throw .refused("a value of \(text.utf8.count) bytes; at most \(Self.valueLimit) are kept")
        }
        return Staged(value: value, text: text, expires: expires)
    }

    /// Adds to a number, which is 0 where there is none.
    ///
    /// - Parameter life: of a new one, from now on; one that is there keeps its time.
    /// - Returns: the sum; whole numbers stay whole.
    func add(_ key: [UInt8], _ amount: LuaValue, for life: Milliseconds?) throws(ScriptError) -> JSONValue {
        let old = value(key)
        let sum: JSONValue
        switch (old ?? .integer(0), amount) {
        case (.integer(let old), .integer(let amount)):
            let (result, overflow) = old.addingReportingOverflow(amount)
            guard !overflow else { throw .refused("\(Self.shown(key)) would be greater than a whole number can be") }
            sum = .integer(result)
        case (let old, let amount):
            guard let left = old.double, let right = amount.double else {
                throw .refused("\(Self.shown(key)) holds \(old.display), which is no number")
            }
            guard (left + right).isFinite else { throw .refused("\(Self.shown(key)) would not be finite") }
            sum = .number(left + right)
        }
        let expires = old == nil ? nil : staged[key].map(\.expires) ?? entries[key]?.expires
        try set(key, to: sum, for: old == nil ? life : expires.map { $0 - time })
        return sum
    }

    /// The call returned, or failed: what it changed counts, or never was.
    func end(isGood: Bool) {
        guard !stagedOrder.isEmpty else { return }
        if isGood { for key in stagedOrder { if let change = staged[key] { apply(change, to: key) } } }
        staged.removeAll(keepingCapacity: true)
        stagedOrder.removeAll(keepingCapacity: true)
    }

    private func apply(_ change: Staged, to key: [UInt8]) {
        remove(key)
        guard let value = change.value else { return }
        changes += 1
        let entry = Entry(key: key, value: value, text: change.text, expires: change.expires, age: changes)
        entries[key] = entry
        bytes += entry.bytes
        order.use(key)
        unsaved.insert(key)
        // A little of what is over goes with every change, so that it never piles up.
        for _ in 0..<2 {
            guard let oldest = order.oldest, oldest != key, let end = entries[oldest]?.expires, end <= time else {
                break
            }
            remove(oldest)
        }
        while entries.count > Self.countLimit || bytes > Self.byteLimit, let oldest = order.oldest { remove(oldest) }
    }

    private func remove(_ key: [UInt8]) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        bytes -= entry.bytes
        order.remove(key)
        unsaved.insert(key)
    }

    // MARK: - Between two calls

    /// Everything anew, as `migrate` returned it; what keeps its key keeps its time.
    func replace(with values: [(key: [UInt8], value: JSONValue)], version: Int) throws(ScriptError) {
        var changes: [(key: [UInt8], change: Staged)] = []
        for (key, value) in values {
            changes.append((key, try stage(value, of: key, until: entries[key]?.expires)))
        }
        for key in Array(entries.keys) { remove(key) }
        for (key, change) in changes { apply(change, to: key) }
        isReplaced = true
        self.version = version
    }

    /// What a save has to write: entries by key, `nil` for those that are gone.
    var changed: [(key: [UInt8], entry: Entry?)] {
        isReplaced ? entries.map { ($0.key, $0.value) } : unsaved.map { ($0, entries[$0]) }
    }

    var hasChanged: Bool { isReplaced || hasNewVersion || !unsaved.isEmpty }

    /// The save was committed.
    func saved() {
        unsaved.removeAll(keepingCapacity: true)
        isReplaced = false
        hasNewVersion = false
    }

    static func shown(_ key: [UInt8]) -> String { "\"\(String(decoding: key.prefix(40), as: UTF8.self))\"" }
}
