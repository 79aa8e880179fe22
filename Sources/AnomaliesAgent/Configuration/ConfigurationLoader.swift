/// Merges defaults, file, environment and `--set`, weakest first, and reports every problem of all of them at once.
public struct ConfigurationLoader {
    /// Read from the working directory when nobody names a file; it may be absent.
    public static let defaultFile = "anomalies.cfg"

    /// Variables that begin with `ANOMALIES_` and are no options: `ANOMALIES_PEERS` tells the tests where real
    /// servers are. A variable that `[Mail] password-env` or an option of a plugin names is exempt as well.
    static let foreignVariables: Set<String> = ["ANOMALIES_PEERS"]

    private var configuration = Configuration()
    private var problems = ConfigurationError()
    /// Names of options that somebody set to something unacceptable.
    private var refused: Set<String> = []

    /// - Parameters:
    ///   - file: As given with `--config`, which must exist; `nil` means ``defaultFile`` if there is one.
    ///   - environment: Of the process. `ANOMALIES_SECTION_KEY` sets an option, `ANOMALIES_PLUGIN_NAME_KEY` one of a
    ///     plugin that the file has a section for.
    ///   - overrides: `Section.key=value` from `--set`, the last of equals wins.
    ///   - readFile: Usually ``ConfigurationFile/read(_:)``. Throws ``ConfigurationFileError/missing`` for a file that
    ///     is not there; any other error is reported as it describes itself.
    /// - Throws: All problems together; a value is checked even where a stronger one replaces it.
    public static func load(
        file: String? = nil,
        environment: [String: String] = [:],
        overrides: [String] = [],
        readFile: (String) throws -> [UInt8] = ConfigurationFile.read
    ) throws(ConfigurationError) -> Configuration {
        var loader = ConfigurationLoader()
        loader.apply(file: file, readFile: readFile)
        loader.apply(environment: environment, overrides: overrides)
        loader.configuration.checkRules(except: loader.refused, problems: &loader.problems)
        guard loader.problems.problems.isEmpty else { throw loader.problems }
        return loader.configuration
    }

    // MARK: - The three layers

    private mutating func apply(file: String?, readFile: (String) throws -> [UInt8]) {
        let name = file ?? Self.defaultFile
        let bytes: [UInt8]
        do {
            bytes = try readFile(name)
        } catch ConfigurationFileError.missing where file == nil {
            return
        } catch {
            return problems.add(name, "reading the configuration failed: \(error)")
        }
        guard bytes.count <= ConfigurationFile.limit else {
            return problems.add(name, "reading the configuration failed: \(ConfigurationFileError.tooLarge)")
        }
        apply(bytes, of: name)
    }

    private mutating func apply(_ bytes: [UInt8], of name: String) {
        var place = Place.top
        var seen: [String: Int] = [:]
        INIFile.read(bytes) { line, item in
            let origin = ConfigurationOrigin.file(name: name, line: line)
            switch item {
            case .problem(let message):
                problems.add(origin.location, message)
            case .damagedSection:
                let advice = "Write [Name], with nothing after it but a comment."
                problems.add(origin.location, "this is no section line. \(advice)")
                place = .unknown
            case .section(let section):
                place = enter(section, at: origin)
            case .setting(let key, let value):
                guard case .section(let section) = place else {
                    let advice = "Put a section line such as [General] above it."
                    if place == .top {
                        problems.add(origin.location, "\(TextDisplay.quoted(key)) stands before any section. \(advice)")
                    }
                    return
                }
                if let first = seen.updateValue(line, forKey: "\(section).\(key)") {
                    let shown = TextDisplay.quoted(key)
                    problems.add(origin.location, "\(shown) is already set in line \(first). Keep one of the two.")
                } else {
                    assign(section, key, value, origin)
                }
            }
        }
    }

    /// Where in the file a key stands.
    private enum Place: Equatable {
        case top
        case section(String)
        /// Under a section whose problem is reported; its keys are left alone.
        case unknown
    }

