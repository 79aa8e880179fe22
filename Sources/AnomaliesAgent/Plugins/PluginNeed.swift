import Scripting
import Transport

/// One thing outside that a plugin may use: asked for in its manifest, allowed in the configuration.
///
///     http:hooks.slack.com          https, port 443, never an address of this machine or its link
///     http:localhost:9093           http or https on that port, wherever the name leads
///     aws:sns:Publish               one action, signed with the agent's credentials
///     files:/var/spool/anomalies    files in that folder and below
enum PluginNeed: Sendable, Hashable, CustomStringConvertible {
    case http(Place)
    case aws(service: String, action: String)
    case files(root: String)

    /// A host, with a port where it is not the usual one of https.
    struct Place: Sendable, Hashable, CustomStringConvertible {
        /// Lower case, as libcurl reads it.
        let host: String
        let port: Int?

        var description: String { port.map { "\(host):\($0)" } ?? host }

        init?(_ text: String) {
            // Through the parser that reads URLs, so that both mean the same host.
            guard !text.contains("/"), !text.contains("@"), let place = Place(url: "https://\(text)/") else {
                return nil
            }
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
        let advice = "Write http:HOST, http:HOST:PORT, aws:SERVICE:ACTION or files:/FOLDER."
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
        case ("files"?, let path?):
            guard path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
                throw OptionRefusal("names no folder by its absolute path", advice: advice)
            }
            self = .files(root: path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path)
        default: throw OptionRefusal("is nothing that can be allowed", advice: advice)
        }
    }

    var description: String {
        switch self {
        case .http(let place): "http:\(place)"
        case .aws(let service, let action): "aws:\(service):\(action)"
        case .files(let root): "files:\(root)"
        }
    }
}

/// What a manifest says a plugin needs; a host or folder may be that of an option: `http = { "{url}" }`.
struct PluginNeeds: Sendable {
    private static let forms = [
        ("http", "hosts such as \"hooks.slack.com\" or \"{url}\"", [PluginOption.Kind.url, .secret]),
        ("aws", "actions such as \"sns:Publish\"", []),
        ("files", "absolute paths of folders, or \"{folder}\"", [.text]),
    ]

    /// As for people: `http:{url}`, `aws:sns:Publish`.
    private(set) var texts: [String] = []

    init() {}

    /// - Parameter reader: of `needs`.
    init(_ reader: inout TableReader, options: [PluginOption]) {
        for (key, form, kinds) in Self.forms {
            guard let value = reader.value(key) else { continue }
            guard let items = value.texts else {
                reader.refuse(key, "expected a list of \(form), got \(value.shown)")
                continue
            }
            for item in items {
                if let option = Self.option(in: item) {
                    guard options.contains(where: { $0.name == option && kinds.contains($0.kind) }) else {
                        let names = kinds.map(\.rawValue).joined(separator: " or ")
                        reader.refuse(key, "\(item) is no option" + (names.isEmpty ? "" : " of type \(names)"))
                        continue
                    }
                } else {
                    do { _ = try PluginNeed(parsing: "\(key):\(item)") } catch {
                        reader.refuse(key, "\"\(item)\" \(error.reason); expected \(form)")
                        continue
                    }
                }
                texts.append("\(key):\(item)")
            }
        }
        reader.refuseUnknown()
    }

    /// `url` of `{url}`.
    private static func option(in text: String) -> String? {
        text.hasPrefix("{") && text.hasSuffix("}") ? String(text.dropFirst().dropLast()) : nil
    }

    var isEmpty: Bool { texts.isEmpty }

    /// With the options' values; an option that is not set needs nothing.
    func resolved(_ options: LuaTable) -> [PluginNeed] {
        texts.compactMap { text in
            let kind = text.prefix { $0 != ":" }
            guard let option = Self.option(in: String(text.dropFirst(kind.count + 1))) else {
                return try? PluginNeed(parsing: text)
            }
            guard case .string(let value)? = options[option], !value.isEmpty else { return nil }
            if kind == "files" { return try? PluginNeed(parsing: "files:\(value)") }
            return PluginNeed.Place(url: value).map(PluginNeed.http)
        }
    }
}
