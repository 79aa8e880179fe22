import Transport

/// What `inspect` does: opens packages with the limits of the relay and says what is in them.
public struct Inspector: Sendable {
    private let configuration: Configuration
    private let outside: Outside

    public init(configuration: Configuration, outside: Outside) {
        self.configuration = configuration
        self.outside = outside
    }

    /// - Returns: one line for the file, then one for each bad record that is listed.
    /// - Throws: ``SetupProblem`` for a file that cannot be read at all.
    public func inspect(_ file: String, asJSON: Bool) throws -> [String] {
        let rows = try verdict(on: file).rows(file: file)
        guard !asJSON else { return rows.map(\.display) }
        return rows.map { row in
            if let line = row["line"]?.integer { return "\(file):\(line): \(row["reason"]?.string ?? "")" }
            let reason = row["reason"]?.string.map { ": \($0)" } ?? ""
            return "\(file): \(row["verdict"]?.string ?? ""), \(row["records"]?.display ?? "0") records, "
                + "\(row["bad"]?.display ?? "0") bad\(reason)"
        }
    }

    private func verdict(on file: String) throws -> PackageVerdict {
        let limit = configuration.relay.maxObjectBytes
        let info: FileInfo?
        let bytes: [UInt8]
        do {
            info = try outside.files.info(file)
            if let info, info.isRegular, info.size > limit {
                return PackageVerdict(.limit, reason: "the file is larger than \(limit) bytes")
            }
            bytes = try outside.files.contents(of: file, limit: limit)
        } catch {
            throw SetupProblem("\(error)")
        }
        do {
            return PackageVerdict(
                of: try PackageText.unpack(bytes, limits: configuration.gzipLimits),
                limits: configuration.recordLimits
            )
        } catch {
            if case .limitExceeded = error { return PackageVerdict(.limit, reason: "\(error)") }
            return PackageVerdict(.reject, reason: "\(error)")
        }
    }
}

/// A package's text, whether it is gzipped or not.
enum PackageText {
    /// Plain text under a `.gz` name is what some tools upload; where it looks like JSON it is taken for what it is.
    static func unpack(_ body: [UInt8], limits: GzipLimits) throws(GzipError) -> [UInt8] {
        if body.starts(with: [0x1f, 0x8b]) { return try GzipDecoder.decode(body, limits: limits) }
        guard looksLikeText(body) else { throw .notGzip }
        return body
    }

    /// JSON in UTF-8, perhaps after a byte order mark, or in another encoding, which the reader refuses by name.
    private static func looksLikeText(_ body: [UInt8]) -> Bool {
        if body.isEmpty { return true }
        if body.starts(with: [0xff, 0xfe]) || body.starts(with: [0xfe, 0xff]) || body.starts(with: [0xef, 0xbb, 0xbf]) {
            return true
        }
        // It begins as JSON does: what is damaged further on is for the reader to say, record by record.
        if let first = body.prefix(64).first(where: { ![0x20, 9, 10, 13].contains($0) }),
            [UInt8(ascii: "{"), UInt8(ascii: "[")].contains(first)
        {
            return true
        }
        // No control characters but white space: a zlib stream or any other format has some soon.
        return body.prefix(64).allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 9 || $0 == 10 || $0 == 13 }
    }
}

extension Outside {
    /// Options that the configuration leaves empty and AWS's own variables set, for the `config` command.
    public func resolvedOptions(_ configuration: Configuration) -> [String: Configuration.Resolved] {
        let sources = [
            "AWS.region": ["AWS_REGION", "AWS_DEFAULT_REGION"], "AWS.profile": ["AWS_PROFILE"],
            "AWS.endpoint-url": ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"], "AWS.ca-file": ["AWS_CA_BUNDLE"],
        ]
        return sources.compactMapValues { names in
            for name in names {
                if let value = environment[name], !value.isEmpty {
                    return Configuration.Resolved(value: value, origin: name)
                }
            }
            return nil
        }
    }
}

extension CheckCommand {
    /// The problems of a directory as one JSON line of the load phase.
    public static func line(_ problems: [String]) -> String {
        let status = problems.isEmpty ? "ok" : "error"
        let row: JSONValue = [
            "phase": "load", "status": .string(status), "text": .string(problems.joined(separator: "\n")), "ms": 0,
        ]
        return row.display
    }
}
