import Logging
import Transport

/// What the roles ask for between two pieces of work: the newest generation, loaded on their own thread when it changed.
///
/// Each belongs to one role's thread. A generation was checked before it became the newest; should it fail to load here
/// all the same, the one before it goes on.
final class FeedScripts: WorkloadProvider {
    private let library: ScriptLibrary
    private let environment: ScriptEnvironment
    private var loaded: Generation<WorkloadScript>

    init(_ library: ScriptLibrary, environment: ScriptEnvironment) throws {
        self.library = library
        self.environment = environment
        loaded = try Generation(library.newest, environment) { try $0.workload() }
    }

    func current() throws -> (Workload, any WorkloadFunctions) {
        loaded.renew(library.newest, environment) { try $0.workload() }
        return (loaded.script.workload, loaded.script)
    }
}

final class DetectScripts: DetectRulesProvider {
    private let library: ScriptLibrary
    private let environment: ScriptEnvironment
    private var loaded: Generation<DetectScript>

    init(_ library: ScriptLibrary, environment: ScriptEnvironment) throws {
        self.library = library
        self.environment = environment
        loaded = try Generation(library.newest, environment) { try $0.detect() }
    }

    func current() throws -> (DetectRules, any DetectFunctions) {
        loaded.renew(library.newest, environment) { try $0.detect() }
        return (loaded.script.rules, loaded.script)
    }
}

final class NotifyScripts: NotifyRulesProvider {
    private let library: ScriptLibrary
    private let environment: ScriptEnvironment
    private var loaded: Generation<any NotifyRules>

    init(_ library: ScriptLibrary, environment: ScriptEnvironment) throws {
        self.library = library
        self.environment = environment
        loaded = try Generation(library.newest, environment, Self.load)
    }

    func current() throws -> any NotifyRules {
        loaded.renew(library.newest, environment, Self.load)
        return loaded.script
    }

    private static func load(_ loader: ScriptLoader) throws -> any NotifyRules {
        if let script = try loader.notify() { return script }
        return BuiltInNotifyRules()
    }
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

    private let library: ScriptLibrary
    private let environment: ScriptEnvironment
    private let parser: RecordParser
    private var loaded: Generation<DetectScript?>

    init(_ library: ScriptLibrary, environment: ScriptEnvironment, limits: RecordLimits) throws {
        self.library = library
        self.environment = environment
        parser = try RecordParser(limits: limits)
        loaded = try Generation(library.newest, environment, Self.load)
    }

    func current() throws -> any ShardKeys {
        loaded.renew(library.newest, environment, Self.load)
        return Keys(script: loaded.script, parser: parser)
    }

    /// A relay may run where there is no detect.lua; records are then spread evenly.
    private static func load(_ loader: ScriptLoader) throws -> DetectScript? {
        loader.sources.texts[.detect] == nil ? nil : try loader.detect()
    }
}

/// A loaded script and the generation it is of.
private struct Generation<Script> {
    private(set) var script: Script
    private var name: String

    init(_ sources: ScriptSources, _ environment: ScriptEnvironment, _ load: (ScriptLoader) throws -> Script) throws {
        script = try load(ScriptLoader(sources: sources, environment: environment))
        name = sources.generation
    }

    mutating func renew(
        _ sources: ScriptSources,
        _ environment: ScriptEnvironment,
        _ load: (ScriptLoader) throws -> Script
    ) {
        guard sources.generation != name else { return }
        // Not tried again before the next change, whatever comes of it.
        name = sources.generation
        do {
            script = try load(ScriptLoader(sources: sources, environment: environment))
        } catch {
            environment.log.error(
                "scripts: generation \(name) passed its checks and does not load; the one before goes on: \(error)"
            )
        }
    }
}

/// Without a notify.lua the built-in texts serve.
struct BuiltInNotifyRules: NotifyRules {
    var to: [MailAddress]? { nil }
    func subject(_ alert: JSONValue) throws -> String? { nil }
    func text(_ alert: JSONValue) throws -> String? { nil }
    func html(_ alert: JSONValue) throws -> String? { nil }
}
