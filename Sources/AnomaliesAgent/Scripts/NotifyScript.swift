import Mustache
import Scripting
import Transport

/// notify.lua: who hears of an alert, and in what words.
final class NotifyScript: NotifyRules {
    private enum Part {
        case template(MustacheTemplate)
        case function(LuaFunction)
    }

    /// How many people one alert may reach.
    private static let recipientLimit = 1_000

    private(set) var to: [MailAddress]?
    private let script: LoadedScript
    private var subject: Part?
    private var text: Part?
    private var html: Part?
    private var metrics: [String: FunctionMetrics] = [:]
    /// By part.
    private var failures: [String: FailureCount] = [:]

    /// - Throws: ``ScriptProblems``
    init(_ script: LoadedScript) throws {
        self.script = script
        guard case .table(let table) = script.value else {
            let problem = ScriptProblem(
                script.path,
                line: nil,
                "expected it to return a table, got \(script.returned)"
            )
            throw ScriptProblems(problems: [problem])
        }
        var reader = TableReader(table) { "\(script.path):\(script.line(of: $0) ?? 1)" }
        to = Self.recipients(&reader)
        subject = Self.part("subject", isHTML: false, &reader)
        text = Self.part("text", isHTML: false, &reader)
        html = Self.part("html", isHTML: true, &reader)
        reader.refuseUnknown()
        guard reader.problems.isEmpty else { throw ScriptProblems(problems: reader.problems) }
        for (name, part) in [("subject", subject), ("text", text), ("html", html)] {
            if case .function = part { metrics[name] = FunctionMetrics(name) }
        }
    }

    func remember(_ state: ScriptState, at time: Milliseconds) {
        state.time = time
        script.state = state
    }

    var figures: [FunctionFigures] { ["subject", "text", "html"].compactMap { metrics[$0]?.figures } }

    func subject(_ alert: JSONValue) throws -> String? { try render(subject, "subject", alert) }
    func text(_ alert: JSONValue) throws -> String? { try render(text, "text", alert) }
    func html(_ alert: JSONValue) throws -> String? { try render(html, "html", alert) }

    private static func recipients(_ reader: inout TableReader) -> [MailAddress]? {
        let given: [LuaValue]
        switch reader.value("to") {
        case nil: return nil
        case .table(let list) where list.fields.isEmpty && (1...recipientLimit).contains(list.array.count):
            given = list.array
        case let single?: given = [single]
        }
        var recipients: [MailAddress] = []
        for value in given {
            if case .string(let text) = value, let address = try? MailAddress(text) {
                recipients.append(address)
            } else {
                reader.refuse("to", "expected mail addresses such as \"ops@example.com\", got \(value.shown)")
            }
        }
        return recipients
    }

    private static func part(_ key: String, isHTML: Bool, _ reader: inout TableReader) -> Part? {
        switch reader.value(key) {
        case nil: return nil
        case .function(let function): return .function(function)
        case .string(let text):
            do {
                let template = try MailTemplate.parse(text, isHTML: isHTML)
                for problem in TemplateTags.problems(text) { reader.refuse(key, problem) }
                return .template(template)
            } catch {
                reader.refuse(key, "the template does not parse: \(error)")
                return nil
            }
        case let other?:
            reader.refuse(key, "expected a template or a function(alert), got \(other.shown)")
            return nil
        }
    }

    private func render(_ part: Part?, _ name: String, _ alert: JSONValue) throws -> String? {
        switch part {
        case nil: return nil
        case .template(let template): return MailTemplate.render(template, alert)
        case .function(let function):
            guard failures[name]?.isOff != true else { return nil }
            do {
                let text = try call(function, name, alert)
                failures[name]?.succeeded()
                return text
            } catch let failure as ScriptFailure {
                throw failures[name, default: FailureCount()]
                    .failed(failure, replacement: "the built-in text is used")
            }
        }
    }

    private func call(_ function: LuaFunction, _ name: String, _ alert: JSONValue) throws -> String {
        let value: LuaValue
        do {
            value = try script.call(function, [LuaValue(alert)], in: metrics[name])
        } catch {
            throw ScriptFailure(description: error.message)
        }
        guard case .string(let text) = value else {
            metrics[name]?.failed()
            throw ScriptFailure(
                description: "\(script.place(of: function)): \(name) returned \(value.shown), expected a text"
            )
        }
        return text
    }
}
