import FoundationEssentials
import Synchronization
import Testing
import Transport

@testable import AWS

@Suite struct AWSClientTests {
    private static let stored = HTTPResponse(status: 200, headers: [(name: "ETag", value: "\"e\"")])

    private static func refusal(_ code: String, status: Int = 403, date: String? = nil) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headers: date.map { [(name: "Date", value: $0)] } ?? [],
            body: Array("<Error><Code>\(code)</Code></Error>".utf8)
        )
    }

    @Test func `a wrong clock is corrected by Amazon's, at once and for the calls that follow`() async throws {
        // The clock says 2015-08-30 12:36.
        let skewed = Self.refusal("RequestTimeTooSkewed", date: "Sun, 30 Aug 2015 13:36:10 GMT")
        let exchange = ScriptedExchange(skewed, Self.stored)
        let time = VirtualTime()
        let s3 = S3(.scripted(exchange, time: time))
        #expect(try await s3.putObject([], bucket: "b", key: "k") == "e")
        try await s3.putObject([], bucket: "b", key: "k")
        #expect(
            exchange.requests.map { $0.header("X-Amz-Date") } == [
                "20150830T123600Z", "20150830T133610Z", "20150830T133610Z",
            ]
        )
        #expect(time.sleeps.isEmpty)
    }

    @Test func `a clock that is refused twice is not corrected again`() async {
        let exchange = ScriptedExchange(Self.refusal("RequestTimeTooSkewed", date: "Sun, 30 Aug 2015 13:36:00 GMT"))
        let failure = await failure {
            try await S3(.scripted(exchange)).putObject([], bucket: "b", key: "k")
        }
        #expect(failure?.reason == .clockSkewed(bySeconds: 3600))
        #expect(failure?.description.contains("this clock is 3600 s behind Amazon's") == true)
        #expect(exchange.requests.count == 2)
    }

    @Test func `with a clock that is corrected, a refusal is a refusal again`() async throws {
        let date = [(name: "Date", value: "Sun, 30 Aug 2015 13:36:00 GMT")]
        let exchange = ScriptedExchange { (request, number) throws(HTTPError) in
            number == 0
                ? Self.refusal("RequestTimeTooSkewed", date: date[0].value) : HTTPResponse(status: 403, headers: date)
        }
        // An answer to HEAD has no code, and so the clock is suspected only where it is still wrong.
        let failure = await failure { try await S3(.scripted(exchange)).headObject(bucket: "b", key: "k") }
        #expect(failure?.reason == .accessDenied(code: "AccessDenied"))
        #expect(exchange.requests.count == 2)
    }

    /// Gives other credentials every time it is asked.
    private final class Rotating: CredentialProvider {
        let asked = Atomic(0)
        let lifetime: TimeInterval?

        init(lifetime: TimeInterval? = nil) { self.lifetime = lifetime }

        func credentials() async throws(AWSFailure) -> Credentials? {
            let number = asked.add(1, ordering: .relaxed).newValue
            let start = Date(timeIntervalSince1970: 1_440_938_160)
            return Credentials(
                accessKeyID: "KEY\(number)",
                secretAccessKey: Secret("s"),
                expiration: lifetime.map { start.addingTimeInterval($0) }
            )
        }
    }

    private func keyIDs(_ exchange: ScriptedExchange) -> [String] {
        exchange.requests.compactMap { request in
            request.header("Authorization")?.split(separator: "=")[1].split(separator: "/").first.map(String.init)
        }
    }

    @Test func `expired credentials are looked up once more, and then the call goes on`() async throws {
        let exchange = ScriptedExchange(Self.refusal("ExpiredToken", status: 400), Self.stored)
        let time = VirtualTime()
        try await S3(.scripted(exchange, credentials: Rotating(), time: time)).putObject([], bucket: "b", key: "k")
        #expect(keyIDs(exchange) == ["KEY1", "KEY2"])
        #expect(time.sleeps.isEmpty)
    }

    @Test func `credentials that stay expired back off, and fail as something that can pass`() async {
        let exchange = ScriptedExchange(Self.refusal("ExpiredToken", status: 400))
        let provider = Rotating()
        let time = VirtualTime()
        let failure = await failure {
            try await S3(.scripted(exchange, credentials: provider, time: time)).putObject([], bucket: "b", key: "k")
        }
        #expect(failure?.reason == .credentialsExpired(code: "ExpiredToken"))
        #expect(failure?.isRetryable == true)
        #expect(provider.asked.load(ordering: .relaxed) == 2)
        #expect(exchange.requests.count == 4)
        #expect(time.sleeps.count == 2)
    }

    @Test func `credentials are kept, and replaced before they run out`() async throws {
        let exchange = ScriptedExchange(Self.stored)
        let lasting = S3(.scripted(exchange, credentials: Rotating(lifetime: 3600)))
        for _ in 0..<3 { try await lasting.putObject([], bucket: "b", key: "k") }
        let ending = S3(.scripted(exchange, credentials: Rotating(lifetime: 200)))
        for _ in 0..<2 { try await ending.putObject([], bucket: "b", key: "k") }
        #expect(keyIDs(exchange) == ["KEY1", "KEY1", "KEY1", "KEY1", "KEY2"])
    }

    @Test func `without credentials nothing is sent, and it says where they may be put`() async {
        let exchange = ScriptedExchange(Self.stored)
        let failure = await failure {
            try await S3(.scripted(exchange, credentials: CredentialChain())).putObject([], bucket: "b", key: "k")
        }
        #expect(failure?.description.contains("~/.aws/credentials") == true)
        #expect(exchange.requests.isEmpty)
    }

    @Test func `a network that comes back is a call that succeeds`() async throws {
        let exchange = ScriptedExchange { (_, number) throws(HTTPError) in
            if number < 2 { throw HTTPError(.cannotConnect, host: "https://b.s3", detail: "Connection refused") }
            return Self.stored
        }
        try await S3(.scripted(exchange)).putObject([], bucket: "b", key: "k")
        #expect(exchange.requests.count == 3)
    }

    @Test func `each attempt is signed anew`() async throws {
        let exchange = ScriptedExchange(Self.refusal("SlowDown", status: 503), Self.stored)
        try await S3(.scripted(exchange, time: VirtualTime(chance: 0.999_999_999))).putObject([], bucket: "b", key: "k")
        #expect(exchange.requests.allSatisfy { $0.headers.filter { $0.name == "Authorization" }.count == 1 })
    }
}
