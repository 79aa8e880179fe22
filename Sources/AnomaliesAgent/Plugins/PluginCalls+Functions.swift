import AWS
import Foundation
import Logging
import Scripting

/// The functions by name, declared once: what scripts of plugins can call, and the reference of it.
extension PluginCalls {
    struct Function: Sendable {
        let table: String
        let name: String
        let usage: String
        let summary: String
        /// Only in notifiers, sources and sinks.
        let reachesOut: Bool
        let body: @Sendable (borrowing HostCall, PluginCalls?) throws(ScriptError) -> LuaValue
    }

    static func register(in lua: inout LuaState, _ calls: PluginCalls?) {
        for function in functions {
            let entry: HostFunction = { call throws(ScriptError) in try function.body(call, calls) }
            lua.registerTable(function.table, [(function.name, entry)])
        }
    }

    /// The reference as plugins/README.md has it.
    static var markdown: String {
        func rows(_ reachesOut: Bool) -> String {
            functions.filter { $0.reachesOut == reachesOut }
                .map { "| `\($0.usage.replacing("|", with: "\\|"))` | \($0.summary) |\n" }.joined()
        }
        let head = "| call | meaning |\n|---|---|\n"
        return "In every plugin:\n\n\(head)\(rows(false))\nIn notifiers, sources and sinks:\n\n\(head)\(rows(true))"
    }

    private static func running(_ calls: PluginCalls?) throws(ScriptError) -> PluginCalls {
        guard let calls else { throw .refused("not while the plugin loads") }
        return calls
    }

