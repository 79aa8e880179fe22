/// Options that are text: each rule is that of whoever receives the text in the end.
extension OptionSyntax where Value == String {
    /// Free text without control characters.
    static func text(_ allowed: String, limit: Int = 1024) -> Self {
        rule("\(allowed), at most \(TextDisplay.grouped(limit)) bytes, or empty") { text throws(OptionRefusal) in
            try require(text.utf8.count <= limit, "is too long")
        }
    }

    /// A file or directory; `required` forbids leaving it empty.
    static func path(required: Bool = false) -> Self {
        rule(required ? "a path" : "a path, or empty", emptyIsAllowed: !required) { text throws(OptionRefusal) in
            try require(text.utf8.count <= 4096, "is longer than a path can be")
        }
    }

    /// Source: “General purpose bucket naming rules”, Amazon S3 User Guide.
    static var bucketName: Self {
        rule("3 to 63 lower-case letters, digits, dots and hyphens, or empty") { text throws(OptionRefusal) in
            if text.hasPrefix("s3://") || text.hasPrefix("arn:") {
                throw OptionRefusal(
                    "is not a plain name",
                    advice: "Write the bucket's name alone; a folder goes into prefix."
                )
            }
            try require((3...63).contains(text.utf8.count), "does not have 3 to 63 characters")
            try require(
                text.utf8.allSatisfy { isLowercaseOrDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") },
                "holds characters that a bucket name cannot"
            )
            let ends = [text.utf8.first, text.utf8.last].compactMap(\.self)
            try require(ends.allSatisfy(isLowercaseOrDigit), "does not begin and end with a letter or digit")
            try require(!text.contains(".."), "has two dots together")
            try require(!isIPv4(text), "looks like an IP address")
            try require(
                !["xn--", "sthree-", "amzn-s3-demo-"].contains(where: text.hasPrefix)
                    && !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].contains(where: text.hasSuffix),
                "has a prefix or suffix that S3 keeps for itself"
            )
        }
    }

    /// The beginning of object keys, literally: a folder needs its slash.
    static var keyPrefix: Self {
        rule("the beginning of a key such as feeds/, at most 512 bytes, or empty") { text throws(OptionRefusal) in
            try require(text.utf8.count <= 512, "is too long")
            try require(!text.hasPrefix("/"), "begins with a slash, which would be part of every key")
            try require(!FilenamePattern.leavesItsFolder(text), "has a . or .. folder or an empty one")
        }
    }

    static var region: Self {
        rule("a region such as eu-central-1, or empty") { text throws(OptionRefusal) in
            try require(
                text.utf8.count <= 64 && text.utf8.allSatisfy { isLowercaseOrDigit($0) || $0 == UInt8(ascii: "-") },
                "is not a region"
            )
        }
    }

    /// Source: CreateStream, Amazon Kinesis API Reference.
    static var streamName: Self {
        rule("1 to 128 letters, digits, dots, underscores and hyphens, or empty") { text throws(OptionRefusal) in
            if text.hasPrefix("arn:") { throw OptionRefusal("is an ARN", advice: "Write the stream's name alone.") }
            try require(
                text.utf8.count <= 128 && text.utf8.allSatisfy { isWordCharacter($0) || ".-".utf8.contains($0) },
                "is not a stream name"
            )
        }
    }

    static var endpointURL: Self {
        rule("a URL such as http://localhost:5000, http or https, or empty") { text throws(OptionRefusal) in
            let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
            let scheme = parts[0].lowercased()
            guard parts.count == 2, scheme == "http" || scheme == "https" else {
                throw OptionRefusal("does not begin with http:// or https://")
            }
            try require(!parts[1].contains { "?# ".contains($0) }, "has a query, a fragment or a space")
            let authority = parts[1].prefix { $0 != "/" }
            let address = authority[
                (authority.lastIndex(of: "@").map(authority.index(after:)) ?? authority.startIndex)...
            ]
            let portStart = address.last == "]" ? nil : address.lastIndex(of: ":")
            let port = portStart.map { address[address.index(after: $0)...] }
            try require(isHost(String(address[..<(portStart ?? address.endIndex)])), "has no valid host")
            try require(port == nil || port.flatMap { UInt16($0) } ?? 0 > 0, "has a port outside 1 to 65535")
        }
    }

    /// A DNS name or an IP address.
    static var host: Self {
        rule("a host name or IP address, or empty") { text throws(OptionRefusal) in
            if text.contains("://") || text.contains("/") {
                throw OptionRefusal("is a URL", advice: "Write the host's name alone; security says how to connect.")
            }
            if let colon = text.lastIndex(of: ":"), isHost(String(text[..<colon])) {
                throw OptionRefusal("holds a port", advice: "Write the host here and the number into port.")
            }
            try require(isHost(text), "is not a host")
        }
    }

