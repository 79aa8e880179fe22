import Scripting

/// The decoders of a relay: which objects they take, and what records they make of them.
///
/// Belongs to the relay's thread.
final class PluginDecoders {
    struct Decoded {
        /// JSON lines: one a record; an item that gave none or could not be decoded is a blank line.
        var text: [UInt8] = []
        var refused: [(line: Int, reason: String)] = []
    }

    private struct Entry {
        let keys: KeyPattern
        let runner: PluginRunner
    }

    private let entries: [Entry]
    private let keep: Milliseconds
    private let state: StateStore

    /// - Parameters:
    ///   - keep: how long the relay remembers what it took; older objects are left alone, because nobody would know.
    ///   - prefix: of all keys.
    init(_ runners: [PluginRunner], keep: Milliseconds, prefix: String, state: StateStore) {
        entries = runners.map { runner in
            Entry(keys: KeyPattern(prefix + runner.setup.resolved(runner.setup.manifest.keys)), runner: runner)
        }
        self.keep = keep
        self.state = state
    }

    /// To `status`, whatever the clock says.
    func finish() throws {
        for entry in entries { try entry.runner.write(atOnce: true) }
    }

    /// What is to be listed, for the decoders that run now.
    func prefixes() -> [String] { entries.filter { $0.runner.isReady() }.map(\.keys.prefix) }

    /// Whether a decoder takes the object now; `nil` for an object of none.
    func takes(_ object: ObjectListing, now: Milliseconds) -> Bool? {
        guard let entry = entries.first(where: { $0.keys.matches(object.key) }) else { return nil }
        return object.modified >= now - keep && entry.runner.isReady()
    }

    /// - Parameter text: of the object, uncompressed.
    /// - Returns: `nil` for an object of no decoder.
    /// - Throws: ``PluginFailure`` where the decoder is switched off; a ``RejectsPackage`` where nothing can be read.
    func decode(_ text: [UInt8], key: String, limits: RecordLimits) throws -> Decoded? {
        guard let runner = entries.first(where: { $0.keys.matches(key) })?.runner else { return nil }
        var decoded = Decoded()
        var line = 0
        let object = LuaValue.table(LuaTable(fields: [("key", .string(key))]))
        func take(_ item: JSONValue) throws {
            let start = decoded.text.count
            do {
                try Self.append(try runner.run([LuaValue(item), object]), runner, to: &decoded.text)
            } catch let failure as PluginFailure {
                try runner.write(atOnce: false)
                guard failure.cause != .off else { throw failure }
                decoded.text.removeSubrange(start...)
                decoded.refused.append((line + 1, failure.description))
            }
            if decoded.text.count == start { decoded.text.append(UInt8(ascii: "\n")) }
            line += decoded.text[start...].count { $0 == UInt8(ascii: "\n") }
            if decoded.text.count > limits.package { throw PackageError.tooLarge(limit: limits.package) }
        }
        for item in try Self.items(text, runner.setup.manifest, limits, &decoded) { try take(item) }
        let (count, state) = (line - decoded.refused.count, state)
        try state.write { try runner.succeeded(in: $0) }
        if decoded.refused.isEmpty { try runner.settle(count) } else { try runner.write(atOnce: false) }
        return decoded
    }

    private static func items(
        _ text: [UInt8],
        _ manifest: PluginManifest,
        _ limits: RecordLimits,
        _ decoded: inout Decoded
    ) throws -> [JSONValue] {
        let parser = try RecordParser(limits: RecordLimits(record: limits.package, package: limits.package))
        if let name = manifest.items {
            do { try parser.parse(text.span) } catch { throw UndecodablePackage(description: "the document \(error).") }
            guard let items = try parser.value()[try FeaturePath(name)]?.array else {
                throw UndecodablePackage(description: "the document has no list \"\(name)\".")
            }
            return items
        }
        var reader = try PackageReader(text, limits: limits)
        var items: [JSONValue] = []
        while let entry = reader.next() {
            switch entry {
            case .record(let range, _):
                try parser.parse(text.span.extracting(range))
                items.append(try parser.value())
            case .bad(let line, let reason): decoded.refused.append((line, "the record \(reason)"))
            }
        }
        return items
    }

    /// Nothing, a record, or a list of records.
    private static func append(_ value: LuaValue, _ runner: PluginRunner, to text: inout [UInt8]) throws {
        switch value {
        case .nil, .null, .boolean(false): return
        case .table(let table) where table.fields.isEmpty && (table.isArray || !table.array.isEmpty):
            for item in table.array {
                guard case .table(let record) = item, record.array.isEmpty else {
                    throw runner.wrong("decode returned a list with \(item.shown), expected records")
                }
                try append(item, runner, to: &text)
            }
        case .table:
            do {
                try value.json("the record").write(to: &text)
            } catch {
                throw runner.wrong("decode: \(error)")
            }
            text.append(UInt8(ascii: "\n"))
        default: throw runner.wrong("decode returned \(value.shown), expected a record, a list of records or nil")
        }
    }
}

struct UndecodablePackage: RejectsPackage, CustomStringConvertible {
    let description: String
}

/// Which keys a decoder takes: text with `*` for any characters, none included.
struct KeyPattern: Sendable, Equatable {
    private let parts: [[UInt8]]

    init(_ pattern: String) {
        parts = pattern.split(separator: "*", omittingEmptySubsequences: false).map { Array($0.utf8) }
    }

    /// What every such key begins with.
    var prefix: String { String(decoding: parts.first ?? [], as: UTF8.self) }

    /// - Complexity: O(length of key × length of pattern) at the most.
    func matches(_ key: String) -> Bool {
        var rest = Array(key.utf8)[...]
        guard let first = parts.first, let last = parts.last, rest.starts(with: first) else { return false }
        rest = rest.dropFirst(first.count)
        guard parts.count > 1 else { return rest.isEmpty }
        for part in parts[1..<(parts.count - 1)] where !part.isEmpty {
            // The first place will do: whatever else could match later can match after it, too.
            guard let start = rest.indices.first(where: { rest[$0...].starts(with: part) }) else { return false }
            rest = rest[(start + part.count)...]
        }
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }
}
