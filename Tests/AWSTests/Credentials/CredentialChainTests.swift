import Testing
import Transport

@testable import AWS

@Suite struct CredentialChainTests {
    static let files = [
        "/home/me/.aws/credentials": """
        [default]
        aws_access_key_id = FILE
        aws_secret_access_key = file-secret
        [work]
        aws_access_key_id = WORK
        aws_secret_access_key = work-secret
        aws_session_token = work-token
        [half]
        aws_access_key_id = HALF
        """,
        "/home/me/.aws/config": """
        [default]
        region = eu-west-1
        [profile work]
        region = eu-central-1
        endpoint_url = http://work
        services = local
        [profile only-config]
        aws_access_key_id = CONFIG
        aws_secret_access_key = config-secret
        [services local]
        kinesis =
          endpoint_url = http://kinesis
        """,
    ]

    static func environment(_ variables: [String: String] = [:]) -> AWSEnvironment {
        let variables = variables.merging(["HOME": "/home/me"]) { mine, _ in mine }
        return AWSEnvironment(variables: { variables[$0] }, readFile: { files[$0].map { Array($0.utf8) } })
    }

    static let keys = ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "env-secret"]

    struct Case: CustomTestStringConvertible {
        var variables: [String: String] = [:]
        var profile: String?
        let expected: String
        let rule: String
        var testDescription: String { rule }
    }

    @Test(arguments: [
        Case(expected: "FILE", rule: "the default profile, where nothing is said"),
        Case(variables: keys, expected: "ENV", rule: "the environment before the files"),
        Case(variables: keys, profile: "work", expected: "WORK", rule: "a profile named explicitly before all"),
        Case(
            variables: keys.merging(["AWS_PROFILE": "work"]) { $1 },
            expected: "ENV",
            rule: "AWS_PROFILE does not set the environment's keys aside"
        ),
        Case(variables: ["AWS_PROFILE": "work"], expected: "WORK", rule: "AWS_PROFILE chooses the profile"),
        Case(
            variables: ["AWS_PROFILE": "work"],
            profile: "default",
            expected: "FILE",
            rule: "an explicit profile before AWS_PROFILE"
        ),
        Case(variables: ["AWS_ACCESS_KEY_ID": ""], expected: "FILE", rule: "an empty variable is not set"),
        Case(profile: "only-config", expected: "CONFIG", rule: "the config file may hold keys, too"),
    ])
    func `credentials are found in the order of the AWS CLI`(example: Case) async throws {
        let chain = CredentialChain.standard(
            profile: example.profile,
            environment: Self.environment(example.variables)
        )
        #expect(try await chain.credentials()?.accessKeyID == example.expected)
    }

    @Test func `a session token goes with its keys`() async throws {
        let fromFile = try await CredentialChain.standard(profile: "work", environment: Self.environment())
            .credentials()
        #expect(fromFile?.sessionToken == Secret("work-token"))
        let variables = Self.keys.merging(["AWS_SESSION_TOKEN": "env-token"]) { $1 }
        let fromVariables = try await CredentialChain.standard(environment: Self.environment(variables)).credentials()
        #expect(fromVariables?.sessionToken == Secret("env-token"))
    }

    @Test(
        arguments: [
            (["AWS_ACCESS_KEY_ID": "ENV"], nil, "AWS_SECRET_ACCESS_KEY is not"),
            ([:], "half", "half a key pair"),
            ([:], "nobody", "no profile “nobody”"),
            (["AWS_PROFILE": "nobody"], nil, "no profile “nobody”"),
        ] as [([String: String], String?, String)]
    )
    func `half a key pair or a missing profile is an error, not the next in line`(
        variables: [String: String],
        profile: String?,
        words: String
    ) async {
        let chain = CredentialChain.standard(profile: profile, environment: Self.environment(variables))
        let failure = await failure { try await chain.credentials() }
        #expect(failure?.description.contains(words) == true)
        #expect(failure?.isRetryable == false)
    }

    @Test func `files elsewhere are found by their variables`() async throws {
        let environment = AWSEnvironment(
            variables: { ["AWS_SHARED_CREDENTIALS_FILE": "/c", "AWS_CONFIG_FILE": "/d"][$0] },
            readFile: {
                ["/c": "[default]\naws_access_key_id=C\naws_secret_access_key=s", "/d": "[default]\nregion=r"][$0]
                    .map { Array($0.utf8) }
            }
        )
        #expect(try await CredentialChain.standard(environment: environment).credentials()?.accessKeyID == "C")
        #expect(try environment.region() == "r")
    }

    @Test func `a file that cannot be read is an error that names it`() async {
        struct Denied: Error, CustomStringConvertible { let description = "Permission denied" }
        let environment = AWSEnvironment(variables: { ["HOME": "/h"][$0] }, readFile: { _ in throw Denied() })
        let failure = await failure { try await CredentialChain.standard(environment: environment).credentials() }
        #expect(failure?.description.contains("/h/.aws/credentials: Permission denied") == true)
    }

    @Test func `a missing file is nothing, a folder is an error, a real file is read`() throws {
        #expect(try AWSEnvironment.process.readFile("/no/such/file") == nil)
        #expect(throws: (any Error).self) { try AWSEnvironment.process.readFile("/tmp") }
        #expect(try AWSEnvironment.process.readFile("/etc/hostname")?.isEmpty == false)
    }

    @Test(
        arguments: [
            ([:], nil, nil, "eu-west-1"),
            (["AWS_DEFAULT_REGION": "d"], nil, nil, "d"),
            (["AWS_DEFAULT_REGION": "d", "AWS_REGION": "r"], nil, nil, "r"),
            (["AWS_REGION": "r"], "explicit", nil, "explicit"),
            ([:], nil, "work", "eu-central-1"),
        ] as [([String: String], String?, String?, String)]
    )
    func `the region is explicit, a variable's or the profile's`(
        variables: [String: String],
        explicit: String?,
        profile: String?,
        region: String
    ) throws {
        #expect(try Self.environment(variables).region(explicit, profile: profile) == region)
    }

    @Test(
        arguments: [
            ([:], nil, "s3", nil, nil),
            ([:], nil, "s3", "work", "http://work"),
            ([:], nil, "kinesis", "work", "http://kinesis"),
            (["AWS_ENDPOINT_URL": "http://all"], nil, "kinesis", "work", "http://all"),
            (["AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_S3": "http://s3"], nil, "s3", nil, "http://s3"),
            (["AWS_ENDPOINT_URL_S3": "http://s3"], nil, "kinesis", nil, nil),
            (["AWS_ENDPOINT_URL": "http://all"], "http://mine", "s3", nil, "http://mine"),
            (["AWS_ENDPOINT_URL": "http://a", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"], nil, "s3", nil, nil),
        ] as [([String: String], String?, String, String?, String?)]
    )
    func `the endpoint is explicit, a variable's, the service's or the profile's`(
        variables: [String: String],
        explicit: String?,
        service: String,
        profile: String?,
        endpoint: String?
    ) throws {
        let found = try Self.environment(variables).endpoint(explicit, service: service, profile: profile)
        #expect(found == endpoint)
    }

    @Test func `secrets do not show`() {
        let credentials = Credentials(
            accessKeyID: "AKID",
            secretAccessKey: Secret("hush-hush"),
            sessionToken: Secret("hush-token")
        )
        var dumped = ""
        dump(credentials, to: &dumped)
        dump(StaticCredentials(credentials), to: &dumped)
        let shown = "\(credentials) \(String(reflecting: credentials)) \(dumped)"
        #expect(shown.contains("AKID"))
        #expect(!shown.contains("hush"))
    }
}
