import Foundation
import Logging
import Mustache
import Transport

/// Makes a mail of an alert, in the script's words or in the built-in ones.
///
/// A part of notify.lua that fails is replaced by the built-in text and reported: an alert is never
/// lost to a typing error in its wording.
struct MailComposer {
    struct Mail {
        var to: [MailAddress]
        var bytes: [UInt8]
    }

    let envelope: Envelope
    /// The key of the object that the record came in, where this host knows it.
    let object: String?

    func compose(_ alert: Alert, with rules: any NotifyRules, log: Logger) -> Mail {
        let words = words(for: alert, with: rules, log: log)
        let to = rules.to ?? envelope.to
        let message = MailMessage(
            from: mailbox(envelope.from),
            to: to.map { MailMessage.Mailbox($0) },
            subject: words.subject,
            date: Date(timeIntervalSince1970: Double(alert.time) / 1000),
            messageID: "\(alert.id)@\(domain)",
            text: words.text,
            html: words.html
        )
        return Mail(to: to, bytes: message.bytes())
    }

    /// What a mail says.
    func words(
        for alert: Alert,
        with rules: any NotifyRules,
        log: Logger
    ) -> (subject: String, text: String, html: String) {
        let context = Self.context(of: alert, object: object)
        func part(_ name: String, _ make: () throws -> String?, else fallback: String) -> String {
            do {
                if let text = try make() { return text }
            } catch {
                log.error("notify \(alert.id): \(name) failed, the built-in text is used: \(error)")
            }
            return MailTemplate.render(fallback, context, isHTML: name == "html")
        }
        let subject = part("subject", { try rules.subject(context) }, else: MailTemplate.subject)
        let text = part("text", { try rules.text(context) }, else: MailTemplate.text)
        let html = part("html", { try rules.html(context) }, else: MailTemplate.html)
        return (subject, text, html)
    }

    /// What templates and functions see of an alert.
    static func context(of alert: Alert, object: String?) -> JSONValue {
        var context = alert.json.object ?? JSONObject()
        context["when"] = .string(EventTime.text(alert.time))
        context["score_text"] = .string(MailTemplate.rounded(alert.score))
        context["grade_text"] = .string(MailTemplate.rounded(alert.grade))
        context["is_silence"] = alert.rule == SilenceWatch.rule ? .boolean(true) : nil
        if let details = alert.details {
            // One record in so many had such a level so far.
            context["likelihood_text"] = .string("one in \(MailTemplate.rounded((1 / details.likelihood).rounded()))")
        }
        if let hotspots = alert.details?.hotspotTexts {
            context["hotspot_texts"] = .array((hotspots.isEmpty ? ["none"] : hotspots).map(JSONValue.string))
        }
        context["object"] = object.map(JSONValue.string)
        context["fields"] = .array(
            (alert.record.object ?? JSONObject()).fields.map { field in
                var row: JSONObject = [
                    "name": .string(field.name), "value": .string(field.value.string ?? field.value.display),
                ]
                // Where a feature has no part in it, what was expected is what came.
                let expected = alert.details?.expected[field.name]?.double.map(MailTemplate.rounded)
                if expected != field.value.double.map({ MailTemplate.rounded(Double(Float($0))) }) {
                    row["expected_text"] = expected.map(JSONValue.string)
                }
                return .object(row)
            }
        )
        return .object(context)
    }

    private func mailbox(_ address: MailAddress) -> MailMessage.Mailbox {
        MailMessage.Mailbox(address, name: "Anomalies Agent")
    }

    private var domain: String {
        envelope.from.description.split(separator: "@").last.map(String.init) ?? "localhost"
    }
}

extension FindingDetails {
    /// Each hotspot that the record lies in, as people read it: `x 3.1 to 4, y 6 to 6.9 (density 48.2)`.
    fileprivate var hotspotTexts: [String]? {
        guard case .array(let hotspots) = hotspots else { return nil }
        let names = expected.object?.fields.map { "\($0.name) " } ?? []
        return hotspots.map { hotspot in
            let least = Self.numbers(hotspot["minValues"])
            let greatest = Self.numbers(hotspot["maxValues"])
            let sides = zip(least, greatest).enumerated().map { column, side in
                let name = column < names.count ? names[column] : ""
                return "\(name)\(MailTemplate.rounded(side.0)) to \(MailTemplate.rounded(side.1))"
            }
            let density = MailTemplate.rounded(hotspot["density"]?.double ?? 0)
            return "\(sides.joined(separator: ", ")) (density \(density))"
        }
    }

    private static func numbers(_ value: JSONValue?) -> [Double] {
        guard case .array(let items) = value else { return [] }
        return items.compactMap(\.double)
    }
}