    static let functions: [Function] = [
        Function(
            table: "json",
            name: "encode",
            usage: "json.encode(value)",
            summary: "Compact JSON; fields are sorted by name.",
            reachesOut: false
        ) { call, _ throws(ScriptError) in
            .string(try json(call.value(1), "value").display)
        },
        Function(
            table: "json",
            name: "decode",
            usage: "json.decode(text)",
            summary: "The value; JSON's null is `null`. A text that is no JSON is an error.",
            reachesOut: false
        ) { call, _ throws(ScriptError) in
            do { return LuaValue(try JSONValue(parsing: try call.string(1))) } catch let error as ScriptError {
                throw error
            } catch {
                throw .refused("the text \(error)")
            }
        },
        Function(
            table: "base64",
            name: "encode",
            usage: "base64.encode(text)",
            summary: "With padding.",
            reachesOut: false
        ) { call, _ throws(ScriptError) in
            .string(Data(try call.bytes(1)).base64EncodedString())
        },
        Function(
            table: "base64",
            name: "decode",
            usage: "base64.decode(text)",
            summary: "The bytes as a text, or nil for what is no base64.",
            reachesOut: false
        ) { call, _ throws(ScriptError) in
            Data(base64Encoded: try call.string(1)).map { text([UInt8]($0)) } ?? .nil
        },
        Function(
            table: "hash",
            name: "sha256",
            usage: "hash.sha256(text)",
            summary: "64 hexadecimal digits.",
            reachesOut: false
        ) { call, _ throws(ScriptError) in
            .string(Digests.sha256(try call.bytes(1)))
        },
        Function(
            table: "hash",
            name: "hmac_sha256",
            usage: "hash.hmac_sha256(key, text)",
            summary: "64 hexadecimal digits (RFC 2104).",
            reachesOut: false
        ) { call, _ throws(ScriptError) in
            let key = try call.bytes(1)
            let message = try call.bytes(2)
            return .string(Digest.hexadecimal(Digest.hmacSHA256(key: key.span, message.span).span))
        },
        Function(
            table: "time",
            name: "parse",
            usage: "time.parse(text)",
            summary: "Milliseconds since 1970 of an ISO 8601 text with a zone, or nil.",
            reachesOut: false
        ) { call, _ throws(ScriptError) in
            EventTime.milliseconds(of: .string(try call.string(1))).map { .integer($0) } ?? .nil
        },
        Function(
            table: "time",
            name: "iso",
            usage: "time.iso(milliseconds)",
            summary: "`2026-11-22T17:00:00.000Z`.",
            reachesOut: false
        ) { call, _ throws(ScriptError) in
            .string(iso(try call.integer(1)))
        },
        Function(
            table: "log",
            name: "info",
            usage: "log.info(text)",
            summary: "Writes to the agent's log; also `log.warning`, `log.error`.",
            reachesOut: false
        ) { call, calls throws(ScriptError) in
            try running(calls).write(.info, try call.string(1))
            return .nil
        },
        Function(
            table: "log",
            name: "warning",
            usage: "log.warning(text)",
            summary: "The same, as a warning.",
            reachesOut: false
        ) { call, calls throws(ScriptError) in
            try running(calls).write(.warning, try call.string(1))
            return .nil
        },
        Function(
            table: "log",
            name: "error",
            usage: "log.error(text)",
            summary: "The same, as an error.",
            reachesOut: false
        ) { call, calls throws(ScriptError) in
            try running(calls).write(.error, try call.string(1))
            return .nil
        },
        Function(
            table: "http",
            name: "request",
            usage: "http.request { url = …, method = …, headers = { … }, body = … | json = …, timeout = 10 }",
            summary: """
                Sends and waits: `{ status, headers, body }` with names of headers in lower case. Only to hosts that are \
                allowed; certificates are checked, redirects not followed, an answer of more than 1 MiB is refused. A \
                host without a port is https, and never an address of this machine, its link or a metadata service.
                """,
            reachesOut: true
        ) { call, calls throws(ScriptError) in try running(calls).send(try call.table(1)) },
        Function(
            table: "aws",
            name: "request",
            usage: "aws.request { service = …, action = …, region = …, version = …, parameters = { … } }",
            summary: """
                Signed with the agent's credentials, which no plugin sees: `{ body }`. For services that speak JSON \
                `target`, `body` and `json_version` instead of `version` and `parameters`. Only actions that are allowed.
                """,
            reachesOut: true
        ) { call, calls throws(ScriptError) in try running(calls).perform(try call.table(1)) },
        Function(
            table: "files",
            name: "read",
            usage: "files.read(path)",
            summary: "A file of at most 1 MiB in a folder that is allowed, or nil where there is none.",
            reachesOut: true
        ) { call, calls throws(ScriptError) in try running(calls).files().read(try call.string(1)) },
        Function(
            table: "files",
            name: "names",
            usage: "files.names(folder)",
            summary: "The names in a folder, sorted.",
            reachesOut: true
        ) { call, calls throws(ScriptError) in try running(calls).files().names(try call.string(1)) },
        Function(
            table: "files",
            name: "append",
            usage: "files.append(path, text)",
            summary: "Adds to the end of a file, or makes it; durable when it returns.",
            reachesOut: true
        ) { call, calls throws(ScriptError) in
            try running(calls).files().append(try call.string(1), try call.bytes(2))
        },
        Function(
            table: "state",
            name: "get",
            usage: "state.get(name)",
            summary: "What `state.set` kept, over restarts; nil where there is nothing.",
            reachesOut: true
        ) { call, calls throws(ScriptError) in try running(calls).remembered(try call.string(1)) },
        Function(
            table: "state",
            name: "set",
            usage: "state.set(name, value)",
            summary: "Kept when the run ends well; 64 KiB a plugin. nil forgets.",
            reachesOut: true
        ) { call, calls throws(ScriptError) in
            try running(calls).remember(try call.string(1), try call.value(2))
            return .nil
        },
        Function(
            table: "time",
            name: "now",
            usage: "time.now()",
            summary: "Milliseconds since 1970.",
            reachesOut: true
        ) { _, calls throws(ScriptError) in
            .integer(try running(calls).current())
        },
    ]

    /// - Throws: where the answer would not be the same the next time.
    private func current() throws(ScriptError) -> Milliseconds {
        guard reachesOut else { throw .refused("a \(kindName) has only the times of its records") }
        return now
    }

    static func iso(_ time: Milliseconds) -> String {
        let civil = CivilTime(epochMicroseconds: min(max(time, -62_135_596_800_000), 253_402_300_799_999) * 1000)
        func digits(_ number: Int, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(digits(civil.year, 4))-\(digits(civil.month, 2))-\(digits(civil.day, 2))T"
            + "\(digits(civil.hour, 2)):\(digits(civil.minute, 2)):\(digits(civil.second, 2))"
            + ".\(digits(civil.microsecond / 1000, 3))Z"
    }
}
