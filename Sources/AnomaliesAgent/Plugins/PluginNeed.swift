import Scripting
import Transport

/// One thing outside that a plugin may use: asked for in its manifest, allowed in the configuration.
///
///     http:hooks.slack.com          https, port 443, never an address of this machine or its link
///     http:localhost:9093           http or https on that port, wherever the name leads
///     aws:sns:Publish               one action, signed with the agent's credentials
enum PluginNeed: Sendable, Hashable, CustomStringConvertible {
    case http(Place)
    case aws(service: String, action: String)

    /// A host, with a port where it is not the usual one of https.
    struct Place: Sendable, Hashable, CustomStringConvertible {
        /// Lower case, as libcurl reads it.
        let host: String
        let port: Int?

        var description: String { port.map { "\(host):\($0)" } ?? host }

        init?(_ text: String) {
            // Through the parser that reads URLs, so that both mean the same host.
            guard !text.contains("/"), !text.contains("@"), let place = Place(url: "https://\(text)/") else { return nil }
            self = place
        }

        /// Where a request to this URL goes: https on port 443 is a host alone, anything else names its port.
        init?(url: String) {
            guard let origin = HTTPRequest(.get, url).origin, let scheme = origin.firstRange(of: "://"),
                let colon = origin.lastIndex(of: ":"), colon > scheme.upperBound,
                let port = Int(origin[origin.index(after: colon)...])
            else { return nil }
            host = String(origin[scheme.upperBound..<colon])
            self.port = origin.hasPrefix("https:") && port == 443 ? nil : port
        }
    }

    /// - Throws: in words that follow the text itself: "is …".
    init(parsing text: String) throws(OptionRefusal) {
        let advice = "Write http:HOST, http:HOST:PORT or aws:SERVICE:ACTION."
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (parts.first, parts.dropFirst().first) {
        case ("http"?, let place?):
            guard let place = Place(place) else { throw OptionRefusal("names no host", advice: advice) }
            self = .http(place)
        case ("aws"?, let action?):
            let words = action.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard words.count == 2, words.allSatisfy({ !$0.isEmpty && !$0.contains("*") }) else {
                throw OptionRefusal("names no single action", advice: advice)
            }
            self = .aws(service: words[0], action: words[1])
        default: throw OptionRefusal("is nothing that can be allowed", advice: advice)
        }
    }

    var description: String {
        switch self {
        case .http(let place): "http:\(place)"
        case .aws(let service, let action): "aws:\(service):\(action)"
        }
    }
}

/// What a manifest says a plugin needs; a host may be that of an option: `http = { "{url}" }`.
struct PluginNeeds: Sendable {
    var http: [String] = []
    var aws: [String] = []

    init() {}

    /// - Parameter reader: of `needs`.
    init(_ reader: inout TableReader, options: [PluginOption]) {
        for (key, form) in [("http", "hosts such as \"hooks.slack.com\" or \"{url}\""), ("aws", "actions such as \"sns:Publish\"")]
        {
            guard let value = reader.value(key) else { continue }
            guard let texts = value.texts else {
                reader.refuse(key, "expected a list of \(form), got \(value.shown)")
                continue
            }
            for text in texts {
                if key == "http", let option = Self.option(in: text) {
                    if options.contains(where: { $0.name == option && [.url, .secret].contains($0.kind) }) {
                        http.append(text)
                    } else {
                        reader.refuse(key, "\(text) is no option of type url or secret")
                    }
                } else {
                    do {
                        _ = try PluginNeed(parsing: "\(key):\(text)")
                        if key == "http" { http.append(text) } else { aws.append(text) }
                    } catch {
                        reader.refuse(key, "\"\(text)\" \(error.reason); expected \(form)")
                    }
                }
            }
        }
        reader.refuseUnknown()
    }

    /// `url` of `{url}`.
    private static func option(in text: String) -> String? {
        text.hasPrefix("{") && text.hasSuffix("}") ? String(text.dropFirst().dropLast()) : nil
    }

    var isEmpty: Bool { http.isEmpty && aws.isEmpty }

    /// As a list for people: `http:{url}, aws:sns:Publish`.
    var texts: [String] { http.map { "http:\($0)" } + aws.map { "aws:\($0)" } }

    /// With the options' values; an option that is not set needs nothing.
    func resolved(_ options: LuaTable) -> [PluginNeed] {
        texts.compactMap { text in
            guard let option = Self.option(in: text.replacing("http:", with: "", maxReplacements: 1)) else {
                return try? PluginNeed(parsing: text)
            }
            guard case .string(let url) = options[option] else { return nil }
            return PluginNeed.Place(url: url).map(PluginNeed.http)
        }
    }
}
