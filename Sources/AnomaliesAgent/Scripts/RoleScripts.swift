import Logging
import Transport

/// What the roles ask for between two pieces of work: the newest generation, loaded beforehand.
///
/// Each belongs to one role's thread.
final class FeedScripts: WorkloadProvider {
    private var loaded: Newest<WorkloadScript>

    init(_ library: ScriptLibrary, environment: ScriptEnvironment) throws {
        loaded = try Newest(library, environment) { try $0.workload() }
    }

    func current() throws -> (Workload, any WorkloadFunctions) {
        let script = loaded.current()
        return (script.workload, script)
    }
}

final class DetectScripts: DetectRulesProvider {
    private var loaded: Newest<DetectScript>

    init(_ library: ScriptLibrary, environment: ScriptEnvironment) throws {
        loaded = try Newest(library, environment) { try $0.detect() }
    }

    func current() throws -> (DetectRules, any DetectFunctions) {
        let script = loaded.current()
        return (script.rules, script)
    }
}

final class NotifyScripts: NotifyRulesProvider {
    private var loaded: Newest<any NotifyRules>

    init(_ library: ScriptLibrary, environment: ScriptEnvironment) throws {
        loaded = try Newest(library, environment) { loader in
            if let script = try loader.notify() { return script }
            return BuiltInNotifyRules()
        }
    }

    func current() throws -> any NotifyRules { loaded.current() }
}

/// The relay's part of detect.lua: which field chooses the shard.
final class RelayScripts: ShardKeyProvider {
    private struct Keys: ShardKeys {
        let script: DetectScript?
        let parser: RecordParser

        func hashKey(of record: [UInt8]) throws -> UInt128? {
            guard let script, let path = script.rules.key else { return nil }
            try script.parse(record.span, with: parser)
            guard let value = try parser.value()[path] else { return nil }
            return RecordIdentity.hashKey(of: value.string ?? value.display)
        }
    }

    private let parser: RecordParser
    private var loaded: Newest<DetectScript?>

    init(_ library: ScriptLibrary, environment: ScriptEnvironment, limits: RecordLimits) throws {
        parser = try RecordParser(limits: limits)
        // A relay may run where there is no detect.lua; records are then spread evenly.
        loaded = try Newest(library, environment) { loader in
            loader.sources.texts[.detect] == nil ? nil : try loader.detect()
        }
    }

    func current() throws -> any ShardKeys { Keys(script: loaded.current(), parser: parser) }
}

/// A loaded script, and where the next one comes from.
private struct Newest<Script> {
    private var script: Script
    private let slot: ScriptSlot<Script>

    init(
        _ library: ScriptLibrary,
        _ environment: ScriptEnvironment,
        _ load: @escaping @Sendable (ScriptLoader) throws -> Script
    ) throws {
        slot = ScriptSlot(environment, load)
        // First the slot, then the script: a generation that comes in between is found in the slot.
        library.add(slot)
        script = try slot.first(library.newest)
    }

    mutating func current() -> Script {
        if let next = slot.take() { script = next }
        return script
    }
}

/// Without a notify.lua the built-in texts serve.
struct BuiltInNotifyRules: NotifyRules {
    var to: [MailAddress]? { nil }
    func subject(_ alert: JSONValue) throws -> String? { nil }
    func text(_ alert: JSONValue) throws -> String? { nil }
    func html(_ alert: JSONValue) throws -> String? { nil }
}
