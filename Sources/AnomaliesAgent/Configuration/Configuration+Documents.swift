/// What is written about the options elsewhere, made from the table so that it cannot differ.
extension Configuration {
    /// The options as a Markdown table for the README.
    public static func markdownTable() -> String {
        // In a table cell a bar ends the cell, even within code.
        let cell = { (text: String) in text.replacing("|", with: "\\|") }
        let rows = ConfigurationOption.table.map { option in
            let standard = option.defaultText.isEmpty ? "" : "`\(option.defaultText)`"
            let cells = ["`[\(option.section)]`", "`\(option.key)`", standard, option.allowed, option.summary]
            return "| \(cells.map(cell).joined(separator: " | ")) |\n"
        }
        return "| Section | Option | Default | Allowed | Meaning |\n|---|---|---|---|---|\n" + rows.joined()
    }

    /// The text of the shipped `anomalies.cfg`: a few settings for a lively first run, every other option commented
    /// out with its default. `##` explains, `#key: value` is the default.
    public static func shippedFile() -> String {
        var text = """
            ## Configuration of anomalies-agent. It works as it is.
            ##
            ## "##" explains; "#key: value" shows a default: remove the "#" and change the value.
            ## A comment may follow a value after a space. Stronger than this file are the environment
            ## (ANOMALIES_GENERAL_PACKAGE_SIZE=50) and the command line (--set General.package-size=50).
            ## What is in effect, and where it comes from:  anomalies-agent config

            """
        for section in ConfigurationOption.sections {
            text += "\n[\(section)]\n"
            for option in ConfigurationOption.table where option.section == section {
                text += "## \(option.summary)\n## Allowed: \(option.allowed).\n"
                if let setting = shippedSettings[option.name] {
                    text += setting.comment.map { "## \($0)\n" } ?? ""
                    text += "\(option.key):\(setting.value.isEmpty ? "" : " ")\(setting.value)\n"
                } else {
                    text += "#\(option.key):\(option.defaultText.isEmpty ? "" : " ")\(option.defaultText)\n"
                }
            }
        }
        return text + """

            ## Options of a plugin stand under its own name; its README lists them.
            #[plugin NAME]

            """
    }

    /// What the shipped file sets itself.
    private static let shippedSettings: [String: (value: String, comment: String?)] = [
        "General.upload-interval": (
            "1", "The original had 6, which is also the default; 1 shows the first alert soon."
        ),
        "General.package-size": (
            "100", "The original had 20, which is also the default; 100 shows the first alert soon."
        ),
        "General.anomalies-frequency": ("2", nil),
        "AWS.bucket-name": ("", nil),
    ]
}
