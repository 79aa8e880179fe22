import Synchronization
import Transport

/// A network whose answers are written beforehand; remembers what was asked.
final class ScriptedExchange: HTTPExchange {
    typealias Answer = @Sendable (_ request: HTTPRequest, _ number: Int) throws(HTTPError) -> HTTPResponse

    private let answer: Answer
    private let sent = Mutex<[HTTPRequest]>([])

    /// - Parameter answer: `number` counts requests from 0.
    init(_ answer: @escaping Answer) {
        self.answer = answer
    }

    /// One answer a request; the last one for all that follow.
    convenience init(_ answers: HTTPResponse...) {
        self.init { (_, number) throws(HTTPError) in answers[min(number, answers.count - 1)] }
    }

    var requests: [HTTPRequest] { sent.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let number = sent.withLock { sent in
            sent.append(request)
            return sent.count - 1
        }
        return try answer(request, number)
    }
}

extension HTTPResponse {
    static func json(_ text: String, status: Int = 200, headers: [(name: String, value: String)] = []) -> HTTPResponse {
        HTTPResponse(status: status, headers: headers, body: Array(text.utf8))
    }
}

extension HTTPRequest {
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
