/// What one option demands of another; each alone is fine by its own syntax.
extension Configuration {
    /// - Parameter refused: Names of options whose value was refused. A rule that needs one is not applied: its option
    ///   looks empty, but its problem is another and already reported.
    func checkRules(except refused: Set<String>, problems: inout ConfigurationError) {
        func demand(_ holds: Bool, of option: String, and others: [String], _ message: String) {
            guard !holds, refused.isDisjoint(with: [option] + others) else { return }
            problems.add(origins[option]?.location ?? option, message)
        }
        let hasPassword = !mail.passwordEnvironment.isEmpty || !mail.passwordFile.isEmpty
        let isReadable = mail.security == .none && !mail.host.isEmpty && !mail.isLoopback

        demand(
            feed.source != .directory || !feed.directory.isEmpty,
            of: "Feed.source",
            and: ["Feed.directory"],
            "source is directory, but none is named. Set [Feed] directory."
        )
        demand(
            mail.host.isEmpty || !mail.from.isEmpty,
            of: "Mail.host",
            and: ["Mail.from"],
            "host is set, but from is not. Set [Mail] from to the sender's address."
        )
        demand(
            mail.username.isEmpty || hasPassword,
            of: "Mail.username",
            and: ["Mail.password-env", "Mail.password-file"],
            "username is set, but no password. Set [Mail] password-env or password-file."
        )
        demand(
            mail.passwordEnvironment.isEmpty || mail.passwordFile.isEmpty,
            of: "Mail.password-file",
            and: ["Mail.password-env"],
            "password-env and password-file are both set. Remove one of them."
        )
        demand(
            !hasPassword || !mail.username.isEmpty,
            of: mail.passwordFile.isEmpty ? "Mail.password-env" : "Mail.password-file",
            and: ["Mail.username"],
            "a password is named, but username is not set. Set [Mail] username, or remove the password's option."
        )
        demand(
            mail.username.isEmpty || !isReadable,
            of: "Mail.security",
            and: ["Mail.username", "Mail.host"],
            "security is none, so the password would cross the network readably. "
                + "Set [Mail] security to starttls or tls, or remove username."
        )
    }
}

extension Configuration.Mail {
    /// Whether ``host`` is surely this machine, judged without asking DNS.
    public var isLoopback: Bool {
        let name = host.lowercased()
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let isLoopbackIPv4 = parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        return name == "localhost" || name.hasSuffix(".localhost") || isLoopbackIPv4
            || ["::1", "[::1]"].contains(name)
    }
}
