/// Which names exist, and what to say of those that do not.
extension ConfigurationLoader {
    /// NAME of `[plugin NAME]`, which is the name of a folder.
    static func plugin(_ section: String) -> String? {
        let words = section.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "plugin" else { return nil }
        let name = INIFile.trimmed(words[1])
        let isFolder = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || "-_.".utf8.contains(byte)
        }
        return isFolder && !name.hasPrefix(".") && name.utf8.count <= 64 ? name : nil
    }

    /// The section as the table spells it.
    static func section(_ name: String) -> String? {
        ConfigurationOption.sections.first { $0.lowercased() == name.lowercased() }
    }

    static func unknownSection(_ name: String, near: String?) -> String {
        if name.lowercased().hasPrefix("plugin") {
            return "[\(TextDisplay.printable(name))] names no plugin. "
                + "Write [plugin NAME] with the name of its folder: letters, digits, dots, hyphens and underscores."
        }
        let sections = ConfigurationOption.sections.joined(separator: ", ")
        let advice = near.map { "Did you mean [\($0)]?" } ?? "There are \(sections) and [plugin NAME]."
        return "there is no section [\(TextDisplay.printable(name))]. \(advice)"
    }

    static func unknownKey(_ key: String, in section: String) -> String {
        let compact = key.filter { $0 != "-" && $0 != "_" }
        if section == "Mail", ["password", "pass", "passwd"].contains(compact) {
            return "a password is never written here. Put the name of an environment variable into password-env, "
                + "or the path of a file into password-file."
        }
        if section == "AWS", compact.contains("accesskey") || compact.contains("secret") || compact.contains("token") {
            return "credentials are never written here. Use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the "
                + "environment, or ~/.aws/credentials with profile."
        }
        let shown = TextDisplay.quoted(key)
        let keys = ConfigurationOption.table.filter { $0.section == section }.map(\.key)
        if let near = NearestName.of(key, among: keys) {
            return "[\(section)] has no option \(shown). Did you mean \"\(near)\"?"
        }
        if let home = ConfigurationOption.table.first(where: { $0.key == key })?.section {
            return "[\(section)] has no option \(shown). It belongs under [\(home)]."
        }
        if let near = NearestName.of("\(section).\(key)", among: ConfigurationOption.table.map(\.name)) {
            return "[\(section)] has no option \(shown). Did you mean \(near)?"
        }
        return "[\(section)] has no option \(shown). It has \(keys.joined(separator: ", "))."
    }

    static func unknownVariable(_ name: String) -> String {
        if name == "ANOMALIES_MAIL_PASSWORD" {
            return "a password is no option, and nothing says that this variable holds it. "
                + "Set [Mail] password-env to \(name)."
        }
        if name.hasPrefix("ANOMALIES_PLUGIN_") {
            return "no plugin with a section in the configuration file has such an option. "
                + "Add [plugin NAME] to the file, or remove the variable."
        }
        let near = NearestName.of(name, among: ConfigurationOption.table.map(\.environmentName))
        let advice = near.map { "Did you mean \($0)?" } ?? "Remove it, or see the options with: anomalies-agent config."
        return "no option has this variable. \(advice)"
    }
}