    static var address: Self {
        rule("a mail address such as agent@example.com, or empty") { text throws(OptionRefusal) in
            try requireAddress(text)
        }
    }

    static var environmentName: Self {
        rule("the name of an environment variable, or empty") { text throws(OptionRefusal) in
            let isName =
                text.utf8.allSatisfy(isWordCharacter) && text.utf8.first.map { !(0x30...0x39).contains($0) } ?? false
            // Whoever put the password itself here must not find it in a log.
            guard isName, text.utf8.count <= 128 else {
                throw OptionRefusal("is not a name", advice: "Write the variable's name, not the password and no $.")
            }
        }
    }
}

extension OptionSyntax where Value == [String] {
    /// Mail addresses, separated by commas.
    static var addresses: Self {
        Self(
            allowed: "up to 50 mail addresses separated by commas, or empty",
            parse: { text throws(OptionRefusal) in
                guard !text.isEmpty else { return [] }
                let addresses = text.split(separator: ",", omittingEmptySubsequences: false).map(INIFile.trimmed)
                guard addresses.count <= 50 else {
                    throw OptionRefusal("has more than 50 addresses", advice: "Use a mailing list.")
                }
                for address in addresses { try OptionSyntax<String>.requireAddress(address) }
                return addresses
            },
            text: { $0.joined(separator: ", ") }
        )
    }
}

extension OptionSyntax where Value == FilenamePattern {
    static var filenamePattern: Self {
        Self(
            allowed: "a file name that holds {} once, for the time",
            parse: { text throws(OptionRefusal) in try FilenamePattern(text) },
            text: \.text
        )
    }
}

extension OptionSyntax where Value == TimestampFormat {
    static var timestampFormat: Self {
        Self(
            allowed: "strftime with \(TimestampFormat.directives), holding at least the date",
            parse: { text throws(OptionRefusal) in try TimestampFormat(text) },
            text: \.text
        )
    }
}

// MARK: - The rules' own vocabulary

extension OptionSyntax where Value == String {
    private static func rule(
        _ allowed: String,
        emptyIsAllowed: Bool = true,
        _ check: @escaping @Sendable (String) throws(OptionRefusal) -> Void
    ) -> Self {
        Self(
            allowed: allowed,
            parse: { text throws(OptionRefusal) in
                if text.isEmpty, emptyIsAllowed { return text }
                try require(!text.isEmpty, "is empty")
                try require(text.unicodeScalars.allSatisfy(TextDisplay.isPrintable), "holds a control character")
                try check(text)
                return text
            },
            text: { $0 }
        )
    }

    private static func require(_ condition: Bool, _ reason: String) throws(OptionRefusal) {
        if !condition { throw OptionRefusal(reason) }
    }

    /// Source: RFC 5321 section 4.1.2, `Mailbox` with a dot-string; quoted local parts and address literals are refused.
    static func requireAddress(_ text: String) throws(OptionRefusal) {
        if text.contains("<") {
            throw OptionRefusal("has more than an address", advice: "Write the address alone, without a name or <>.")
        }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let isAtom = { (atom: Substring) in
            !atom.isEmpty
                && atom.utf8.allSatisfy { isWordCharacter($0) || "!#$%&'*+-/=?^`{|}~".utf8.contains($0) }
        }
        guard parts.count == 2, parts[0].utf8.count <= 64,
            parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isAtom),
            isName(String(parts[1]))
        else { throw OptionRefusal("is not a mail address") }
    }

    private static func isHost(_ text: String) -> Bool {
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        return isName(bare) || isIPv6(bare)
    }

    /// RFC 1123 host name, which an IPv4 address also is; underscores as in Docker's networks.
    private static func isName(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { isWordCharacter($0) || $0 == UInt8(ascii: "-") }
            }
    }

    private static func isIPv4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { (1...3).contains($0.count) && UInt8($0) != nil }
    }

    private static func isIPv6(_ text: String) -> Bool {
        let groups = text.split(separator: ":", omittingEmptySubsequences: false)
        return (3...9).contains(groups.count) && text.utf8.count <= 45
            && groups.allSatisfy {
                $0.count <= 4 && $0.allSatisfy { $0.isASCII && $0.isHexDigit } || isIPv4(String($0))
            }
    }

    private static func isLowercaseOrDigit(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }

    private static func isWordCharacter(_ byte: UInt8) -> Bool {
        isLowercaseOrDigit(byte) || (0x41...0x5A).contains(byte) || byte == UInt8(ascii: "_")
    }
}
