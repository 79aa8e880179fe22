/// One line of the `config` command.
public struct ConfigurationRow: Sendable, Equatable {
    /// As the table spells it, or `plugin NAME`.
    public let section: String
    public let key: String
    /// As it would stand in `anomalies.cfg`; credentials are replaced by `(hidden)`.
    public let value: String
    /// `default`, `anomalies.cfg:12`, `environment NAME`, `--set`, or what a resolver gave, such as `AWS_REGION`.
    public let origin: String
}

extension Configuration {
    /// A value that somebody else found for an option left empty here, and where: `("eu-west-1", "AWS_REGION")`.
    public struct Resolved: Sendable {
        public let value: String
        public let origin: String

        public init(value: String, origin: String) {
            self.value = value
            self.origin = origin
        }
    }

    /// Every option in the table's order, then those of the plugins by name.
    ///
    /// - Parameter resolved: By `Section.key`, for example `AWS.region`; used where the option itself is empty.
    public func rows(resolved: [String: Resolved] = [:]) -> [ConfigurationRow] {
        let options = ConfigurationOption.table.map { option in
            var value = option.shown(self)
            var origin = origins[option.name]?.description ?? "default"
            if value.isEmpty {
                if let found = resolved[option.name] {
                    (value, origin) = (TextDisplay.hidingUserInfo(found.value), found.origin)
                } else if let derived = option.derived?(self) {
                    (value, origin) = derived
                }
            }
            return ConfigurationRow(section: option.section, key: option.key, value: value, origin: origin)
        }
        let plugins = plugins.sorted { $0.key < $1.key }.flatMap { plugin, values in
            values.sorted { $0.key < $1.key }.map { key, value in
                ConfigurationRow(
                    section: "plugin \(plugin)",
                    key: key,
                    value: Self.shownOfPlugin(key: key, value: value),
                    origin: origins["plugin \(plugin).\(key)"]?.description ?? "default"
                )
            }
        }
        return options + plugins
    }

    /// ``rows(resolved:)`` as text: aligned columns under `[section]` lines, or one JSON object a line with the
    /// members `section`, `key`, `value` and `origin`, all strings.
    public func render(asJSON: Bool, resolved: [String: Resolved] = [:]) -> String {
        let rows = rows(resolved: resolved)
        if asJSON {
            return rows.map { row in
                let members = [
                    ("section", row.section), ("key", row.key), ("value", row.value), ("origin", row.origin),
                ]
                return "{" + members.map { "\"\($0)\":\(Self.json($1))" }.joined(separator: ",") + "}\n"
            }.joined()
        }
        let width = rows.map { $0.key.count + $0.value.count + 2 }.filter { $0 <= 60 }.max() ?? 0
        var text = ""
        var section = ""
        for row in rows {
            if row.section != section {
                text += "\(section.isEmpty ? "" : "\n")[\(row.section)]\n"
                section = row.section
            }
            let setting = "\(row.key): \(row.value)"
            text += setting + String(repeating: " ", count: max(0, width - setting.count)) + "  # \(row.origin)\n"
        }
        return text
    }

    /// The plugin knows which of its options are secret, but it is not loaded here; whatever may be one is hidden.
    private static func shownOfPlugin(key: String, value: String) -> String {
        let secretWords = ["password", "passwd", "secret", "token", "credential", "key", "webhook", "auth"]
        let namesAPlace = key.hasSuffix("-file") || key.hasSuffix("-env")
        if !namesAPlace, !value.isEmpty, secretWords.contains(where: key.contains) { return "(hidden)" }
        // Webhooks carry their secret in path or query, so of a URL only the host is shown.
        guard let scheme = value.firstRange(of: "://") else { return TextDisplay.printable(value, limit: .max) }
        let authority = value[scheme.upperBound...].prefix { !"/?#".contains($0) }
        let rest = value[scheme.upperBound...].dropFirst(authority.count)
        let shown = TextDisplay.hidingUserInfo("\(value[..<scheme.upperBound])\(authority)")
        return TextDisplay.printable(rest.count > 1 ? "\(shown)/(hidden)" : "\(shown)\(rest)", limit: .max)
    }

    private static func json(_ text: String) -> String {
        var escaped = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": escaped += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped + "\""
    }
}