    /// A misspelt section is reported and taken for the one that was meant, so that its keys are checked too.
    private mutating func enter(_ name: String, at origin: ConfigurationOrigin) -> Place {
        if let plugin = Self.plugin(name) {
            if configuration.plugins[plugin] == nil { configuration.plugins[plugin] = [:] }
            configuration.origins["plugin \(plugin)"] = configuration.origins["plugin \(plugin)"] ?? origin
            return .section("plugin \(plugin)")
        }
        if let section = Self.section(name) { return .section(section) }
        // What begins so is meant for a plugin, and not for the folder of them.
        let isPlugin = name.lowercased().hasPrefix("plugin")
        let near = isPlugin ? nil : NearestName.of(name, among: ConfigurationOption.sections)
        problems.add(origin.location, Self.unknownSection(name, near: near))
        return near.map(Place.section) ?? .unknown
    }

    private mutating func apply(environment: [String: String], overrides: [String]) {
        var unknown: [String] = []
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("ANOMALIES_") {
            let origin = ConfigurationOrigin.environment(name: name)
            if let target = target(ofVariable: name) {
                assign(target.section, target.key, INIFile.trimmed(value[...]), origin)
            } else if !Self.foreignVariables.contains(name) {
                unknown.append(name)
            }
        }
        for override in overrides { apply(override: override) }
        // Last, because an option of any layer may name a variable that holds a password.
        let named = Set(configuration.plugins.values.flatMap(\.values) + [configuration.mail.passwordEnvironment])
        for name in unknown where !named.contains(name) {
            problems.add(name, Self.unknownVariable(name))
        }
    }

    private mutating func apply(override: String) {
        guard let equals = override.firstIndex(of: "="),
            let dot = override[..<equals].lastIndex(of: ".")
        else {
            // The text is not shown: it may be a password.
            return problems.add(
                "--set",
                "this is not Section.key=value. Write, for example, --set General.package-size=100."
            )
        }
        let section = INIFile.trimmed(override[..<dot])
        let key = INIFile.trimmed(override[override.index(after: dot)..<equals]).lowercased()
        let value = INIFile.trimmed(override[override.index(after: equals)...])
        let origin = ConfigurationOrigin.override(option: TextDisplay.printable("\(section).\(key)"))
        if case .section(let known) = enter(section, at: origin) { assign(known, key, value, origin) }
    }

    // MARK: - One value

    private mutating func assign(_ section: String, _ key: String, _ value: String, _ origin: ConfigurationOrigin) {
        if let plugin = Self.plugin(section) {
            configuration.plugins[plugin, default: [:]][key] = value
            configuration.origins["\(section).\(key)"] = origin
        } else if let option = ConfigurationOption.find(section, key) {
            do {
                try option.set(value, &configuration)
                configuration.origins[option.name] = origin
            } catch {
                refused.insert(option.name)
                problems.add(origin.location, option.message(for: value, error))
            }
        } else {
            problems.add(origin.location, Self.unknownKey(key, in: section))
        }
    }

    private func target(ofVariable name: String) -> (section: String, key: String)? {
        if let option = ConfigurationOption.table.first(where: { $0.environmentName == name }) {
            return (option.section, option.key)
        }
        let spelled = { (text: String) in text.uppercased().replacing("-", with: "_") }
        // The longest name first: plugin "chat" must not take what is meant for plugin "chat-room".
        for (plugin, values) in configuration.plugins.sorted(by: { ($0.key.count, $0.key) > ($1.key.count, $1.key) }) {
            let prefix = "ANOMALIES_PLUGIN_\(spelled(plugin))_"
            guard name.hasPrefix(prefix), name.count > prefix.count else { continue }
            let key = name.dropFirst(prefix.count).lowercased().replacing("_", with: "-")
            return ("plugin \(plugin)", values.keys.sorted().first { spelled($0) == spelled(key) } ?? key)
        }
        return nil
    }
}
