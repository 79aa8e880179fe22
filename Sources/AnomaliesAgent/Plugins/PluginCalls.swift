import AWS
import Foundation
import Logging
import Scripting
import Transport

/// What a plugin can call while its function runs, and what it called.
///
/// Belongs to the thread of its ``PluginScript``. Changes of state are kept here until the run has ended well.
final class PluginCalls {
    /// The longest that one run waits for the network, all its calls together: no longer than a stop takes.
    static let patience = Duration.seconds(20)
    private static let callLimit = 20
    private static let answerLimit = 1 << 20
    static let stateLimit = 64 << 10

    private let setup: PluginSetup
    private let ports: PluginPorts
    private let log: Logger
    private var started: ContinuousClock.Instant?
    private var count = 0

    /// What the plugin remembers, as committed last.
    var state: [String: JSONValue] = [:]
    /// What the run under way has changed of it.
    private(set) var changes: [String: JSONValue] = [:]
    /// The last call of this run that failed outside: whatever the run comes to, the plugin is not to blame.
    private(set) var failure: PluginCallFailure?

    init(_ setup: PluginSetup, ports: PluginPorts, log: Logger) {
        self.setup = setup
        self.ports = ports
        self.log = log
    }

    func begin() {
        started = ContinuousClock.now
        count = 0
        changes = [:]
        failure = nil
    }

    // MARK: - Reaching out

