import FoundationEssentials
import Glibc

/// The environment variables and files that AWS's own tools read, and what they say about region and endpoint.
///
/// Everything is read when it is asked for: a renewed credentials file counts at once.
public struct AWSEnvironment: Sendable {
    /// What is set to the empty string counts as not set, as for the AWS CLI.
    public var variables: @Sendable (String) -> String?
    /// `nil` where there is no such file.
    public var readFile: @Sendable (_ path: String) throws -> [UInt8]?

    public init(
        variables: @escaping @Sendable (String) -> String?,
        readFile: @escaping @Sendable (_ path: String) throws -> [UInt8]?
    ) {
        self.variables = variables
        self.readFile = readFile
    }

    /// This process's own.
    public static let process = AWSEnvironment(
        variables: { ProcessInfo.processInfo.environment[$0] },
        readFile: { try read($0, atMost: ProfileFile.maximumBytes + 1) }
    )

    /// - Parameters:
    ///   - region: set explicitly; wins.
    ///   - profile: set explicitly; else `AWS_PROFILE`, else `default`.
    /// - Returns: else `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's `region`.
    /// - Throws: `.misconfigured` when none of them says.
    public func region(_ region: String? = nil, profile: String? = nil) throws(AWSFailure) -> String {
        if let region = region ?? variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION") { return region }
        if let region = try profiles().setting("region", of: profileName(profile)) { return region }
        throw AWSFailure(
            .misconfigured("no region in [AWS] region, AWS_REGION, AWS_DEFAULT_REGION or the profile"),
            operation: "Find AWS region"
        )
    }

    /// - Parameters:
    ///   - endpoint: set explicitly; wins.
    ///   - service: `s3`, `kinesis`: the name as in `AWS_ENDPOINT_URL_S3`.
    /// - Returns: else `AWS_ENDPOINT_URL_SERVICE`, `AWS_ENDPOINT_URL`, `endpoint_url` of the service in the profile's
    ///   `services` section, `endpoint_url` of the profile; `nil` for AWS itself.
    public func endpoint(
        _ endpoint: String? = nil,
        service: String,
        profile: String? = nil
    ) throws(AWSFailure) -> String? {
        if let endpoint { return endpoint }
        if variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?.lowercased() == "true" { return nil }
        if let endpoint = variable("AWS_ENDPOINT_URL_\(service.uppercased())") ?? variable("AWS_ENDPOINT_URL") {
            return endpoint
        }
        let profiles = try profiles()
        let name = profileName(profile)
        if let services = profiles.setting("services", of: name),
            let endpoint = profiles.config.services[services]?["\(service.lowercased()).endpoint_url"]
        {
            return endpoint
        }
        return profiles.setting("endpoint_url", of: name)
    }

    func variable(_ name: String) -> String? {
        variables(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    func profileName(_ explicit: String?) -> String {
        explicit ?? variable("AWS_PROFILE") ?? "default"
    }

    /// Both files, now. A missing one is an empty one.
    func profiles() throws(AWSFailure) -> Profiles {
        Profiles(
            credentials: try file("AWS_SHARED_CREDENTIALS_FILE", or: "~/.aws/credentials", .credentials),
            config: try file("AWS_CONFIG_FILE", or: "~/.aws/config", .config)
        )
    }

    private func file(_ name: String, or usual: String, _ kind: ProfileFile.Kind) throws(AWSFailure) -> ProfileFile {
        let path = expanded(variable(name) ?? usual)
        func unreadable(_ why: String) -> AWSFailure {
            AWSFailure(.misconfigured("\(path): \(why)"), operation: "Read AWS profile")
        }
        let bytes: [UInt8]?
        do {
            bytes = try readFile(path)
        } catch {
            throw unreadable("\(error)")
        }
        guard let bytes else { return try ProfileFile("", kind: kind, path: path) }
        guard bytes.count <= ProfileFile.maximumBytes else {
            throw unreadable("longer than \(ProfileFile.maximumBytes) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw unreadable("not UTF-8") }
        return try ProfileFile(text, kind: kind, path: path)
    }

    private func expanded(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = variable("HOME") else { return path }
        return home + path.dropFirst()
    }

    /// At most so many bytes, because a path from the environment may name a device.
    private static func read(_ path: String, atMost limit: Int) throws -> [UInt8]? {
        guard let file = fopen(path, "re") else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw UnreadableFile(errorNumber: errno)
        }
        defer { fclose(file) }
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = fread(buffer.baseAddress, 1, limit, file)
        }
        guard ferror(file) == 0 else { throw UnreadableFile(errorNumber: errno) }
        return bytes
    }
}

private struct UnreadableFile: Error, CustomStringConvertible {
    let errorNumber: Int32
    var description: String { String(cString: strerror(errorNumber)) }
}

/// The two files together: what is in the credentials file wins.
struct Profiles: Sendable {
    let credentials: ProfileFile
    let config: ProfileFile

    func contains(_ name: String) -> Bool {
        credentials.profiles[name] != nil || config.profiles[name] != nil
    }

    func setting(_ key: String, of profile: String) -> String? {
        let value = credentials.profiles[profile]?[key] ?? config.profiles[profile]?[key]
        return value.flatMap { $0.isEmpty ? nil : $0 }
    }
}
