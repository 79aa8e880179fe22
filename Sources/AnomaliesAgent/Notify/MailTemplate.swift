import Mustache

/// Why a template cannot be used.
struct TemplateError: Error, Sendable, CustomStringConvertible {
    /// Of the template, from 1.
    let line: Int
    let reason: String
    var description: String { "line \(line) of it: \(reason)" }
}

/// Mustache templates: those of notify.lua, and the built-in ones.
enum MailTemplate {
    static let subject =
        "Anomaly: {{#key}}{{key}} {{/key}}{{#is_silence}}is silent{{/is_silence}}{{^is_silence}}scored {{score_text}}{{/is_silence}}{{#suppressed_some}} (+{{suppressed}} more){{/suppressed_some}}"

    static let text = """
        {{#message}}{{message}}

        {{/message}}\
        {{^is_silence}}An anomaly was found{{/is_silence}}{{#is_silence}}This was noticed{{/is_silence}} at {{when}}.

        {{#fields}}
          {{name}}: {{value}}{{#expected_text}} (expected about {{expected_text}}){{/expected_text}}
        {{/fields}}

        {{^is_silence}}
        Score {{score_text}} (about 1 is normal), grade {{grade_text}} of 1, severity {{severity}}.
        {{/is_silence}}
        {{#is_silence}}
        Severity {{severity}}.
        {{/is_silence}}
        {{#likelihood_text}}
        So far {{likelihood_text}} records was as unusual.
        {{/likelihood_text}}
        {{#hotspot_texts}}
        In a hotspot: {{.}}.
        {{/hotspot_texts}}
        {{#suppressed_some}}
        {{suppressed}} more findings of this kind came since the last mail.
        {{/suppressed_some}}
        {{#object}}
        Package {{object}}, line {{line}}.
        {{/object}}
        Rule {{rule}}, scripts {{generation}}, alert {{id}}.

        """

    static let html = """
        <!doctype html>
        <html><body style="font-family:sans-serif;color:#222;max-width:40em">
        <h2 style="margin:0 0 .5em;color:#b00020">Anomaly found</h2>
        {{#message}}<p>{{message}}</p>{{/message}}
        <p>{{when}} &middot; severity <b>{{severity}}</b></p>
        <table style="border-collapse:collapse">
        {{#fields}}
        <tr><th style="text-align:left;padding:.3em 1em .3em 0;border-bottom:1px solid #ddd">{{name}}</th>
        <td style="padding:.3em 0;border-bottom:1px solid #ddd">{{value}}{{#expected_text}} <span style="color:#777">(expected about \
        {{expected_text}})</span>{{/expected_text}}</td></tr>
        {{/fields}}
        </table>
        {{^is_silence}}<p>Score <b>{{score_text}}</b> (about 1 is normal), grade <b>{{grade_text}}</b> of 1.\
        {{#likelihood_text}} So far {{likelihood_text}} records was as unusual.{{/likelihood_text}}</p>{{/is_silence}}
        {{#hotspot_texts}}<p>In a hotspot: {{.}}.</p>{{/hotspot_texts}}
        {{#suppressed_some}}<p>{{suppressed}} more findings of this kind came since the last mail.</p>{{/suppressed_some}}
        <p style="color:#777;font-size:85%">{{#object}}Package {{object}}, line {{line}}. {{/object}}\
        Rule {{rule}}, scripts {{generation}}, alert {{id}}.</p>
        </body></html>

        """

    /// In HTML values are escaped; in text they stand as they are.
    ///
    /// - Throws: where the template does not parse, in words.
    static func parse(_ text: String, isHTML: Bool) throws(TemplateError) -> MustacheTemplate {
        do {
            return try MustacheTemplate(string: isHTML ? text : "{{% CONTENT_TYPE:TEXT}}" + text)
        } catch let error as MustacheTemplate.ParserError {
            throw TemplateError(line: error.context.lineNumber, reason: Self.words(for: error.error))
        } catch {
            throw TemplateError(line: 1, reason: "\(error)")
        }
    }

    private static func words(for error: any Error) -> String {
        switch error as? MustacheTemplate.Error {
        case .expectedSectionEnd: "a section {{#name}} has no end {{/name}}"
        case .sectionCloseNameIncorrect: "a section ends under another name than it began with"
        case .unfinishedName: "a tag {{name}} is not closed"
        default: "\(error)"
        }
    }

    static func render(_ template: MustacheTemplate, _ context: JSONValue) -> String {
        template.render(plain(context, isTop: true))
    }

    /// For the built-in templates, which a test parses.
    static func render(_ text: String, _ context: JSONValue, isHTML: Bool) -> String {
        do { return render(try parse(text, isHTML: isHTML), context) } catch { return text }
    }

    static func rounded(_ value: Double) -> String {
        // Beyond that there are no decimals to round.
        guard abs(value) < 1e15 else { return "\(value)" }
        let scaled = (value * 1000).rounded() / 1000
        return scaled == scaled.rounded() ? "\(Int64(scaled))" : "\(scaled)"
    }

    /// As the template library takes its values: dictionaries, arrays and scalars.
    private static func plain(_ value: JSONValue, isTop: Bool = false) -> Any {
        switch value {
        case .null: return Optional<Int>.none as Any
        case .boolean(let value): return value
        case .integer(let value): return value
        case .number: return value.display
        case .digits(let value): return value
        case .string(let value): return value
        case .array(let values): return values.map { plain($0) }
        case .object(let object):
            var fields: [String: Any] = [:]
            for field in object.fields {
                // What the agent computed is rounded; a record's numbers are the record's.
                if isTop, case .number(let number) = field.value {
                    fields[field.name] = rounded(number)
                } else {
                    fields[field.name] = plain(field.value)
                }
            }
            if isTop, case .integer(let count) = object["suppressed"], count > 0 { fields["suppressed_some"] = true }
            return fields
        }
    }
}
