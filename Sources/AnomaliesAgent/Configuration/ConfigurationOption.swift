/// One option as files, the environment and `--set` know it: its names, what it accepts, and where it is stored.
///
/// Parsing, the `config` command, `anomalies.cfg` and the README's table are all made from these.
struct ConfigurationOption: Sendable {
    /// What of a value may be shown.
    enum Display: Sendable {
        case plain
        /// A URL or host: without user name and password.
        case withoutUserInfo
        /// Shown once accepted. A refused value may be a password that somebody put into the wrong place.
        case onceAccepted
    }

    let section: String
    let key: String
    /// What it does, in one sentence.
    private(set) var summary = ""
    /// The accepted values in words.
    let allowed: String
    private(set) var display = Display.plain
    let set: @Sendable (String, inout Configuration) throws(OptionRefusal) -> Void
    let text: @Sendable (Configuration) -> String
    /// For an option that is empty because another one decides: its value in effect and which one that is.
    private(set) var derived: (@Sendable (Configuration) -> (value: String, origin: String))?

    init<Value>(
        _ section: String,
        _ key: String,
        _ path: any WritableKeyPath<Configuration, Value> & Sendable,
        _ syntax: OptionSyntax<Value>
    ) {
        self.section = section
        self.key = key
        self.allowed = syntax.allowed
        self.set = { text, configuration throws(OptionRefusal) in
            configuration[keyPath: path] = try syntax.parse(text)
        }
        self.text = { syntax.text($0[keyPath: path]) }
    }

    func means(_ summary: String) -> Self {
        var option = self
        option.summary = summary
        return option
    }

    func showing(_ display: Display) -> Self {
        var option = self
        option.display = display
        return option
    }

    func whenEmpty(_ derived: @escaping @Sendable (Configuration) -> (value: String, origin: String)) -> Self {
        var option = self
        option.derived = derived
        return option
    }

    /// `General.package-size`
    var name: String { "\(section).\(key)" }

    /// `ANOMALIES_GENERAL_PACKAGE_SIZE`
    var environmentName: String {
        "ANOMALIES_\(section)_\(key)".uppercased().replacing("-", with: "_")
    }

    var defaultText: String { text(Configuration()) }

    /// The value as the `config` command may show it.
    func shown(_ configuration: Configuration) -> String {
        display == .withoutUserInfo ? TextDisplay.hidingUserInfo(text(configuration)) : text(configuration)
    }

    /// The whole message for a value that was refused.
    func message(for value: String, _ refusal: OptionRefusal) -> String {
        let shown =
            switch display {
            case .plain: TextDisplay.quoted(value)
            case .withoutUserInfo: TextDisplay.quoted(TextDisplay.hidingUserInfo(value))
            case .onceAccepted: "(hidden)"
            }
        let fallback = defaultText.isEmpty ? "Correct it, or leave it empty." : "The default is \(defaultText)."
        return "\(key) \(shown) \(refusal.reason). Allowed: \(allowed). \(refusal.advice ?? fallback)"
    }
}
