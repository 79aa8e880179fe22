import AWS
import Dispatch
import Foundation
import Synchronization
import Transport

/// What a plugin's calls go through: the network and the clock in production, a recording in examples and tests.
struct PluginPorts: Sendable {
    /// `nil` where nothing may reach out.
    var network: (any PluginNetwork)?
    var clock: any PipelineClock
    var files: (any FileSystem)?
}

/// The network as a plugin's thread sees it: every call waits for its answer.
protocol PluginNetwork: Sendable {
    func send(_ request: HTTPRequest) throws(PluginCallFailure) -> HTTPResponse
    func perform(_ action: AWSAction) throws(PluginCallFailure) -> [UInt8]
}

/// A call that nobody answered, or whose answer was no.
struct PluginCallFailure: Error, Sendable {
    let description: String
    /// Whether the same may succeed later without anyone changing anything.
    let isRetryable: Bool
}

/// The real one. Each plugin has connections of its own, so that none uses one that another was allowed to open.
final class LivePluginNetwork: PluginNetwork {
    private let http: HTTPClient
    private let client: @Sendable (String) throws -> AWSClient
    /// By service: a client keeps the credentials that it looked up.
    private let clients = Mutex<[String: AWSClient]>([:])

    /// - Parameter client: for a service, as the configuration has it.
    init(caFile: String? = nil, client: @escaping @Sendable (String) throws -> AWSClient) {
        http = HTTPClient(caFile: caFile)
        self.client = client
    }

    func send(_ request: HTTPRequest) throws(PluginCallFailure) -> HTTPResponse {
        let http = http
        let result = Self.wait { () async -> Result<HTTPResponse, HTTPError> in
            do throws(HTTPError) { return .success(try await http.send(request)) } catch { return .failure(error) }
        }
        switch result {
        case .success(let response): return response
        case .failure(let error): throw PluginCallFailure(description: "\(error)", isRetryable: error.isRetryable)
        }
    }

    func perform(_ action: AWSAction) throws(PluginCallFailure) -> [UInt8] {
        let client: AWSClient
        do {
            client = try clients.withLock { clients in
                let client = try clients[action.service] ?? self.client(action.service)
                clients[action.service] = client
                return client
            }
        } catch {
            throw PluginCallFailure(description: "\(error)", isRetryable: false)
        }
        let result = Self.wait { () async -> Result<[UInt8], AWSFailure> in
            do throws(AWSFailure) { return .success(try await client.perform(action)) } catch { return .failure(error) }
        }
        switch result {
        case .success(let body): return body
        case .failure(let error): throw PluginCallFailure(description: "\(error)", isRetryable: error.isRetryable)
        }
    }

    /// Blocks this thread, a plugin's own, while the pool that all tasks share does the work.
    private static func wait<Value: Sendable>(for work: @escaping @Sendable () async -> Value) -> Value {
        let answer = Answer<Value>()
        Task.detached {
            let value = await work()
            answer.value.withLock { $0 = value }
            answer.isThere.signal()
        }
        answer.isThere.wait()
        guard let value = answer.value.withLock({ $0 }) else { preconditionFailure("signalled without an answer") }
        return value
    }
}

private final class Answer<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
    let isThere = DispatchSemaphore(value: 0)
}
