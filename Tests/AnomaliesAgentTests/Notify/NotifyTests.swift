import Foundation
import GRDB
import Synchronization
import Testing
import Transport

@testable import AnomaliesAgent

@Suite struct NotifyTests {
    /// Takes mails as it is told to, and keeps what it was given.
    private final class ScriptedSender: MailSender {
        let name = "mail"
        private let state = Mutex(
            (answers: [Result<MailReceipt, MailFailure>](), sent: [(message: String, to: [String])]())
        )

        var sent: [(message: String, to: [String])] { state.withLock { $0.sent } }

        func answer(_ answers: Result<MailReceipt, MailFailure>...) { state.withLock { $0.answers += answers } }

        func send(_ message: [UInt8], identity: String, from: String, to: [String]) async throws -> MailReceipt {
            try state.withLock { state in
                state.sent.append((String(decoding: message, as: UTF8.self), to))
                guard !state.answers.isEmpty else { return MailReceipt(answer: "250 ok") }
                return try state.answers.removeFirst().get()
            }
        }
    }

    private struct Rules: NotifyRulesProvider, NotifyRules {
        var to: [MailAddress]?
        var text: @Sendable () throws -> String? = { nil }
        var subject: @Sendable () throws -> String? = { nil }

        func current() throws -> any NotifyRules { self }
        func subject(_ alert: JSONValue) throws -> String? { try subject() }
        func text(_ alert: JSONValue) throws -> String? { try text() }
        func html(_ alert: JSONValue) throws -> String? { nil }
    }

    private let bench: Workbench
    private let sender = ScriptedSender()

    init() throws { bench = try Workbench() }

    private func notify(_ rules: Rules = Rules()) throws -> Notify {
        Notify(
            sender: sender,
            envelope: Envelope(
                from: try MailAddress("agent@example.com"),
                to: [try MailAddress("one@example.com"), try MailAddress("two@example.com")]
            ),
            templates: rules,
            state: bench.state,
            clock: bench.clock,
            report: bench.report(.notify),
            console: bench.console,
            log: bench.log
        )
    }

    @discardableResult
    private func alert(_ record: JSONValue = ["name": "Ann", "accuracy": 95], line: Int = 1) throws -> Alert {
        let finding = Finding(
            sequenceNumber: "1",
            identity: RecordIdentity(package: PackageID(value: 1), line: line),
            time: bench.clock.now,
            record: record,
            score: 2.34567,
            grade: 0.75,
            decision: Decision(),
            suppression: nil
        )
        let alert = Alert(finding, suppressed: 0, shard: "s", generation: "g")
        try bench.state.write { try Outbox.add(id: alert.id, alert: alert.json.display, time: bench.clock.now, in: $0) }
        return alert
    }

    private func counts() throws -> [Outbox.State: Int] { try bench.state.read { try Outbox.counts(in: $0) } }
    private func answer() throws -> String? {
        try bench.state.read { try String.fetchOne($0, sql: "SELECT answer FROM outbox") }
    }

    /// Lets the clock go on to the next try, and makes it.
    private func tryAgain(_ notify: Notify) async throws -> Duration {
        let due = try #require(try bench.state.read { try Outbox.nextDue(in: $0) })
        let pause = Duration.milliseconds(due - bench.clock.now)
        bench.clock.advance(pause)
        #expect(try await notify.step() == .worked)
        return pause
    }

    @Test func `an alert is mailed once, to all, and told`() async throws {
        let alert = try alert()
        try await notify().drain()
        #expect(sender.sent.map(\.to) == [["one@example.com", "two@example.com"]])
        #expect(bench.console.mailed == [alert.id])
        #expect(try counts() == [.sent: 1])
        try await notify().drain()
        #expect(sender.sent.count == 1)
    }

    @Test func `the same alert has the same Message-ID and bytes, however often it is tried`() async throws {
        let alert = try alert()
        sender.answer(.failure(MailFailure("away", kind: .passing)))
        let first = try notify()
        _ = try await first.step()
        _ = try await tryAgain(try notify())
        #expect(sender.sent.count == 2)
        #expect(sender.sent[0].message == sender.sent[1].message)
        #expect(sender.sent[0].message.contains("\r\nMessage-ID: <\(alert.id)@example.com>\r\n"))
    }

    @Test func `pauses between tries grow to an hour, and after five days the alert is given up and kept`() async throws
    {
        try alert()
        let start = bench.clock.now
        for _ in 0..<200 { sender.answer(.failure(MailFailure("421 away", kind: .passing))) }
        let notify = try notify()
        _ = try await notify.step()
        var pauses: [Duration] = []
        while try counts()[.pending] == 1 { pauses.append(try await tryAgain(notify)) }
        #expect(pauses.first == .seconds(5))
        #expect(pauses == pauses.sorted() && pauses.last == .seconds(3_600))
        // RFC 5321, 4.5.4.1: at least 4–5 days.
        #expect(bench.clock.now - start >= 5 * 86_400_000 && bench.clock.now - start <= 5 * 86_400_000 + 3_600_000)
        #expect(try counts() == [.dead: 1])
        #expect(try answer() == "421 away")
    }

