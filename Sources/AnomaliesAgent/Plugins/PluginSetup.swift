import Scripting
import Transport

/// A plugin that runs: its program, and what its section of the configuration says, checked against its manifest.
struct PluginSetup: Sendable {
    let folder: PluginFolder
    let manifest: PluginManifest
    /// What the functions get as `options`.
    let options: LuaTable
    let allowed: Set<PluginNeed>
    /// Values that no message may show.
    let secrets: [String]

    var name: String { manifest.name }

    /// The text without secrets.
    func redacted(_ text: String) -> String {
        secrets.reduce(text) { $0.replacing($1, with: "(hidden)") }
    }

    /// `{name}` for the value of an option; anything else is itself.
    func resolved(_ text: String) -> String {
        guard text.hasPrefix("{"), text.hasSuffix("}"),
            let value = options[String(text.dropFirst().dropLast())], let found = PluginOption.text(value)
        else { return text }
        return found
    }
}

/// What a section `[plugin NAME]` holds, with where each line of it is.
struct PluginSection: Sendable {
    let name: String
    let values: [String: String]
    /// Of a key, or of the section itself for `nil`: `anomalies.cfg:12`.
    let location: @Sendable (_ key: String?) -> String
    /// Whether a key stands in a file that others may read, and not in the environment.
    let isWritten: @Sendable (_ key: String) -> Bool

    init(_ name: String, of configuration: Configuration) {
        self.name = name
        values = configuration.plugins[name] ?? [:]
        let origins = configuration.origins
        location = { key in
            let section = origins["plugin \(name)"]?.location ?? "[plugin \(name)]"
            return key.flatMap { origins["plugin \(name).\($0)"]?.location } ?? section
        }
        isWritten = { key in
            if case .environment = origins["plugin \(name).\(key)"] { false } else { true }
        }
    }

    /// Without a configuration: an example's options, or none.
    init(_ name: String, values: [String: String]) {
        self.name = name
        self.values = values
        location = { _ in "plugin \(name)" }
        isWritten = { _ in false }
    }

    /// The plugin with these settings.
    ///
    /// - Parameter problems: gets everything that is wrong, as `anomalies.cfg:12: …`.
    /// - Returns: `nil` where something is.
    func setup(
        _ folder: PluginFolder,
        _ manifest: PluginManifest,
        environment: [String: String],
        files: any FileSystem,
        problems: inout [String]
    ) -> PluginSetup? {
        let count = problems.count
        var options = LuaTable()
        var secrets: [String] = []
        for option in manifest.options {
            if option.kind == .secret {
                guard let secret = secret(option, environment: environment, files: files, &problems) else { continue }
                secrets.append(secret)
                options[option.name] = .string(secret)
            } else if let text = values[option.name], !(text.isEmpty && option.standard == nil) {
                do {
                    options[option.name] = try option.value(of: text)
                } catch {
                    let advice =
                        error.advice ?? option.standard.flatMap(PluginOption.text).map { "The default is \($0)." }
                    problems.append(
                        "\(location(option.name)): \(option.name) \(TextDisplay.quoted(text)) \(error.reason). "
                            + "Allowed: \(option.allowed). \(advice ?? "Correct it.")"
                    )
                }
            } else if let standard = option.standard {
                options[option.name] = standard
            } else if option.isRequired {
                problems.append(
                    "\(location(nil)): plugin \(name) needs the option \(option.name): \(option.summary) "
                        + "Allowed: \(option.allowed)."
                )
            }
        }
        refuseUnknown(manifest, &problems)
        let allowed = allowed(&problems)
        guard problems.count == count else { return nil }
        for need in manifest.needs.resolved(options) where !allowed.contains(need) {
            problems.append(
                "\(location("allow")): plugin \(name) needs \(need) and is not allowed it. "
                    + "Write allow: \((allowed.map(\.description).sorted() + ["\(need)"]).joined(separator: ", ")) "
                    + "under [plugin \(name)], or remove the section."
            )
        }
        guard problems.count == count else { return nil }
        return PluginSetup(
            folder: folder,
            manifest: manifest,
            options: options,
            allowed: allowed,
            secrets: secrets.filter { !$0.isEmpty }
        )
    }

    private func secret(
        _ option: PluginOption,
        environment: [String: String],
        files: any FileSystem,
        _ problems: inout [String]
    ) -> String? {
        let (variable, file) = ("\(option.name)-env", "\(option.name)-file")
        if let text = values[option.name], !text.isEmpty, !isWritten(option.name) { return text }
        if values[option.name] != nil {
            problems.append(
                "\(location(option.name)): \(option.name) is a secret, which is never written here. Put the name of an "
                    + "environment variable into \(variable), or the path of a file into \(file)."
            )
            return nil
        }
        if let name = values[variable], !name.isEmpty {
            if let value = environment[name], !value.isEmpty { return value }
            problems.append(
                "\(location(variable)): \(variable) names \(name), which is not set. Export it, or use \(file)."
            )
            return nil
        }
        if let path = values[file], !path.isEmpty {
            do {
                let line = try files.contents(of: path, limit: 64 << 10).prefix { $0 != 0x0A && $0 != 0x0D }
                if !line.isEmpty { return String(decoding: line, as: UTF8.self) }
                problems.append("\(location(file)): the first line of \(path) is empty. Write the secret there.")
            } catch {
                problems.append("\(location(file)): \(file): \(error). Check the path and its permissions.")
            }
            return nil
        }
        if option.isRequired {
            problems.append(
                "\(location(nil)): plugin \(name) needs \(variable) or \(file): \(option.summary)"
            )
        }
        return nil
    }

    private func refuseUnknown(_ manifest: PluginManifest, _ problems: inout [String]) {
        let known = manifest.options.flatMap(\.keys) + PluginOption.reserved
        let secret = manifest.options.filter { $0.kind == .secret }.map(\.name)
        for key in values.keys.sorted() where !known.contains(key) && !secret.contains(key) {
            let advice =
                NearestName.of(key, among: known).map { "Did you mean \"\($0)\"?" }
                ?? "It has \(known.sorted().joined(separator: ", "))."
            problems.append("\(location(key)): plugin \(name) has no option \(TextDisplay.quoted(key)). \(advice)")
        }
    }

    private func allowed(_ problems: inout [String]) -> Set<PluginNeed> {
        var allowed: Set<PluginNeed> = []
        for item in (values["allow"] ?? "").split(separator: ",").map({ INIFile.trimmed($0) }) where !item.isEmpty {
            do {
                allowed.insert(try PluginNeed(parsing: item))
            } catch {
                problems.append(
                    "\(location("allow")): allow: \(TextDisplay.quoted(item)) \(error.reason). \(error.advice ?? "")"
                )
            }
        }
        return allowed
    }
}