    func send(_ table: LuaTable) throws(ScriptError) -> LuaValue {
        var table = table
        func take(_ key: String) -> LuaValue? {
            defer { table[key] = nil }
            return table[key].flatMap { $0 == .nil ? nil : $0 }
        }
        guard case .string(let url)? = take("url"), let place = PluginNeed.Place(url: url) else {
            throw .refused("url: expected an absolute http or https URL")
        }
        var request = HTTPRequest(
            .get,
            url,
            timeout: try timeout(take("timeout")),
            maximumResponseBytes: Self.answerLimit
        )
        var contentType: String?
        switch (take("json"), take("body")) {
        case (let value?, nil):
            request.body = Array(try Self.json(value, "json").display.utf8)
            contentType = "application/json"
        case (nil, .string(let text)?): request.body = Array(text.utf8)
        case (nil, .bytes(let bytes)?): request.body = bytes
        case (nil, nil): break
        default: throw .refused("expected a text as body, or any value as json, not both")
        }
        request.method = request.body.isEmpty ? .get : .post
        switch take("method") {
        case nil: break
        case .string(let name)?:
            guard let method = HTTPRequest.Method(rawValue: name.uppercased()) else {
                throw .refused("method: expected GET, PUT, POST, HEAD or DELETE, got \"\(name.prefix(20))\"")
            }
            request.method = method
        case let other?: throw .refused("method: expected a name, got \(other.shown)")
        }
        request.headers = try Self.headers(take("headers"))
        if let contentType, !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            request.headers.append((name: "Content-Type", value: contentType))
        }
        try Self.refuseRest(of: table, of: "url, method, headers, body, json, timeout")
        guard setup.allowed.contains(.http(place)) else {
            throw .refused("\(place) is not allowed; the configuration allows \(allowed)")
        }
        // A port that the operator wrote down may be anywhere; a name alone never leads back into this machine.
        request.addresses = place.port == nil ? .remote : .any
        let answer = try reach { (network) throws(PluginCallFailure) in try network.send(request) }
        let headers = answer.headers.map { ($0.name.lowercased(), LuaValue.string($0.value)) }
        return .table(
            LuaTable(fields: [
                ("status", .integer(Int64(answer.status))), ("headers", .table(LuaTable(fields: headers))),
                ("body", Self.text(answer.body)),
            ])
        )
    }

    func perform(_ table: LuaTable) throws(ScriptError) -> LuaValue {
        var table = table
        func take(_ key: String) throws(ScriptError) -> String? {
            defer { table[key] = nil }
            switch table[key] {
            case nil, .nil?: return nil
            case .string(let text)?: return text
            case let other?: throw .refused("\(key): expected a text, got \(other.shown)")
            }
        }
        let service = try take("service") ?? ""
        let action = try take("action") ?? ""
        let region = try take("region")
        var form: AWSAction.Form
        if let target = try take("target") {
            let body = try Self.json(table["body"] ?? .table(LuaTable()), "body").display
            table["body"] = nil
            form = .json(target: target, body: Array(body.utf8), version: try take("json_version") ?? "1.0")
        } else {
            var parameters: [(name: String, value: String)] = []
            if case .table(let given)? = table["parameters"] {
                for field in given.fields {
                    guard let text = PluginOption.text(field.value) else {
                        throw .refused("parameters.\(field.key): expected a text or number, got \(field.value.shown)")
                    }
                    parameters.append((name: field.key, value: text))
                }
            }
            table["parameters"] = nil
            form = .query(version: try take("version") ?? "", parameters: parameters)
        }
        try Self.refuseRest(
            of: table,
            of: "service, action, region, and version and parameters, or target, body and json_version"
        )
        var request = AWSAction(service: service, name: action, form: form, region: region)
        if let problem = request.problem { throw .refused(problem) }
        guard setup.allowed.contains(.aws(service: service, action: action)) else {
            throw .refused("\(service):\(action) is not allowed; the configuration allows \(allowed)")
        }
        request.timeout = try timeout(nil)
        let answer = try reach { (network) throws(PluginCallFailure) in try network.perform(request) }
        return .table(LuaTable(fields: [("body", Self.text(answer))]))
    }

    private var allowed: String {
        setup.allowed.isEmpty ? "nothing" : setup.allowed.map(\.description).sorted().joined(separator: ", ")
    }

    private func reach<Answer>(
        _ body: (any PluginNetwork) throws(PluginCallFailure) -> Answer
    ) throws(ScriptError) -> Answer {
        guard let network = ports.network else { throw .refused("a \(setup.manifest.kind.rawValue) may not reach out") }
        guard started != nil else { throw .refused("not while the plugin loads") }
        count += 1
        guard count <= Self.callLimit else { throw .refused("more than \(Self.callLimit) calls in one run") }
        do throws(PluginCallFailure) { return try body(network) } catch {
            failure = error
            throw .refused(error.description)
        }
    }

    /// What is left of the run's time, or less where the plugin says so.
    private func timeout(_ given: LuaValue?) throws(ScriptError) -> Duration {
        let spent = started.map { ContinuousClock.now - $0 } ?? .zero
        let left = max(.milliseconds(1), Self.patience - spent)
        guard let given else { return min(left, .seconds(10)) }
        guard let seconds = given.double, seconds > 0 else {
            throw .refused("timeout: expected seconds, got \(given.shown)")
        }
        return min(left, .seconds(min(seconds, 60)))
    }

    /// - Throws: in examples, which touch nothing.
    func files() throws(ScriptError) -> PluginFiles {
        guard started != nil else { throw .refused("not while the plugin loads") }
        guard reachesOut else { throw .refused("a \(kindName) may not reach out") }
        guard let files = ports.files else { throw .refused("examples have no files") }
        let roots = setup.allowed.compactMap { need in if case .files(let root) = need { root } else { nil } }
        return PluginFiles(roots: roots.sorted(), files: files)
    }

    // MARK: - Remembering

    func remember(_ name: String, _ value: LuaValue) throws(ScriptError) {
        guard started != nil else { throw .refused("not while the plugin loads") }
        guard reachesOut else { throw .refused("a \(kindName) remembers nothing: what it returns is all it does") }
        changes[name] = try Self.json(value, "value")
        let all = state.merging(changes) { _, new in new }
        let size = all.reduce(0) { $0 + $1.key.utf8.count + $1.value.display.utf8.count }
        guard size <= Self.stateLimit else {
            changes[name] = nil
            throw .refused("more than \(Self.stateLimit) bytes of state")
        }
    }

    func remembered(_ name: String) -> LuaValue {
        guard let value = changes[name] ?? state[name], value != .null else { return .nil }
        return LuaValue(value)
    }

    /// The run ended well and what it changed is committed.
    func keepChanges() {
        state.merge(changes) { _, new in new }
        changes = [:]
    }

    var now: Milliseconds { ports.clock.now }
    var reachesOut: Bool { ports.network != nil }
    var kindName: String { setup.manifest.kind.rawValue }

    func write(_ level: Logger.Level, _ text: String) {
        log.log(level: level, "plugin \(setup.name): \(TextDisplay.printable(setup.redacted(text), limit: 1_000))")
    }

    // MARK: - Values

    static func json(_ value: LuaValue, _ name: String) throws(ScriptError) -> JSONValue {
        do { return try value.json(name) } catch { throw .refused("\(error)") }
    }

    static func text(_ bytes: [UInt8]) -> LuaValue {
        String(validating: bytes, as: UTF8.self).map(LuaValue.string) ?? .bytes(bytes)
    }

    private static func headers(_ value: LuaValue?) throws(ScriptError) -> [(name: String, value: String)] {
        guard let value else { return [] }
        guard case .table(let table) = value, table.array.isEmpty else {
            throw .refused("headers: expected a table by name, got \(value.shown)")
        }
        var headers: [(name: String, value: String)] = []
        for field in table.fields {
            guard let text = PluginOption.text(field.value) else {
                throw .refused("headers: \(field.key): expected a text, got \(field.value.shown)")
            }
            headers.append((name: field.key, value: text))
        }
        return headers
    }

    private static func refuseRest(of table: LuaTable, of known: String) throws(ScriptError) {
        if let field = table.fields.first { throw .refused("\(field.key): unknown; expected \(known)") }
        if !table.array.isEmpty { throw .refused("expected names, got a list") }
    }
}