    @Test func `a mail that is refused for good is kept with the answer and not tried again`() async throws {
        try alert()
        sender.answer(.failure(MailFailure("550 no such user", kind: .refused)))
        try await notify().drain()
        #expect(sender.sent.count == 1)
        #expect(try counts() == [.dead: 1])
        #expect(try answer() == "550 no such user")
    }

    @Test func `what is wrong with the configuration never gives up an alert, nor tries every second`() async throws {
        try alert()
        for _ in 0..<3 { sender.answer(.failure(MailFailure("535 login", kind: .misconfigured))) }
        let notify = try notify()
        _ = try await notify.step()
        bench.clock.advance(.seconds(30 * 86_400))
        _ = try await notify.step()
        #expect(try await tryAgain(notify) == .seconds(300))
        #expect(try counts() == [.pending: 1])
        _ = try await tryAgain(notify)
        #expect(try counts() == [.sent: 1])
    }

    @Test func `only recipients that were put off get the mail again`() async throws {
        try alert()
        sender.answer(.success(MailReceipt(answer: "250 one", deferred: ["two@example.com"])))
        let notify = try notify()
        _ = try await notify.step()
        _ = try await tryAgain(notify)
        #expect(sender.sent.map(\.to) == [["one@example.com", "two@example.com"], ["two@example.com"]])
        #expect(try counts() == [.sent: 1])
    }

    @Test func `an alert that waits does not hold up the next`() async throws {
        try alert(line: 1)
        let second = try alert(line: 2)
        sender.answer(.failure(MailFailure("away", kind: .passing)))
        let notify = try notify()
        _ = try await notify.step()
        _ = try await notify.step()
        #expect(bench.console.mailed.count == 1)
        #expect(sender.sent.count == 2)
        #expect(try counts() == [.sent: 1, .pending: 1])
        _ = second
    }

    @Test func `a part of notify_lua that fails gives way to the built-in text, the others stay`() async throws {
        try alert()
        let rules = Rules(
            to: [try MailAddress("ops@example.com")],
            text: { throw ScriptFailure(description: "bug") },
            subject: { "Mine" }
        )
        try await notify(rules).drain()
        let mail = try #require(sender.sent.first)
        #expect(mail.to == ["ops@example.com"])
        #expect(mail.message.contains("\r\nSubject: Mine\r\n"))
        #expect(mail.message.contains("An anomaly was found at 2026-11-22 17:00:00 UTC"))
        #expect(try counts() == [.sent: 1])
    }

    @Test func `nothing in a record can begin a header or a recipient`() async throws {
        let evil = "x\r\nBcc: evil@example.com\r\n\r\nbody"
        try alert(.object(JSONObject([("name", .string(evil)), (evil, JSONValue.integer(1))])))
        let library = try bench.library(["notify.lua": "return { subject = 'About {{record.name}}' }"])
        let notify = Notify(
            sender: sender,
            envelope: Envelope(from: try MailAddress("a@example.com"), to: [try MailAddress("b@example.com")]),
            templates: try NotifyScripts(library, environment: bench.environment()),
            state: bench.state,
            clock: bench.clock,
            report: bench.report(.notify),
            console: bench.console,
            log: bench.log
        )
        try await notify.drain()
        let message = try #require(sender.sent.first?.message)
        let head = try #require(message.components(separatedBy: "\r\n\r\n").first)
        #expect(!head.components(separatedBy: "\r\n").contains { $0.lowercased().hasPrefix("bcc") })
        #expect(sender.sent.first?.to == ["b@example.com"])
    }

    @Test func `an alert in the outbox that is not readable is kept as undeliverable, and the next goes on`()
        async throws
    {
        try bench.state.write { try Outbox.add(id: "broken", alert: "{\"id\":1}", time: 0, in: $0) }
        try bench.state.write { try Outbox.add(id: "worse", alert: "not JSON", time: 0, in: $0) }
        try alert()
        try await notify().drain()
        #expect(try counts() == [.sent: 1, .dead: 2])
    }

    @Test func `the built-in templates parse, and show every field of the record as it is`() throws {
        for (text, isHTML) in [(MailTemplate.subject, false), (MailTemplate.text, false), (MailTemplate.html, true)] {
            _ = try MailTemplate.parse(text, isHTML: isHTML)
        }
        let context: JSONValue = ["record": ["small": 0.00012, "tag": "<b>"], "score": 2.34567, "grade": 0.5]
        let template = try MailTemplate.parse("{{record.small}} {{record.tag}} {{score}}", isHTML: false)
        #expect(MailTemplate.render(template, context) == "0.00012 <b> 2.346")
        #expect(MailTemplate.render("{{record.tag}}", context, isHTML: true) == "&lt;b&gt;")
    }

    @Test(arguments: [
        (1.0, "1"), (0.12345, "0.123"), (-2.5, "-2.5"), (1e300, "1e+300"), (1e308, "1e+308"), (Double.infinity, "inf"),
    ])
    func `numbers are shown short`(value: Double, text: String) { #expect(MailTemplate.rounded(value) == text) }
}
