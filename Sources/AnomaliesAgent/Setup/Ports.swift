import AWS
import Transport

/// What the roles stand on: each part in the cloud where one is configured, embedded otherwise.
struct Ports: Sendable {
    let objects: any ObjectStore
    let stream: any RecordStream
    let mail: any MailSender

    /// Connects and checks that bucket and stream are there, for the roles of the plan.
    init(_ configuration: Configuration, plan: Agent.Plan, outside: Outside) async throws {
        let directory = configuration.state.directory
        let cloud = Cloud(configuration, outside: outside)
        if configuration.aws.bucketName.isEmpty {
            objects = try LocalBucket(directory: "\(directory)/bucket", files: outside.files)
        } else {
            let bucket = S3Bucket(configuration.aws.bucketName, s3: S3(try cloud.client(for: "s3")))
            if !plan.roles.isDisjoint(with: [.feed, .relay]) {
                try await bucket.prepare(create: configuration.aws.create)
            }
            objects = bucket
        }
        if configuration.kinesis.streamName.isEmpty {
            stream = try LocalStream(
                directory: "\(directory)/stream",
                shards: configuration.kinesis.shards,
                files: outside.files,
                clock: outside.clock
            )
        } else {
            let kinesis = KinesisStream(
                configuration.kinesis.streamName,
                kinesis: Kinesis(try cloud.client(for: "kinesis")),
                start: configuration.kinesis.start,
                clock: outside.clock
            )
            if !plan.roles.isDisjoint(with: [.relay, .detect]) {
                try await kinesis.prepare(shards: configuration.kinesis.shards, create: configuration.aws.create)
            }
            stream = kinesis
        }
        if configuration.mail.host.isEmpty {
            mail = try Maildir(directory: "\(directory)/mail", files: outside.files)
        } else {
            mail = SMTPMail(try Self.server(configuration.mail, outside: outside))
        }
    }

    private static func server(_ mail: Configuration.Mail, outside: Outside) throws -> SMTPServer {
        SMTPServer(
            host: mail.host,
            port: mail.effectivePort,
            security: mail.security.transport,
            username: mail.username.isEmpty ? nil : mail.username,
            password: try password(mail, outside: outside),
            caFile: mail.caFile.isEmpty ? nil : mail.caFile
        )
    }

    private static func password(_ mail: Configuration.Mail, outside: Outside) throws -> Secret? {
        if !mail.passwordEnvironment.isEmpty {
            guard let password = outside.environment[mail.passwordEnvironment], !password.isEmpty else {
                throw SetupProblem(
                    "[Mail] password-env names \(mail.passwordEnvironment), which is not set. Export it, or use password-file."
                )
            }
            return Secret(password)
        }
        guard !mail.passwordFile.isEmpty else { return nil }
        do {
            let bytes = try outside.files.contents(of: mail.passwordFile, limit: 4096)
            let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
            return Secret(String(decoding: line, as: UTF8.self))
        } catch {
            throw SetupProblem("[Mail] password-file: \(error).")
        }
    }
}

/// How AWS is reached: region, endpoint, credentials, as the AWS CLI orders them.
struct Cloud: Sendable {
    let configuration: Configuration.AWS
    let environment: AWSEnvironment
    let http: HTTPClient

    init(_ configuration: Configuration, outside: Outside) {
        self.configuration = configuration.aws
        let variables = outside.environment
        environment = AWSEnvironment(
            variables: { variables[$0] },
            readFile: AWSEnvironment.process.readFile
        )
        let bundle = self.configuration.caFile.isEmpty ? variables["AWS_CA_BUNDLE"] ?? "" : self.configuration.caFile
        http = HTTPClient(caFile: bundle.isEmpty ? nil : bundle)
    }

    func client(for service: String, retry: RetryPolicy = .standard) throws -> AWSClient {
        let profile = configuration.profile.isEmpty ? nil : configuration.profile
        let endpoint = configuration.endpointURL.isEmpty ? nil : configuration.endpointURL
        do {
            return AWSClient(
                region: try environment.region(
                    configuration.region.isEmpty ? nil : configuration.region,
                    profile: profile
                ),
                credentials: CredentialChain.standard(profile: profile, environment: environment),
                http: http,
                endpoint: try environment.endpoint(endpoint, service: service, profile: profile),
                retry: retry
            )
        } catch {
            throw SetupProblem("\(error)")
        }
    }
}

extension Configuration.MailSecurity {
    fileprivate var transport: SMTPServer.Security {
        switch self {
        case .starttls: .startTLS
        case .tls: .tls
        case .none: .none
        }
    }
}
