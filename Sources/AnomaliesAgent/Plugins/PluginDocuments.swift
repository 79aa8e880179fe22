import Scripting

/// What a plugin's README and sample.cfg say of its options, made from the manifest so that it cannot differ.
struct PluginDocuments: Sendable {
    static let start = "<!-- options: anomalies-agent plugins docs NAME -->"
    static let end = "<!-- end of options -->"

    let manifest: PluginManifest

    /// The part of README.md between ``start`` and ``end``.
    var readme: String {
        var text = "A \(manifest.kind.rawValue), version \(manifest.version). \(needs)\n\n"
        text += "| option | allowed | default | meaning |\n|---|---|---|---|\n"
        for option in manifest.options {
            let keys = option.keys.map { "`\($0)`" }.joined(separator: " or ")
            let standard =
                option.isRequired
                ? "required"
                : option.standard.flatMap(PluginOption.text).map { $0.isEmpty ? "empty" : "`\($0)`" } ?? "–"
            let allowed =
                option.kind == .secret ? "the name of an environment variable, or the path of a file" : option.allowed
            let cells = [keys, allowed, standard, option.summary].map { $0.replacing("|", with: "\\|") }
            text += "| \(cells.joined(separator: " | ")) |\n"
        }
        return manifest.options.isEmpty ? text.split(separator: "\n")[0] + "\n" : text
    }

    private var needs: String {
        guard !manifest.needs.isEmpty else { return "It reaches nothing outside the agent." }
        let texts = manifest.needs.texts.map { text in
            text.contains("{")
                ? "the \(text.hasPrefix("files") ? "folder" : "host") of `\(text.drop { $0 != "{" }.dropFirst().dropLast())`"
                : "`\(text)`"
        }
        return "It needs \(texts.joined(separator: ", ")), to be named by `allow`."
    }

    /// The whole of sample.cfg: `##` explains, `#key: value` is a default.
    var sample: String {
        var text = "## \(manifest.summary)\n[plugin \(manifest.name)]\n"
        let allowed = manifest.needs.resolved(examples).map(\.description)
        if !allowed.isEmpty {
            text +=
                "## What it may use; without it the agent does not start.\nallow: \(allowed.joined(separator: ", "))\n"
        }
        for option in manifest.options {
            text += "## \(option.summary)\n"
            switch option.kind {
            case .secret:
                text += "## The name of an environment variable; or \(option.name)-file: the path of a file.\n"
                text +=
                    "\(option.isRequired ? "" : "#")\(option.name)-env: \(Self.variable(manifest.name, option.name))\n"
            default:
                text += "## Allowed: \(option.allowed).\n"
                let value = option.standard.flatMap(PluginOption.text) ?? option.example
                text += "\(option.isRequired ? "" : "#")\(option.name):\(value.isEmpty ? "" : " \(value)")\n"
            }
        }
        return text
    }

    /// The variable that sample.cfg names: `SLACK_WEBHOOK_URL`.
    static func variable(_ plugin: String, _ option: String) -> String {
        "\(plugin)_\(option)".uppercased().replacing("-", with: "_").replacing(".", with: "_")
    }

    /// The options' example values, for needs that follow from them.
    private var examples: LuaTable {
        LuaTable(fields: manifest.options.filter { !$0.example.isEmpty }.map { ($0.name, .string($0.example)) })
    }
}
