/// Everything that is wrong with a configuration, found in one go so that nobody fixes one line a run.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        /// `anomalies.cfg:12`, `ANOMALIES_MAIL_PORT`, `--set Mail.port`, or the file's name alone.
        public let location: String
        /// What is wrong, what is allowed, what to do. Holds no secrets.
        public let message: String

        public var description: String { "\(location): \(message)" }
    }

    /// Enough to repair any file a person wrote; a binary file of 1 MiB would otherwise be reported byte by byte.
    static let limit = 100

    /// File lines in order, then environment variables by name, then `--set` in order, then rules between options.
    /// At most 100.
    public private(set) var problems: [Problem] = []
    /// Problems found beyond the first 100.
    public private(set) var omitted = 0

    /// The message is not made once there are too many: finding near names for a large file of rubbish takes long.
    mutating func add(_ location: String, _ message: @autoclosure () -> String) {
        if problems.count < Self.limit {
            problems.append(Problem(location: location, message: message()))
        } else {
            omitted += 1
        }
    }

    /// One problem a line.
    public var description: String {
        let lines = problems.map(\.description)
        return (omitted == 0 ? lines : lines + ["… and \(omitted) more problems"]).joined(separator: "\n")
    }
}
