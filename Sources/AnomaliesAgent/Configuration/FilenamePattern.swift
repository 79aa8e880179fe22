/// A package's name with `{}` where its time goes: `data-feed-{}.json.gz`.
///
/// Slashes make folders. The text is a relative path without empty, `.` or `..` folders, so that the embedded bucket
/// keeps it inside its directory and S3 keeps it as it is.
public struct FilenamePattern: Sendable, Hashable {
    /// What stands before and after `{}`.
    public let before: String
    public let after: String

    public var text: String { "\(before){}\(after)" }

    static let standard = FilenamePattern(before: "data-feed-", after: ".json.gz")

    private init(before: String, after: String) {
        self.before = before
        self.after = after
    }

    init(_ text: String) throws(OptionRefusal) {
        let parts = text.split(separator: "{}", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw OptionRefusal("holds {} \(parts.count == 1 ? "nowhere" : "more than once")")
        }
        guard text.utf8.count <= 200 else { throw OptionRefusal("is longer than 200 bytes") }
        guard text.unicodeScalars.allSatisfy(TextDisplay.isPrintable) else {
            throw OptionRefusal("holds a control character")
        }
        guard !text.hasPrefix("/") else {
            throw OptionRefusal(
                "begins with a slash",
                advice: "Object keys have none; a folder goes into [AWS] prefix."
            )
        }
        guard !text.hasSuffix("/"), !Self.leavesItsFolder(text) else {
            throw OptionRefusal("has a . or .. folder or an empty one")
        }
        self.init(before: String(parts[0]), after: String(parts[1]))
    }

    /// Whether a relative path with slashes has a part that a file system would not take literally. A slash at the end
    /// is fine, for prefixes.
    static func leavesItsFolder(_ path: String) -> Bool {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true { parts.removeLast() }
        return parts.contains { $0.isEmpty || $0 == "." || $0 == ".." }
    }
}
