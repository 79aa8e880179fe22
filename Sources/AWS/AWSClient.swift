import FoundationEssentials
import Synchronization
public import Transport

/// What all calls share: who signs, where to, through which network, and how often.
///
/// ```swift
/// let client = AWSClient(region: "eu-west-1", credentials: CredentialChain.standard(), http: http)
/// let objects = S3(client)
/// let streams = Kinesis(client)
/// ```
///
/// Copies share the credentials in use, the measured clock offset and the retry quota. Any task may use it.
public struct AWSClient: Sendable {
    /// For example `eu-west-1`.
    public let region: String
    /// Scheme, host and port of a server that stands in for AWS, without a `/` at the end; `nil` for AWS itself.
    public let endpoint: String?
    public let retry: RetryPolicy

    let outside: TimeAndChance
    private let http: any HTTPExchange
    private let credentials: CredentialCache
    private let clock = ClockOffset()
    private let quota = RetryQuota()

    /// - Parameter endpoint: for example `http://127.0.0.1:5000`; see ``AWSEnvironment/endpoint(_:service:profile:)``.
    public init(
        region: String,
        credentials: any CredentialProvider,
        http: any HTTPExchange,
        endpoint: String? = nil,
        retry: RetryPolicy = .standard,
        outside: TimeAndChance = .system
    ) {
        self.region = region
        self.credentials = CredentialCache(credentials)
        self.http = http
        self.endpoint = endpoint.map { String($0.reversed().drop { $0 == "/" }.reversed()) }
        self.retry = retry
        self.outside = outside
    }

    /// Where a service of AWS itself is: `s3.eu-west-1.amazonaws.com`.
    func awsHost(of service: String) -> String { awsHost(of: service, in: region) }

    func awsHost(of service: String, in region: String) -> String {
        "\(service).\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")"
    }

    /// Signs, sends and reads, again where that can help.
    ///
    /// Two refusals are answered at once and without counting as an attempt, each at most once a call: a wrong clock is
    /// corrected by what the answer's `Date` says, expired credentials are looked up anew.
    ///
    /// - Parameters:
    ///   - operation: for failures, for example `PutObject s3://candidates/a.gz`.
    ///   - read: makes the result of a success; an answer that it cannot read is tried again, too.
    func call<Result>(
        _ operation: String,
        _ request: HTTPRequest,
        signer: RequestSigner,
        read: (HTTPResponse) throws(AWSFailure) -> Result
    ) async throws(AWSFailure) -> Result {
        var mayCorrectClock = true
        var mayRenew = true
        return try await retry.run(outside, quota: quota) { () async throws(AWSFailure) -> Result in
            while true {
                let used = try await credentials.credentials(at: outside.now())
                let correction = clock.seconds
                let time = outside.now().addingTimeInterval(Double(correction))
                let answer = try await send(request, signer: signer, as: used, at: time, operation: operation)
                if (200..<300).contains(answer.status) { return try read(answer) }

                let failure = AWSFailure(
                    answer: answer,
                    operation: operation,
                    localTime: outside.now(),
                    correction: correction
                )
                switch failure.reason {
                case .clockSkewed(let seconds) where mayCorrectClock:
                    mayCorrectClock = false
                    clock.set(seconds)
                case .credentialsExpired where mayRenew:
                    mayRenew = false
                    _ = try await credentials.renewed(after: used)
                default:
                    throw failure
                }
            }
        }
    }

    private func send(
        _ request: HTTPRequest,
        signer: RequestSigner,
        as credentials: Credentials,
        at time: Date,
        operation: String
    ) async throws(AWSFailure) -> HTTPResponse {
        var request = request
        signer.sign(&request, with: credentials, at: time)
        do throws(HTTPError) {
            return try await http.send(request)
        } catch {
            throw AWSFailure(error.reason == .cancelled ? .cancelled : .unreachable(error), operation: operation)
        }
    }
}

/// What must be added to this host's clock to get Amazon's, as last measured.
private final class ClockOffset: Sendable {
    private let offset = Atomic(0)

    var seconds: Int { offset.load(ordering: .relaxed) }

    func set(_ seconds: Int) { offset.store(seconds, ordering: .relaxed) }
}
