/// `~/.aws/credentials` or `~/.aws/config`: sections of `key = value`.
///
/// Read as the AWS CLI reads it: `#` and `;` begin comments, on a line of their own or after white space; indented
/// `key = value` lines belong to the setting above and are kept as `setting.key`; a repeated section continues the first.
/// Strict about the rest, because a half-read secret fails far from here, as a wrong signature.
struct ProfileFile: Sendable {
    enum Kind {
        /// Profiles are `[NAME]`.
        case credentials
        /// Profiles are `[profile NAME]`, but for `[default]`; there are other sections too.
        case config
    }

    private(set) var profiles: [String: [String: String]] = [:]
    /// `[services NAME]`, which hold endpoints.
    private(set) var services: [String: [String: String]] = [:]

    static let maximumBytes = 1 << 20

    /// - Parameter path: for messages only.
    /// - Throws: `.misconfigured` with path and line, never with what the line says: it may be a secret.
    init(_ text: String, kind: Kind, path: String) throws(AWSFailure) {
        func malformed(_ line: Int, _ problem: String) -> AWSFailure {
            AWSFailure(.misconfigured("\(path), line \(line): \(problem)"), operation: "Read AWS profile")
        }

        var section: Section?
        var setting: String?
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let isIndented = line.first == " " || line.first == "\t"
            let content = Self.withoutComment(line).trimmed
            if content.isEmpty { continue }

            if content.hasPrefix("[") {
                guard content.hasSuffix("]") else { throw malformed(number, "a section without its closing ]") }
                section = Section(content.dropFirst().dropLast().trimmed, kind)
                setting = nil
                continue
            }
            guard let section else { throw malformed(number, "a setting before the first [section]") }
            guard let separator = content.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
                throw malformed(number, "neither a [section] nor key = value")
            }
            let key = content[..<separator].trimmed.lowercased()
            guard !key.isEmpty else { throw malformed(number, "a value without a key") }
            let value = content[content.index(after: separator)...].trimmed
            if isIndented {
                guard let setting else { throw malformed(number, "an indented setting that belongs to none above") }
                set("\(setting).\(key)", String(value), in: section)
            } else {
                setting = key
                set(key, String(value), in: section)
            }
        }
    }

    private enum Section {
        case profile(String)
        case services(String)
        case other

        init(_ header: Substring, _ kind: Kind) {
            let words = header.split(separator: " ", maxSplits: 1).map { $0.trimmed.unquoted }
            switch (kind, words.first, words.count) {
            case (.credentials, _, _): self = .profile(String(header.unquoted))
            case (.config, "default", 1): self = .profile("default")
            case (.config, "profile", 2): self = .profile(String(words[1]))
            case (.config, "services", 2): self = .services(String(words[1]))
            default: self = .other
            }
        }
    }

    private mutating func set(_ key: String, _ value: String, in section: Section) {
        switch section {
        case .profile(let name): profiles[name, default: [:]][key] = value
        case .services(let name): services[name, default: [:]][key] = value
        case .other: break
        }
    }

    private static func withoutComment(_ line: Substring) -> Substring {
        var previous: Character = " "
        for index in line.indices {
            let isSpace = previous == " " || previous == "\t"
            if isSpace && (line[index] == "#" || line[index] == ";") { return line[..<index] }
            previous = line[index]
        }
        return line
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    fileprivate var unquoted: Substring {
        guard count >= 2, let first, first == last, first == "\"" || first == "'" else { return self }
        return dropFirst().dropLast()
    }
}
